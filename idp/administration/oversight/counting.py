# SPDX-License-Identifier: Apache-2.0
"""Figures by hour and by day, counted from the audit: each sealed event once, whoever counts.

The count goes along the seals, which have no gap and never change their order: what is committed
late on PostgreSQL gets a later seal, and is not missed. How far it has come is kept with what it
has counted, in one transaction; a count that is cut short goes on where it stopped.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.models import AffiliationRow
from idp.administration.models import CountingRow, DayRow, HourRow, HouseDayRow
from idp.applications.models import ApplicationRow
from idp.audit.models import AuditEventRow, AuditSealRow
from idp.audit.start import latest_start
from idp.clock import Clock
from idp.db import Database, Found, Tx, table_of
from idp.messages.shown import SHOWN_ZONE, local_time

BATCH: Final = 2000
# What one round may do at most: the first one after an upgrade goes on in the next.
MOST_BATCHES: Final = 200
HOUR: Final = 3600
MICROSECONDS: Final = 1_000_000
NAME: Final = "audit"
# Told by means, application, outcome and level; everything else by kind and outcome alone.
LOGINS: Final = frozenset({"login.proved", "login.failed", "login.refused", "login.admitted"})
# An application that is not registered: whatever a stranger typed is no name of a figure (WB-023).
STRANGER: Final = "?"
WORD = re.compile(r"[a-z][a-z-]{0,63}", re.ASCII)

figures = table_of(HourRow)
days = table_of(DayRow)
houses = table_of(HouseDayRow)
countings = table_of(CountingRow)
seals = table_of(AuditSealRow)
events = table_of(AuditEventRow)
affiliations = table_of(AffiliationRow)
BY_HOUR = ("kind", "hour", "outcome")
BY_DAY = ("day", "kind", "application", "means", "outcome", "level")
BY_HOUSE = ("establishment", "day", "kind", "means")
_page = (
    select(seals.c.seq, seals.c.event_id)
    .where(seals.c.seq > bindparam("after"))
    .order_by(seals.c.seq)
    .limit(bindparam("count"))
    .subquery()
)
# An event that was taken away leaves its seal: the count goes past it.
NEXT = (
    select(
        _page.c.seq,
        events.c.at,
        events.c.kind,
        events.c.outcome,
        events.c.account,
        events.c.application,
        events.c.means,
        events.c.level,
        events.c.detail,
    )
    .outerjoin_from(_page, events, events.c.id == _page.c.event_id)
    .order_by(_page.c.seq)
)
# Where those who logged in belong, as it is when they are counted: moments after.
BELONG = select(affiliations.c.account_id, affiliations.c.establishment).where(
    affiliations.c.account_id.in_(bindparam("accounts", expanding=True))
)
KEYS = select(table_of(ApplicationRow).c.key)
POSITION = select(countings.c.seq, countings.c.counted_at).where(countings.c.name == NAME)
BEGIN = upsert(countings).on_conflict_do_nothing()
GO_ON = (
    update(countings)
    .where(countings.c.name == NAME, countings.c.seq == bindparam("from_"))
    .values(seq=bindparam("to_"), counted_at=bindparam("now"))
    .returning(countings.c.seq)
)
START_OVER = update(countings).where(countings.c.name == NAME).values(seq=0)
NEW_HOUR, NEW_DAY, NEW_HOUSE = upsert(figures), upsert(days), upsert(houses)
ADD_HOURS = NEW_HOUR.on_conflict_do_update(
    index_elements=list(BY_HOUR), set_={"number": figures.c.number + NEW_HOUR.excluded.number}
)
ADD_DAYS = NEW_DAY.on_conflict_do_update(
    index_elements=list(BY_DAY), set_={"number": days.c.number + NEW_DAY.excluded.number}
)
ADD_HOUSES = NEW_HOUSE.on_conflict_do_update(
    index_elements=list(BY_HOUSE), set_={"number": houses.c.number + NEW_HOUSE.excluded.number}
)
FORGET = (delete(figures), delete(days), delete(houses))
LAST = select(func.max(seals.c.seq))


@dataclass(frozen=True, slots=True)
class Position:
    """How far the count has come: the last seal counted, and when; how many seals wait."""

    seq: int
    counted_at: int
    waiting: int


class Counting:
    """Counts what is sealed; any number of processes may, each event is counted once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(self, is_stopping: Callable[[], bool] = bool) -> int:
        """Count until nothing waits; how many seals were passed."""
        passed = 0
        for _batch in range(MOST_BATCHES):
            step = self.step()
            passed += step
            if step < BATCH or is_stopping():
                break
        return passed

    def step(self, most: int = BATCH) -> int:
        """One batch; how many seals were passed, 0 where none waits or somebody else counted."""
        with self._database.read() as tx:
            position = tx.execute(POSITION, {}).first()
            after = position.seq if position else 0
            rows = tx.execute(NEXT, {"after": after, "count": most}).all()
            known = frozenset(tx.execute(KEYS, {}).scalars()) if rows else frozenset()
            belong = _belonging(tx, rows)
        if not rows:
            return 0
        by_hour, by_day = _counted(rows, known)
        by_house = _of_houses(rows, belong)
        now = self._clock.now()
        with self._database.write() as tx:
            if position is None:
                tx.execute(BEGIN, {"name": NAME, "seq": 0, "counted_at": now})
            going = {"from_": after, "to_": rows[-1].seq, "now": now}
            # First, and only from where we read: of two that count at once, one adds nothing.
            if tx.execute(GO_ON, going).first() is None:
                return 0
            if by_hour:
                tx.execute(ADD_HOURS, by_hour)
            if by_day:
                tx.execute(ADD_DAYS, by_day)
            if by_house:
                tx.execute(ADD_HOUSES, by_house)
        return len(rows)


