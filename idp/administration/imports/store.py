# SPDX-License-Identifier: Apache-2.0
"""Imports as they stand in the database: runs and their lines, sealed until carried out."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from idp.administration.authority import COMMAND_LINE
from idp.administration.imports.reading import Row
from idp.administration.models import ImportLineRow, ImportMappingRow, ImportRunRow
from idp.crypto import VERSION, KeyRing
from idp.db import Found, Tx, table_of

runs = table_of(ImportRunRow)
lines = table_of(ImportLineRow)
mappings = table_of(ImportMappingRow)
ADD_RUN = insert(runs)
LOAD = select(runs).where(runs.c.id == bindparam("run"))
# Of two that turn to the same run, one waits.
HOLD = LOAD.with_for_update()
LISTED = select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc())
ADD_LINES = insert(lines)
BATCH = (
    select(lines)
    .where(lines.c.run_id == bindparam("run"), lines.c.line > bindparam("after"))
    .order_by(lines.c.line)
    .limit(bindparam("most"))
)
BATCH_BACK = (
    select(lines)
    .where(
        lines.c.run_id == bindparam("run"),
        lines.c.line < bindparam("before"),
        lines.c.outcome.in_(("made", "changed")),
    )
    .order_by(lines.c.line.desc())
    .limit(bindparam("most"))
)
JUDGE = (
    update(lines)
    .where(lines.c.run_id == bindparam("run"), lines.c.line == bindparam("line_"))
    .values(verdict=bindparam("verdict_"), why=bindparam("why_"), account_id=bindparam("who"))
)
NOTE = (
    update(lines)
    .where(lines.c.run_id == bindparam("run"), lines.c.line == bindparam("line_"))
    .values(
        outcome=bindparam("outcome_"),
        why=bindparam("why_"),
        account_id=bindparam("who"),
        change=bindparam("change_"),
        # What a file says of people is kept no longer than it is needed.
        cells=None,
    )
)
ERASE = (
    update(lines)
    .where(lines.c.run_id == bindparam("run"), lines.c.cells.is_not(None))
    .values(cells=None)
)
FORGET_LINES = delete(lines).where(lines.c.run_id == bindparam("run"))
FORGET_RUN = delete(runs).where(runs.c.id == bindparam("run"))
# Whoever read it is gone: each thousand rows are noted.
LEFT = select(runs.c.id).where(runs.c.state == "reading", runs.c.updated_at < bindparam("before"))
# Nobody has gone on with it: what it says of people is not kept for ever. A command goes on at
# once, or never.
ABANDONED = select(runs.c.id).where(
    runs.c.state.in_(("read", "planned", "failed")),
    or_(
        runs.c.updated_at < bindparam("before"),
        and_(runs.c.made_by == COMMAND_LINE, runs.c.updated_at < bindparam("commanded_before")),
    ),
)
TAKE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run"),
        or_(runs.c.taken_by == bindparam("worker"), runs.c.taken_until < bindparam("now")),
    )
    .values(taken_by=bindparam("worker"), taken_until=bindparam("until"))
    .returning(runs.c.id)
)
WAITING = (
    select(runs.c.id)
    .where(
        runs.c.state.in_(("planning", "running", "undoing")),
        or_(runs.c.taken_by == bindparam("worker"), runs.c.taken_until < bindparam("now")),
    )
    .order_by(runs.c.created_at, runs.c.id)
)
COUNT = (
    select(lines.c.verdict, lines.c.outcome, func.count())
    .where(lines.c.run_id == bindparam("run"))
    .group_by(lines.c.verdict, lines.c.outcome)
)
SAVED = select(mappings.c.mapping).where(
    mappings.c.kind == bindparam("kind_"),
    mappings.c.header == bindparam("header_"),
    mappings.c.saved_by == bindparam("who"),
)
SEALED_BY_OTHERS = (
    select(lines.c.run_id, lines.c.line, lines.c.cells)
    .where(func.substr(lines.c.cells, 1, bindparam("length")) != bindparam("beginning"))
    .limit(bindparam("most"))
)
# Only what was read is replaced: a line carried out meanwhile stays erased.
RESEAL = (
    update(lines)
    .where(
        lines.c.run_id == bindparam("run"),
        lines.c.line == bindparam("line_"),
        lines.c.cells == bindparam("before"),
    )
    .values(cells=bindparam("after"))
)
PLACE: Final = "cells"


@dataclass(frozen=True, slots=True)
class Run:
    """One import: of what, for which establishment, and how far it has come."""

    id: str
    kind: str
    name: str
    establishment: str
    population: str
    # reading, read, planning, planned, running, stopped, done, undoing, undone, dropped, failed.
    state: str
    made_by: str
    token: str
    created_at: int
    updated_at: int
    ended_at: int | None
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    mapping: Mapping[str, int]
    rows: int
    position: int
    counts: Mapping[str, int]
    fault: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of it, as far as it has come."""

    line: int
    verdict: str
    why: str
    outcome: str
    account: str | None
    change: str
    cells: tuple[str, ...] = ()


