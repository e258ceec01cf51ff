# SPDX-License-Identifier: Apache-2.0
"""Alarms: what whoever runs the installation should look at now.

One row while an alarm stands, for all nodes: who makes it tells of it, once an episode, in the
audit, in the log and by mail. It is prolonged while its cause is seen, and ends by itself.
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import BigInteger, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import DRIFT, Clock
from idp.db import Found, Tx, table_of
from idp.logs import get
from idp.messages.models import AlarmRow
from idp.messages.outbox import Message, Outbox
from idp.messages.shown import shown_moment

# Still worth reading after a night, and after a mail server that was down.
WORTH = 2 * 86_400
table = table_of(AlarmRow)
ONE = table.c.key == bindparam("alarm")
# After a clock was set back nothing says how long one from the future has stood: it is over.
STANDS = (table.c.until > bindparam("now")) & (
    table.c.raised_at <= bindparam("now", type_=BigInteger) + DRIFT
)
FIND = select(table.c.key).where(ONE, STANDS)
ALL = select(table).where(STANDS)
PROLONG = update(table).where(ONE, STANDS).values(until=bindparam("until_")).returning(table.c.key)
RAISE = upsert(table).on_conflict_do_nothing().returning(table.c.key)
END = (
    delete(table)
    .where(
        or_(
            table.c.until <= bindparam("now"),
            table.c.raised_at > bindparam("now", type_=BigInteger) + DRIFT,
        ),
        or_(table.c.key == bindparam("alarm"), bindparam("alarm") == ""),
    )
    .returning(table)
)
log = get("alarms")


class Cause(Enum):
    """What an alarm is about."""

    # Many logins by password fail: somebody tries one password, or stolen ones, on many accounts.
    LOGINS = "logins"
    # Few codes sent to a country are typed: somebody earns by our SMS, or they do not arrive.
    COUNTRY = "sms-country"
    # The same of all countries together.
    SMS = "sms"
    # The day's SMS are spent.
    BUDGET = "sms-budget"
    # Lists of revoked cards can't be renewed, and half of their time is over (RL-24).
    REVOCATION = "revocation"
    # Cards pass though nobody says whether they are revoked.
    UNSURE = "cards-unsure"
    # Addresses that want to be told what happens have not answered for days.
    WEBHOOKS = "webhooks"
    # Old events were to be removed, and are not what was written.
    AUDIT = "audit"
    # What applications say of themselves could not be taken over for a day.
    DESCRIPTIONS = "descriptions"


@dataclass(frozen=True, slots=True)
class Seen:
    """A cause as it was seen: so many of so many; of which country, where it is about one."""

    cause: Cause
    count: int
    total: int
    country: str = ""

    @property
    def key(self) -> str:
        """What it is the only alarm of."""
        return key_of(self.cause, self.country)

    @property
    def facts(self) -> dict[str, str | int]:
        """For the audit, the log and the mail."""
        facts: dict[str, str | int] = {"cause": self.cause.value}
        facts |= {"country": self.country, "count": self.count, "total": self.total}
        return facts

    def __str__(self) -> str:
        match self.cause:
            case Cause.LOGINS:
                return f"{self.count} of {self.total} logins by password failed"
            case Cause.BUDGET:
                return f"all {self.total} SMS of the day are spent"
            case Cause.REVOCATION:
                return f"{self.count} of {self.total} lists of revoked cards can't be renewed"
            case Cause.UNSURE:
                return f"{self.count} cards passed though nobody says whether they are revoked"
            case Cause.WEBHOOKS:
                return f"{self.count} webhooks were stopped after failing for days"
            case Cause.DESCRIPTIONS:
                return f"{self.count} of {self.total} applications' metadata can't be renewed"
            case Cause.AUDIT:
                return "the audit does not prove whole: run sceau audit verify"
        to = f" to {self.country}" if self.country else ""
        return f"only {self.count} of {self.total} codes by SMS{to} were used"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stands, with the figures that raised it."""

    seen: Seen
    raised_at: int
    until: int


class Alarms:
    """Its verbs; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, audit: Audit, outbox: Outbox, *, recipient: str, locale: str
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._outbox = outbox
        self._recipient = recipient
        self._locale = locale

    def sound(self, tx: Tx, seen: Seen, until: int) -> bool:
        """A cause was seen: raise its alarm, or let it stand longer; True for a new one."""
        now = self._clock.now()
        if tx.execute(PROLONG, {"alarm": seen.key, "until_": until, "now": now}).first():
            return False
        self.end_over(tx, seen.key)
        row = {"key": seen.key, "number": seen.count, "total": seen.total}
        # Of several nodes that see it at once, one makes the row.
        if tx.execute(RAISE, row | {"raised_at": now, "until": until}).first() is None:
            return False
        self._audit.record(tx, Event("alarm.raised", detail=seen.facts))
        log.error("alarm raised", **seen.facts)
        if self._recipient:
            values = seen.facts | {"at": shown_moment(now, self._locale)}
            recipient, locale = self._recipient, self._locale
            message = Message("email", "alarm", recipient, None, locale, WORTH, values)
            self._outbox.put(tx, message)
        return True

    def end_over(self, tx: Tx, key: str = "") -> None:
        """End what has not been seen for long enough: all, or one."""
        over = tx.execute(END, {"alarm": key, "now": self._clock.now()}).all()
        # In an order of ours: a database returns them in its own.
        for seen in sorted((_read(row).seen for row in over), key=lambda one: one.key):
            self._audit.record(tx, Event("alarm.ended", detail=seen.facts))
            log.warning("alarm ended", **seen.facts)

    def stands(self, tx: Tx, cause: Cause, country: str = "") -> bool:
        """Whether this alarm stands."""
        known = {"alarm": key_of(cause, country), "now": self._clock.now()}
        return tx.execute(FIND, known).first() is not None


def standing(tx: Tx, now: int) -> list[Alarm]:
    """All that stand, the oldest first."""
    found = [_read(row) for row in tx.execute(ALL, {"now": now}).all()]
    return sorted(found, key=lambda one: (one.raised_at, one.seen.key))


def key_of(cause: Cause, country: str) -> str:
    """One alarm for each cause, and for each country of those that have one."""
    return f"{cause.value}|{country}"


def _read(row: Found) -> Alarm:
    cause, _, country = row.key.partition("|")
    seen = Seen(Cause(cause), row.number, row.total, country)
    return Alarm(seen, row.raised_at, row.until)
