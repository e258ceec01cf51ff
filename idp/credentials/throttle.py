# SPDX-License-Identifier: Apache-2.0
"""How often somebody may try. Pure rules first, then the one place that stores the counters.

Five tries are free, then a minute doubling to an hour, 25 a day, 100 in a row disable the means
until it is renewed. A try is counted before it is judged, so that parallel guesses cannot slip
past the counter (CR-014), and given back when it was right.
"""

from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv6Address, ip_address

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import ThrottleRow
from idp.db import Tx, table_of

DAY = 86_400
table = table_of(ThrottleRow)
ENSURE = upsert(table).on_conflict_do_nothing()
# FOR UPDATE makes PostgreSQL queue parallel tries here; SQLite's write transaction does it already.
LOAD = select(table).where(table.c.key == bindparam("counter")).with_for_update()
STORE = (
    update(table)
    .where(table.c.key == bindparam("counter"))
    .values(
        streak=bindparam("new_streak"),
        blocked_until=bindparam("new_blocked_until"),
        day_started=bindparam("new_day_started"),
        day_count=bindparam("new_day_count"),
    )
)
CLEAR = delete(table).where(table.c.key == bindparam("counter"))


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures of one kind of counter."""

    free_tries: int
    first_delay: int
    max_delay: int
    per_day: int
    disable_after: int
    # Seconds after which the row of failures is forgotten; 0 where only a right try ends it.
    window: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """What is known of the tries on one key."""

    streak: int = 0
    blocked_until: int = 0
    day_started: int = 0
    day_count: int = 0


class Verdict(Enum):
    """What a try may do."""

    # Judge it, and let it in when it is right.
    FREE = "free"
    # Judge it, but only to tell a right one when to come back.
    BLOCKED = "blocked"
    # Don't even judge it.
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on a try, and until when it holds."""

    verdict: Verdict
    until: int = 0


def rule(counter: Counter, limits: Limits, now: int) -> tuple[Counter, Ruling]:
    """Count one try as if it failed, and say what it may do."""
    if limits.window and not counter.day_started <= now < counter.day_started + limits.window:
        counter = Counter(day_started=now)
    # A clock set back must not make an old day last forever.
    if not counter.day_started <= now < counter.day_started + DAY:
        counter = replace(counter, day_started=now, day_count=0)
    if counter.streak >= limits.disable_after:
        return counter, Ruling(Verdict.EXHAUSTED)
    if counter.day_count >= limits.per_day:
        return counter, Ruling(Verdict.EXHAUSTED, counter.day_started + DAY)
    counter = replace(counter, streak=counter.streak + 1, day_count=counter.day_count + 1)
    if now < counter.blocked_until <= now + limits.max_delay:
        return counter, Ruling(Verdict.BLOCKED, counter.blocked_until)
    return replace(counter, blocked_until=_next_free(counter.streak, limits, now)), Ruling(
        Verdict.FREE
    )


def _next_free(streak: int, limits: Limits, now: int) -> int:
    if streak < limits.free_tries:
        return 0
    doublings = min(streak - limits.free_tries, 32)
    return now + min(limits.first_delay << doublings, limits.max_delay)


def reserve(tx: Tx, key: str, limits: Limits, now: int) -> Ruling:
    """Count a try on this key before it is judged."""
    empty = {
        "key": key,
        "streak": 0,
        "blocked_until": 0,
        "day_started": now,
        "day_count": 0,
    }
    tx.execute(ENSURE, empty)
    row = tx.execute(LOAD, {"counter": key}).one()
    before = Counter(row.streak, row.blocked_until, row.day_started, row.day_count)
    after, ruling = rule(before, limits, now)
    _store(tx, key, after)
    return ruling


def settle(tx: Tx, key: str) -> None:
    """A try was right: its row of failures ends, and the try itself is given back."""
    row = tx.execute(LOAD, {"counter": key}).first()
    if row is not None:
        _store(tx, key, Counter(0, 0, row.day_started, max(0, row.day_count - 1)))


def give_back(tx: Tx, key: str) -> None:
    """Undo one count without ending the row: for shared counters such as an address."""
    row = tx.execute(LOAD, {"counter": key}).first()
    if row is not None:
        streak = max(0, row.streak - 1)
        _store(tx, key, Counter(streak, 0, row.day_started, max(0, row.day_count - 1)))


def clear(tx: Tx, key: str) -> None:
    """Forget a counter: the means was renewed or an administrator unlocked it."""
    tx.execute(CLEAR, {"counter": key})


def _store(tx: Tx, key: str, counter: Counter) -> None:
    tx.execute(
        STORE,
        {
            "counter": key,
            "new_streak": counter.streak,
            "new_blocked_until": counter.blocked_until,
            "new_day_started": counter.day_started,
            "new_day_count": counter.day_count,
        },
    )


def address_key(address: str) -> str:
    """The counter of an address; an IPv6 subscriber owns a /64 and counts as one (WB-032)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"address|{address[:64]}"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return f"address|{parsed.ipv4_mapped}"
        return f"address|{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return f"address|{parsed}"