def start_over(tx: Tx) -> None:
    """Forget every figure; they are counted anew, from all that the audit still holds."""
    for statement in FORGET:
        tx.execute(statement, {})
    tx.execute(START_OVER, {})


def counted_up_to(tx: Tx) -> int:
    """The last seal that was counted; 0 before the first."""
    row = tx.execute(POSITION, {}).first()
    return int(row.seq) if row else 0


def position_of(tx: Tx) -> Position:
    """How far the count has come."""
    row = tx.execute(POSITION, {}).first()
    last = tx.execute(LAST, {}).scalar() or 0
    seq = row.seq if row else 0
    # What was removed because it was old does not wait.
    waiting = last - max(seq, latest_start(tx).last_seq)
    return Position(seq, row.counted_at if row else 0, max(waiting, 0))


Rows = list[dict[str, Any]]


def _counted(rows: Sequence[Found], known: frozenset[str]) -> tuple[Rows, Rows]:
    by_hour: Counter[tuple[str, int, str]] = Counter()
    by_day: Counter[tuple[int, str, str, str, str, int]] = Counter()
    for row in rows:
        if row.kind is None:
            continue
        hour = row.at // MICROSECONDS // HOUR * HOUR
        is_login = row.kind in LOGINS
        outcome = _outcome_of(row) if is_login else str(row.outcome)
        by_hour[row.kind, hour, outcome] += 1
        if is_login:
            application = row.application or ""
            if application and application not in known:
                application = STRANGER
            means, level = row.means or "", row.level or 0
            by_day[midnight_before(hour), row.kind, application, means, outcome, level] += 1
    return _ordered(BY_HOUR, by_hour), _ordered(BY_DAY, by_day)


def _belonging(tx: Tx, rows: Iterable[Found]) -> dict[str, list[str]]:
    accounts = sorted({row.account for row in rows if row.kind in LOGINS and row.account})
    found: dict[str, list[str]] = {}
    if accounts:
        for row in tx.execute(BELONG, {"accounts": accounts}).all():
            found.setdefault(row.account_id, []).append(row.establishment)
    return found


def _of_houses(rows: Iterable[Found], belong: Mapping[str, Sequence[str]]) -> Rows:
    """Logins of their people: somebody of two establishments counts in both."""
    found: Counter[tuple[str, int, str, str]] = Counter()
    for row in rows:
        for house in belong.get(row.account or "", ()) if row.kind in LOGINS else ():
            day = midnight_before(row.at // MICROSECONDS // HOUR * HOUR)
            found[house, day, row.kind, row.means or ""] += 1
    return _ordered(BY_HOUSE, found)


def _ordered(names: Sequence[str], numbers: Mapping[Any, int]) -> Rows:
    # In one order, so that two that write the same rows never wait for each other in a circle.
    return [
        dict(zip(names, key, strict=True)) | {"number": numbers[key]} for key in sorted(numbers)
    ]


@lru_cache(maxsize=1024)
def midnight_before(hour: int) -> int:
    """When the day of an hour began, where people are."""
    return midnight_of(local_time(hour).date())


def midnight_of(day: date) -> int:
    """When a day begins, where people are."""
    return int(datetime.combine(day, time(), SHOWN_ZONE).timestamp())


def _outcome_of(row: Found) -> str:
    """The reason of a refusal, where it is one of our words."""
    if row.outcome == "ok" or not row.detail:
        return str(row.outcome)
    try:
        why = json.loads(row.detail).get("why")
    except (ValueError, AttributeError):
        return str(row.outcome)
    return why if isinstance(why, str) and WORD.fullmatch(why) else str(row.outcome)