class Store:
    """Reads and writes them; the cells are sealed."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def add_lines(self, tx: Tx, run: str, found: Sequence[Row]) -> None:
        """Keep some rows."""
        if found:
            tx.execute(ADD_LINES, [self._to_row(run, one) for one in found])

    def batch(self, tx: Tx, run: str, after: int, most: int) -> list[Line]:
        """The next lines, with what they say."""
        known = {"run": run, "after": after, "most": most}
        return [self._read(run, row) for row in tx.execute(BATCH, known).all()]

    def batch_back(self, tx: Tx, run: str, before: int, most: int) -> list[Line]:
        """The last lines before this one that were carried out."""
        known = {"run": run, "before": before, "most": most}
        return [self._read(run, row) for row in tx.execute(BATCH_BACK, known).all()]

    def _to_row(self, run: str, row: Row) -> dict[str, Any]:
        plain = json.dumps(row.cells, ensure_ascii=False).encode("utf-8", "replace")
        place = f"{run}|{row.line}"
        return {
            "run_id": run,
            "line": row.line,
            "cells": self._ring.seal(plain, table="import_lines", column=PLACE, row=place),
            "verdict": "",
            "why": "",
            "outcome": "",
            "account_id": None,
            "change": "",
        }

    def _read(self, run: str, row: Found) -> Line:
        cells: tuple[str, ...] = ()
        if row.cells is not None:
            place = f"{run}|{row.line}"
            plain = self._ring.open(row.cells, table="import_lines", column=PLACE, row=place)
            cells = tuple(json.loads(plain))
        return Line(row.line, row.verdict, row.why, row.outcome, row.account_id, row.change, cells)


def reseal(tx: Tx, ring: KeyRing, most: int = 100) -> int:
    """Seal up to so many lines again with the active key; 0 when none is left."""
    beginning = f"{VERSION}.{ring.active_id}."
    known = {"beginning": beginning, "length": len(beginning), "most": most}
    found = tx.execute(SEALED_BY_OTHERS, known).all()
    for row in found:
        place = f"{row.run_id}|{row.line}"
        plain = ring.open(row.cells, table="import_lines", column=PLACE, row=place)
        after = ring.seal(plain, table="import_lines", column=PLACE, row=place)
        one = {"run": row.run_id, "line_": row.line, "before": row.cells, "after": after}
        tx.execute(RESEAL, one)
    return len(found)


def load(tx: Tx, run: str, *, hold: bool = False) -> Run | None:
    """One run; held, it is nobody else's until the transaction ends."""
    row = tx.execute(HOLD if hold else LOAD, {"run": run}).first()
    return read_run(row) if row else None


def listed(tx: Tx, establishments: Iterable[str] | None, most: int) -> list[Run]:
    """The latest runs: all, or those of some establishments."""
    asked = LISTED.limit(most)
    if establishments is not None:
        asked = asked.where(runs.c.establishment.in_(sorted(establishments)))
    return [read_run(row) for row in tx.execute(asked).all()]


def put(tx: Tx, run: str, now: int, **values: Any) -> None:
    """Write some columns of a run."""
    asked = update(runs).where(runs.c.id == run).values(updated_at=now, **values)
    tx.execute(asked)


def every_line(tx: Tx, run: str, after: int, most: int) -> list[Line]:
    """Lines without what they say: for a report."""
    asked = (
        select(lines)
        .where(and_(lines.c.run_id == run, lines.c.line > after))
        .order_by(lines.c.line)
        .limit(most)
    )
    return [
        Line(row.line, row.verdict, row.why, row.outcome, row.account_id, row.change)
        for row in tx.execute(asked).all()
    ]


def saved_mapping(tx: Tx, kind: str, header: str, who: str) -> dict[str, int]:
    """The mapping that somebody chose for such a header before."""
    found = tx.execute(SAVED, {"kind_": kind, "header_": header, "who": who}).scalar()
    return dict(json.loads(found)) if found else {}


def counted(tx: Tx, run: str) -> dict[str, int]:
    """How many lines came to what."""
    found: dict[str, int] = {}
    for verdict, outcome, number in tx.execute(COUNT, {"run": run}).all():
        for word in filter(None, (verdict, outcome)):
            found[word] = found.get(word, 0) + number
    return found


def read_run(row: Found) -> Run:
    """A run as stored."""
    known = {name: getattr(row, name) for name in Run.__dataclass_fields__}
    return Run(
        **known
        | {
            "header": tuple(json.loads(row.header)),
            "mapping": json.loads(row.mapping),
            "counts": json.loads(row.counts),
        }
    )


def pieces(found: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Rows in heaps of one size."""
    heap: list[Row] = []
    for one in found:
        heap.append(one)
        if len(heap) == size:
            yield heap
            heap = []
    if heap:
        yield heap
