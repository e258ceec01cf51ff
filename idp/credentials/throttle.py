# SPDX-License-Identifier: Apache-2.0
"""How often somebody may try. Pure rules first, then the one place that stores the counters.

Five tries are free, then a minute doubling to an hour, 25 a day, 100 in a row disable the means
until it is renewed. A try is counted before it is judged, so that parallel guesses cannot slip
past the counter (CR-014), and given back when it was right.
"""

from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import ThrottleRow
from idp.db import Found, Tx, table_of
from idp.origin import block_of, network_of

DAY = 86_400
table = table_of(ThrottleRow)
NEW = upsert(table)
# Makes the row or locks it, in one statement: PostgreSQL queues parallel tries here, and SQLite's
# write transaction has done it already.
TAKE = NEW.on_conflict_do_update(index_elements=["key"], set_={"key": NEW.excluded.key}).returning(
    table
)
LOAD = select(table).where(table.c.key == bindparam("counter")).with_for_update()
READ = select(table).where(table.c.key == bindparam("counter"))
STORE = (
    update(table)
    .where(table.c.key == bindparam("counter"))
    .values(
        streak=bindparam("new_streak"),
        blocked_until=bindparam("new_blocked_until"),
        since=bindparam("new_since"),
        last_at=bindparam("new_last_at"),
        tries=bindparam("new_tries"),
    )
)
CLEAR = delete(table).where(
    func.substr(table.c.key, 1, bindparam("length")) == bindparam("beginning")
)
# A row of failures on an account is remembered until a right try ends it; all else within a day.
FORGET = delete(table).where(
    table.c.last_at < bindparam("before"),
    or_(table.c.streak == 0, table.c.key.not_like("account|%")),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures of one kind of counter."""

    free_tries: int
    first_delay: int
    max_delay: int
    # Tries judged in any 24 hours; 0 where there is no such limit.
    per_day: int
    disable_after: int
    # Seconds after which the row of failures is forgotten; 0 where only a right try ends it.
    window: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """What is known of the tries on one key."""

    streak: int = 0
    blocked_until: int = 0
    # When the row of failures began.
    since: int = 0
    # When each try of the last day was made: at most as many as are judged a day.
    tries: tuple[int, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Reservation:
    """A try that was counted before it is judged, with what to undo where it was no failure."""

    key: str
    at: int
    ruling: Ruling
    # The end of the delay that this try itself began.
    delay_end: int = 0
    # Nothing more is judged on this key, unless this one was right.
    last: bool = False


def rule(counter: Counter, limits: Limits, now: int) -> tuple[Counter, Ruling]:
    """Count one try as if it failed, and say what it may do."""
    counter = _as_of(counter, limits, now)
    if counter.streak >= limits.disable_after:
        return counter, Ruling(Verdict.EXHAUSTED)
    if limits.per_day and len(counter.tries) >= limits.per_day:
        return counter, Ruling(Verdict.EXHAUSTED, counter.tries[-limits.per_day] + DAY)
    tries = (*counter.tries, now) if limits.per_day else ()
    counter = replace(counter, streak=counter.streak + 1, tries=tries)
    if now < counter.blocked_until:
        return counter, Ruling(Verdict.BLOCKED, counter.blocked_until)
    counter = replace(counter, blocked_until=_next_free(counter.streak, limits, now))
    return counter, Ruling(Verdict.FREE)


def _as_of(counter: Counter, limits: Limits, now: int) -> Counter:
    """The counter at this moment.

    After a clock was set back, what lies in the future counts as of now: it neither frees
    anybody nor locks them for ever.
    """
    since = min(counter.since, now)
    if limits.window and now >= since + limits.window:
        return Counter(since=now)
    return Counter(
        streak=counter.streak,
        blocked_until=min(counter.blocked_until, now + limits.max_delay),
        since=since,
        tries=tuple(min(at, now) for at in counter.tries if at > now - DAY),
    )


def _next_free(streak: int, limits: Limits, now: int) -> int:
    if streak < limits.free_tries:
        return 0
    doublings = min(streak - limits.free_tries, 32)
    return now + min(limits.first_delay << doublings, limits.max_delay)


def reserve(tx: Tx, key: str, limits: Limits, now: int) -> Reservation:
    """Count a try on this key before it is judged."""
    empty = {"key": key, "streak": 0, "blocked_until": 0, "since": now, "last_at": now, "tries": ""}
    row = tx.execute(TAKE, empty).one()
    after, ruling = rule(_read(row), limits, now)
    _store(tx, key, after, now)
    delay_end = after.blocked_until if ruling.verdict is Verdict.FREE else 0
    last = ruling.verdict is not Verdict.EXHAUSTED and after.streak >= limits.disable_after
    return Reservation(key, now, ruling, delay_end, last)


def look(tx: Tx, key: str, limits: Limits, now: int) -> Ruling:
    """What a try on this key might do, counting none."""
    row = tx.execute(READ, {"counter": key}).first()
    return rule(_read(row) if row is not None else Counter(), limits, now)[1]


def settle(tx: Tx, reserved: Reservation) -> None:
    """A try was right: its row of failures ends, and the try itself is given back."""
    row = tx.execute(LOAD, {"counter": reserved.key}).first()
    if row is not None:
        tries = _without(_read(row).tries, reserved.at)
        _store(tx, reserved.key, Counter(0, 0, row.since, tries), row.last_at)


def give_back(tx: Tx, reserved: Reservation) -> None:
    """Undo one count without ending the row; a delay that another try began goes on."""
    row = tx.execute(LOAD, {"counter": reserved.key}).first()
    if row is None or reserved.ruling.verdict is Verdict.EXHAUSTED:
        return
    own_delay = row.blocked_until == reserved.delay_end
    after = Counter(
        streak=max(0, row.streak - 1),
        blocked_until=0 if own_delay else row.blocked_until,
        since=row.since,
        tries=_without(_read(row).tries, reserved.at),
    )
    _store(tx, reserved.key, after, row.last_at)


def clear_means(tx: Tx, kind: str, account: str) -> None:
    """Forget the counters of an account's means: it was renewed, or an administrator unlocks it."""
    beginning = f"account|{kind}|{account}|"
    tx.execute(CLEAR, {"beginning": beginning, "length": len(beginning)})


def forget_old(tx: Tx, now: int) -> None:
    """Drop the counters that say nothing any more."""
    tx.execute(FORGET, {"before": now - DAY})


def _without(tries: tuple[int, ...], at: int) -> tuple[int, ...]:
    if at not in tries:
        return tries
    place = tries.index(at)
    return tries[:place] + tries[place + 1 :]


def _read(row: Found) -> Counter:
    tries = tuple(int(at) for at in row.tries.split())
    return Counter(row.streak, row.blocked_until, row.since, tries)


def _store(tx: Tx, key: str, counter: Counter, last_at: int) -> None:
    tx.execute(
        STORE,
        {
            "counter": key,
            "new_streak": counter.streak,
            "new_blocked_until": counter.blocked_until,
            "new_since": counter.since,
            "new_last_at": last_at,
            "new_tries": " ".join(map(str, counter.tries)),
        },
    )


def account_key(kind: str, account: str, device: bytes | None, secret: str = "") -> str:
    """The counter of an account's means: by known browser, and one for everywhere else (CR-012).

    A means that judges several secrets has one for each.
    """
    place = device.hex()[:32] if device else "elsewhere"
    return f"account|{kind}|{account}|{place}" + (f"|{secret}" if secret else "")


def name_key(kind: str, name: str) -> str:
    """The counter of a name that nobody has, so that it looks like a known one (CR-030)."""
    return f"name|{kind}|{name}"


def address_key(address: str, kind: str = "") -> str:
    """The counter of an address; an IPv6 subscriber owns a /64 and counts as one (WB-032).

    A means that is not guessed has one of its own there.
    """
    return f"address|{block_of(address)}" + (f"|{kind}" if kind else "")


def network_key(address: str, kind: str = "") -> str:
    """The counter of the network around an address, a hospital's for instance (CR-013)."""
    return f"network|{network_of(address)}" + (f"|{kind}" if kind else "")


def stranger_key(address: str) -> str:
    """The counter, while an alarm stands, of tries on accounts that don't know the address."""
    return f"stranger|{block_of(address)}"
