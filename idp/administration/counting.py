# SPDX-License-Identifier: Apache-2.0
"""Figures by the hour, counted from the audit: each sealed event once, whoever counts.

The count goes along the seals, which have no gap and never change their order: what is committed
late on PostgreSQL gets a later seal, and is not missed. How far it has come is kept with what it
has counted, in one transaction; a count that is cut short goes on where it stopped.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.administration.models import CountingRow, FigureRow
from idp.applications.models import ApplicationRow
from idp.audit.models import AuditEventRow, AuditSealRow
from idp.clock import Clock
from idp.db import Database, Found, Tx, table_of

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

figures = table_of(FigureRow)
countings = table_of(CountingRow)
seals = table_of(AuditSealRow)
events = table_of(AuditEventRow)
KEY = ("hour", "kind", "application", "means", "outcome", "level")
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
        events.c.application,
        events.c.means,
        events.c.level,
        events.c.detail,
    )
    .outerjoin_from(_page, events, events.c.id == _page.c.event_id)
    .order_by(_page.c.seq)
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
NEW = upsert(figures)
ADD = NEW.on_conflict_do_update(
    index_elements=list(KEY), set_={"number": figures.c.number + NEW.excluded.number}
)
FORGET = delete(figures)
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
        if not rows:
            return 0
        counted = _counted(rows, known)
        now = self._clock.now()
        with self._database.write() as tx:
            if position is None:
                tx.execute(BEGIN, {"name": NAME, "seq": 0, "counted_at": now})
            going = {"from_": after, "to_": rows[-1].seq, "now": now}
            # First, and only from where we read: of two that count at once, one adds nothing.
            if tx.execute(GO_ON, going).first() is None:
                return 0
            if counted:
                tx.execute(ADD, counted)
        return len(rows)


def start_over(tx: Tx) -> None:
    """Forget every figure; they are counted anew, from all that the audit still holds."""
    tx.execute(FORGET, {})
    tx.execute(START_OVER, {})


def position_of(tx: Tx) -> Position:
    """How far the count has come."""
    row = tx.execute(POSITION, {}).first()
    last = tx.execute(LAST, {}).scalar() or 0
    return Position(row.seq, row.counted_at, last - row.seq) if row else Position(0, 0, last)


def _counted(rows: Sequence[Found], known: frozenset[str]) -> list[dict[str, Any]]:
    numbers = Counter(_key_of(row, known) for row in rows if row.kind is not None)
    # In one order, so that two that write the same rows never wait for each other in a circle.
    return [dict(zip(KEY, key, strict=True)) | {"number": numbers[key]} for key in sorted(numbers)]


def _key_of(row: Found, known: frozenset[str]) -> tuple[int, str, str, str, str, int]:
    hour = row.at // MICROSECONDS // HOUR * HOUR
    if row.kind not in LOGINS:
        return hour, row.kind, "", "", row.outcome, 0
    application = row.application or ""
    if application and application not in known:
        application = STRANGER
    return hour, row.kind, application, row.means or "", _outcome_of(row), row.level or 0


def _outcome_of(row: Found) -> str:
    """The reason of a refusal, where it is one of our words."""
    if row.outcome == "ok" or not row.detail:
        return str(row.outcome)
    try:
        why = json.loads(row.detail).get("why")
    except (ValueError, AttributeError):
        return str(row.outcome)
    return why if isinstance(why, str) and WORD.fullmatch(why) else str(row.outcome)
