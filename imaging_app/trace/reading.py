# SPDX-License-Identifier: Apache-2.0
"""The trace as it is read: by the patient, five at a time; by an establishment, also as CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select

from imaging_app.db import Database, Tx
from imaging_app.trace.record import table

PAGE = 5
EXPORT_PAGE = 500
HOUSE_PAGE = 50
# A spreadsheet takes what begins so for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")

_MINE = (table.c.patient == bindparam("patient_")) & table.c.shown
SEEN = (
    "at",
    "actor_name",
    "profession",
    "speciality",
    "action",
    "motive",
    "emergency",
    "exam",
    "establishment",
    "rpps",
)
HISTORY = (
    select(*(table.c[name] for name in SEEN))
    .where(_MINE)
    .order_by(table.c.seq.desc())
    .limit(PAGE)
    .offset(bindparam("skip"))
)
COUNT = select(func.count()).select_from(table).where(_MINE)
EXPORTED = (
    "seq",
    "at",
    "action",
    "outcome",
    "actor_kind",
    "actor",
    "rpps",
    "actor_name",
    "profession",
    "speciality",
    "actor_establishment",
    "patient",
    "exam",
    "basis",
    "motive",
    "emergency",
)
SHOWN = select(*(table.c[name] for name in EXPORTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of an establishment's; all that is told here must hold."""

    establishment: str
    since: int = 0
    until: int = 2**40
    rpps: str = ""
    patient: str = ""
    emergencies: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """One access, as its patient reads it."""

    at: int
    name: str
    profession: str
    speciality: str
    action: str
    motive: str
    emergency: bool
    exam: str | None
    establishment: str | None
    # Whom to keep out, where it was a professional.
    rpps: str


@dataclass(frozen=True, slots=True)
class History:
    """A page of accesses."""

    accesses: tuple[Access, ...]
    page: int
    pages: int


def history_of(tx: Tx, patient: str, page: int = 1) -> History:
    """Who opened what of this patient's, the newest first."""
    count: int = tx.execute(COUNT, {"patient_": patient}).scalar_one()
    pages = max(1, -(-count // PAGE))
    page = min(max(page, 1), pages)
    asked = {"patient_": patient, "skip": PAGE * (page - 1)}
    accesses = tuple(Access(*row) for row in tx.execute(HISTORY, asked).all())
    return History(accesses, page, pages)


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        table.c.establishment == wanted.establishment,
        table.c.at >= wanted.since,
        table.c.at < wanted.until,
    ]
    named = {"rpps": wanted.rpps, "patient": wanted.patient}
    found += [table.c[name] == value for name, value in named.items() if value]
    if wanted.emergencies:
        found.append(table.c.emergency)
    return found


def page_of(tx: Tx, wanted: Wanted, page: int = 1) -> tuple[list[Any], bool]:
    """What was done with an establishment's things, the newest first; whether there is more."""
    asked = SHOWN.where(*_narrowed(wanted)).order_by(table.c.seq.desc()).limit(HOUSE_PAGE + 1)
    skip = HOUSE_PAGE * (min(max(page, 1), 10_000) - 1)
    rows = list(tx.execute(asked.offset(skip)).all())
    return rows[:HOUSE_PAGE], len(rows) > HOUSE_PAGE


def rows_of(database: Database, wanted: Wanted) -> Iterator[Any]:
    """All of it, the oldest first, a page at a time: nobody waits for whoever takes it."""
    after = 0
    asked = SHOWN.where(*_narrowed(wanted)).order_by(table.c.seq).limit(EXPORT_PAGE)
    while True:
        with database.read() as tx:
            rows = tx.execute(asked.where(table.c.seq > after)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].seq


def csv_of(database: Database, wanted: Wanted) -> Iterator[str]:
    """The same as lines for a spreadsheet, in which nothing is a formula."""
    yield _line(EXPORTED)
    for row in rows_of(database, wanted):
        values = row._asdict()
        values["at"] = datetime.fromtimestamp(row.at, UTC).isoformat()
        yield _line([_harmless(values[name]) for name in EXPORTED])


def _harmless(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return "" if value is None else value


def _line(values: Any) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(values)
    return text.getvalue()
