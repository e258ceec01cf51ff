# SPDX-License-Identifier: Apache-2.0
"""How often something is sent: to one person, to a range of numbers, on one visitor's wish.

Sliding windows over the moments of each key (CR-020, CR-022). Rows are locked in one statement
each, in one order, so that parallel wishes can't slip past the count. Keys are keyed hashes: the
table tells nobody whom we write to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.lookup import Lookup
from idp.messages.alarms import Alarms, Cause, Seen
from idp.messages.models import QuotaRow
from idp.messages.numbers import canonical_number, country_of, is_served
from idp.origin import block_of

MINUTE, HOUR, DAY = 60, 3600, 86_400
table = table_of(QuotaRow)
NEW = upsert(table)
# Makes the row or locks it, in one statement: see `idp.credentials.throttle`.
TAKE = NEW.on_conflict_do_update(index_elements=["key"], set_={"key": NEW.excluded.key}).returning(
    table.c.moments
)
STORE = (
    update(table)
    .where(table.c.key == bindparam("quota"))
    .values(moments=bindparam("new_moments"), last_at=bindparam("new_last_at"))
)
FORGET = delete(table).where(table.c.last_at < bindparam("before"))


class Reason(Enum):
    """Why something is not sent."""

    # No number, or not one that SMS are sent to.
    NUMBER = "number"
    # To this person, for now.
    RECIPIENT = "recipient"
    # To this range of numbers, for now: somebody walks through it.
    RANGE = "range"
    # On the wish of this visitor, for now.
    ADDRESS = "address"
    # To anybody, today: another channel is to be used.
    BUDGET = "budget"
    # To this country, while an alarm stands.
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be sent, and has been counted."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be sent; nothing was counted."""

    reason: Reason

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Quota:
    """One key and its limits."""

    key: str
    reason: Reason
    limits: tuple[Limit, ...]


NUMBER = (Limit(3, 10 * MINUTE), Limit(10, DAY))
NUMBER_RANGE = (Limit(30, HOUR),)
RANGE_DIGITS = len("+336123")
MAILBOX = {
    "reset": (Limit(3, HOUR),),
    "account": (Limit(5, HOUR), Limit(10, DAY)),
    # Whoever owns the mailbox may never have heard of us (CR-022).
    "registration": (Limit(3, HOUR), Limit(10, DAY)),
}
MAILBOX_OTHERWISE = (Limit(10, HOUR),)
# Requests that are put on somebody's phone (OA-145): by whoever types their number, or by them.
CALLS = (Limit(5, 10 * MINUTE),)
ALL_CALLS = (Limit(10, 10 * MINUTE),)
# Requests for whoever goes by a name: more would lead to nothing (`MAILBOX`), whoever that is.
NAME = (Limit(5, HOUR),)


