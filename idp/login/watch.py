# SPDX-License-Identifier: Apache-2.0
"""The watch over the whole installation: what no counter of one account or address can see.

It reads what is written anyhow, the audit and the codes sent, so that no login pays for it.
"""

from sqlalchemy import and_, bindparam, func, or_, select

from idp.audit.models import AuditEventRow
from idp.clock import Clock
from idp.config.means import AlarmsSettings
from idp.credentials.models import CodeRow
from idp.db import Database, Tx, table_of
from idp.messages.alarms import Alarms, Cause, Seen
from idp.trust.service import Trust

HOUR = 3600
MICROS = 1_000_000
events, codes = table_of(AuditEventRow), table_of(CodeRow)
# What an address tries after it was told to wait is not judged: it is no danger, and no figure.
JUDGED = or_(
    events.c.kind == "login.proved",
    and_(events.c.kind == "login.failed", events.c.detail.not_like("%address_blocked%")),
)
LOGINS = (
    select(events.c.kind, func.count().label("number"))
    .where(events.c.at > bindparam("since"), events.c.at <= bindparam("now"))
    .where(events.c.means == "password", JUDGED)
    .group_by(events.c.kind)
)
UNSURE = (
    select(func.count())
    .where(events.c.at > bindparam("since"), events.c.at <= bindparam("now"))
    .where(events.c.kind == "trust.unsure")
)
# Only codes whose time is over: each could have been used.
CODES = (
    select(codes.c.country, func.count().label("sent"), func.sum(codes.c.used).label("used"))
    .where(codes.c.expires_at > bindparam("since"), codes.c.expires_at <= bindparam("now"))
    .where(codes.c.channel == "sms")
    .group_by(codes.c.country)
)


class Watch:
    """Looks now and then, in every serving process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        alarms: Alarms,
        settings: AlarmsSettings,
        trust: Trust,
    ) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._settings = settings
        self._trust = trust

    def look(self) -> None:
        """Raise, prolong and end alarms."""
        with self._database.read() as tx:
            seen = [*self._logins(tx), *self._codes(tx), *self._revocation(tx)]
        until = self._clock.now() + self._settings.quiet
        with self._database.write() as tx:
            for one in seen:
                self._alarms.sound(tx, one, until)
            self._alarms.end_over(tx)

    def _logins(self, tx: Tx) -> list[Seen]:
        """CR-013: one password on many accounts, or stolen pairs, from wherever."""
        wanted, now = self._settings, self._clock.now()
        since = {"since": (now - wanted.window) * MICROS, "now": (now + 1) * MICROS}
        number = {row.kind: row.number for row in tx.execute(LOGINS, since).all()}
        failed, total = number.get("login.failed", 0), sum(number.values())
        if failed < wanted.failed or failed * 100 < wanted.failed_share * total:
            return []
        return [Seen(Cause.LOGINS, failed, total)]

    def _codes(self, tx: Tx) -> list[Seen]:
        """CR-020: SMS that nobody types the code of."""
        now = self._clock.now()
        rows = tx.execute(CODES, {"since": now - HOUR, "now": now}).all()
        found = [Seen(Cause.COUNTRY, row.used, row.sent, row.country) for row in rows]
        used, sent = sum(one.count for one in found), sum(one.total for one in found)
        return [one for one in (*found, Seen(Cause.SMS, used, sent)) if self._are_unused(one)]

    def _revocation(self, tx: Tx) -> list[Seen]:
        """RL-24, XC-015: before lists run out, and when cards pass without them."""
        now = self._clock.now()
        since = {"since": (now - self._settings.window) * MICROS, "now": (now + 1) * MICROS}
        late, lists = self._trust.late(tx)
        unsure = int(tx.execute(UNSURE, since).scalar_one())
        found = [Seen(Cause.REVOCATION, late, lists), Seen(Cause.UNSURE, unsure, unsure)]
        return [one for one in found if one.count]

    def _are_unused(self, seen: Seen) -> bool:
        wanted = self._settings
        return seen.total >= wanted.codes and seen.count * 100 < wanted.codes_used * seen.total