class Quotas:
    """The verb: take one of what is left."""

    def __init__(
        self,
        clock: Clock,
        lookup: Lookup,
        audit: Audit,
        alarms: Alarms,
        *,
        sms_per_day: int,
        countries: Sequence[str],
        per_address: Mapping[str, int],
    ) -> None:
        self._clock = clock
        self._lookup = lookup
        self._audit = audit
        self._alarms = alarms
        self._sms_per_day = sms_per_day
        self._countries = tuple(countries)
        # Messages an hour on the wish of one visitor's address, by channel.
        self._per_address = dict(per_address)

    def take(
        self, tx: Tx, channel: str, recipient: str, address: str, kind: str
    ) -> Allowed | Refused:
        """Count a message to a recipient on the wish of an address, or say why not.

        `kind` is "code", "reset", "account" or "registration": but the first, less often. No
        address is counted where the caller knows the visitor for who they are: "".
        """
        if channel == "sms":
            number = canonical_number(recipient)
            if number is None or not is_served(number, self._countries):
                return Refused(Reason.NUMBER)
            if self.is_stopped(tx, number):
                return Refused(Reason.COUNTRY)
            quotas = [
                self._quota("number", number, Reason.RECIPIENT, NUMBER),
                self._quota("range", number[:RANGE_DIGITS], Reason.RANGE, NUMBER_RANGE),
            ]
        else:
            mailbox = recipient.strip().casefold()
            limits = MAILBOX.get(kind, MAILBOX_OTHERWISE)
            quotas = [self._quota(f"mailbox-{kind}", mailbox, Reason.RECIPIENT, limits)]
        if address:
            most = self._per_address[channel]
            quotas.append(self._by_address(f"address-{channel}", address, most))
        return self._take_all(tx, quotas, budget=channel == "sms")

    def take_request(self, tx: Tx, kind: str, name: str, address: str) -> Allowed | Refused:
        """Count a request that names somebody, or say why it is not taken.

        It is the name that counts, folded by the caller, whether somebody goes by it or not
        (CR-030). An address may ask as often as messages of any channel may leave on its wish.
        """
        quotas = [
            self._by_address(f"address-{kind}", address, sum(self._per_address.values())),
            self._quota(f"name-{kind}", name, Reason.RECIPIENT, NAME),
        ]
        return self._take_all(tx, quotas, budget=False)

    def take_call(
        self, tx: Tx, person: str, account: str | None, address: str, most: int
    ) -> Allowed | Refused:
        """Count a request on the phone of a person, on the wish of an address.

        Of an account that has proved itself no stranger uses anything up; but what is put on one
        phone is held as one, so that whoever counts next counts all of it. No address is counted
        of an application that has proved itself: "".
        """
        wisher = ("account-call", account) if account else ("person-call", person)
        quotas = [
            self._quota("phone-call", person, Reason.RECIPIENT, ALL_CALLS),
            self._quota(*wisher, Reason.RECIPIENT, CALLS),
        ]
        if address:
            by_address = (Limit(most, 10 * MINUTE),)
            quotas.append(
                self._quota("address-call", block_of(address), Reason.ADDRESS, by_address)
            )
        return self._take_all(tx, quotas, budget=False)

    def take_hint(self, tx: Tx, application: str, hint: str, most: int) -> Allowed | Refused:
        """Count a request of an application by what it hints at, whoever goes by it.

        Refusals are shown, so that nothing counts here that depends on an account (OA-144).
        """
        limits = (Limit(most, 10 * MINUTE),)
        quotas = [self._quota("approval-hint", f"{application}|{hint}", Reason.RECIPIENT, limits)]
        return self._take_all(tx, quotas, budget=False)

    def take_approval(self, tx: Tx, whom: str, most: int) -> Allowed | Refused:
        """Count a request that an application puts to somebody, or say why not (OA-145).

        Whoever asks the same person next waits for this transaction.
        """
        limits = (Limit(most, 10 * MINUTE),)
        quotas = [self._quota("approval", whom, Reason.RECIPIENT, limits)]
        return self._take_all(tx, quotas, budget=False)

    def is_stopped(self, tx: Tx, number: str) -> bool:
        """Whether no SMS goes to the country of this number for now, though it is served."""
        return self._alarms.stands(tx, Cause.COUNTRY, country_of(number))

    def _take_all(self, tx: Tx, quotas: list[Quota], *, budget: bool) -> Allowed | Refused:
        now = self._clock.now()
        # Always in this order: two that need the same rows wait for, but never lock, one another.
        held = []
        for one in sorted(quotas, key=lambda one: one.key):
            moments = self._hold(tx, one, now)
            if not all(_fits(moments, limit, now) for limit in one.limits):
                # What comes after has no row yet, and needs none.
                return Refused(one.reason)
            held.append((one, moments))
        # The budget last: everybody's row is held for the shortest time.
        if budget and not self._take_budget(tx, now):
            return Refused(Reason.BUDGET)
        for one, moments in held:
            _store(tx, one.key, " ".join(map(str, [*moments, now])), now)
        return Allowed()

    def _hold(self, tx: Tx, quota: Quota, now: int) -> list[int]:
        """Lock a key; its moments within the longest window."""
        row = tx.execute(TAKE, {"key": quota.key, "moments": "", "last_at": now}).one()
        longest = max(limit.seconds for limit in quota.limits)
        moments = [int(at) for at in row.moments.split() if int(at) > now - longest]
        if moments and moments[-1] > now:
            # After a clock was set back, what lies in the future counts from now on: it neither
            # frees anybody nor holds them until the clock is there again (RL-09).
            moments = [min(at, now) for at in moments]
            _store(tx, quota.key, " ".join(map(str, moments)), now)
        return moments

    def _take_budget(self, tx: Tx, now: int) -> bool:
        """Everybody's SMS of one day (UTC), as a count: its moments would fill a page."""
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        key = f"budget|sms|{day}"
        row = tx.execute(TAKE, {"key": key, "moments": "0", "last_at": now}).one()
        count, _, told = row.moments.partition(" ")
        if int(count) < self._sms_per_day:
            _store(tx, key, str(int(count) + 1), now)
            return True
        if not told:
            _store(tx, key, f"{count} told", now)
            detail: dict[str, str | int] = {"channel": "sms", "per_day": self._sms_per_day}
            self._audit.record(tx, Event("messages.budget_spent", "refused", detail=detail))
            spent = Seen(Cause.BUDGET, int(count), self._sms_per_day)
            self._alarms.sound(tx, spent, now - now % DAY + DAY)
        return False

    def _by_address(self, kind: str, address: str, most: int) -> Quota:
        return self._quota(kind, block_of(address), Reason.ADDRESS, (Limit(most, HOUR),))

    def _quota(self, kind: str, value: str, reason: Reason, limits: tuple[Limit, ...]) -> Quota:
        return Quota(f"{kind}|{self._lookup.text(f'quota-{kind}', value)}", reason, limits)


def forget_old(tx: Tx, now: int) -> None:
    """Drop the keys whose moments are all over."""
    tx.execute(FORGET, {"before": now - DAY})


def _fits(moments: list[int], limit: Limit, now: int) -> bool:
    return sum(at > now - limit.seconds for at in moments) < limit.count


def _store(tx: Tx, key: str, moments: str, now: int) -> None:
    tx.execute(STORE, {"quota": key, "new_moments": moments, "new_last_at": now})
