# SPDX-License-Identifier: Apache-2.0
"""Exams whose time is over: told first, removed only where somebody says so.

CSP R.1112-7: twenty years after the last visit, and for whoever was a minor until they are 28.
Nothing here runs by itself, and the trace is never shortened: each removal is a row of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import bindparam, func, select

from imaging_app.db import Database, table_of, take_turn
from imaging_app.exams.index import Index
from imaging_app.exams.models import ExamRow
from imaging_app.people.models import FileRow, PatientRow
from imaging_app.store.port import Store
from imaging_app.trace.record import Actor, Deed, Trace

ADULT_UNTIL: Final = 28
REMOVED: Final = "exam.removed"
exams, files, patients = table_of(ExamRow), table_of(FileRow), table_of(PatientRow)
# A day that nobody knows is no visit: such a file is left alone.
FILES: Final = (
    select(
        files.c.id,
        files.c.number,
        files.c.establishment,
        files.c.patient,
        patients.c.birth_date,
        func.min(exams.c.taken_on).label("first_on"),
        func.max(exams.c.taken_on).label("last_on"),
        func.count().label("many"),
    )
    .join_from(exams, files, files.c.id == exams.c.file)
    .join(patients, patients.c.id == files.c.patient)
    .group_by(
        files.c.id, files.c.number, files.c.establishment, files.c.patient, patients.c.birth_date
    )
    .having(func.min(exams.c.taken_on) != "", func.max(exams.c.taken_on) < bindparam("before_"))
    .order_by(files.c.establishment, files.c.number)
)
OF: Final = select(exams.c.id).where(exams.c.file == bindparam("file_")).order_by(exams.c.id)


@dataclass(frozen=True, slots=True)
class Over:
    """A file all of whose exams are older than they have to be kept."""

    file: str
    number: str
    establishment: str
    patient: str
    last_on: str
    count: int


def years_before(day: date, years: int) -> date:
    """The same day so many years before; the 28th where there is no 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def over(database: Database, today: date, years: int, kept: Collection[str] = ()) -> Iterator[Over]:
    """Files whose last visit is more than so many years ago; `kept`: numbers held back."""
    grown = years_before(today, ADULT_UNTIL).isoformat()
    before = years_before(today, years).strftime("%Y%m%d")
    with database.read() as tx:
        rows = tx.execute(FILES, {"before_": before}).all()
    for row in rows:
        # Of whom nobody knows the birth date, the first exam may have been a newborn's.
        born = row.birth_date or f"{row.first_on[:4]}-{row.first_on[4:6]}-{row.first_on[6:]}"
        if born <= grown and row.number not in kept:
            yield Over(row.id, row.number, row.establishment, row.patient, row.last_on, row.many)


def remove(database: Database, store: Store, trace: Trace, one: Over, *, years: int) -> int:
    """Its exams with their images and reports, each with its row in the trace; how many."""
    actor = Actor(kind="command", subject="retention")
    with database.read() as tx:
        every = list(tx.execute(OF, {"file_": one.file}).scalars())
    for exam in every:
        with database.write() as tx:
            trace.begin(tx)
            take_turn(tx, "exams")
            places = Index().remove(tx, exam)
            deed = Deed(
                action=REMOVED,
                patient=one.patient,
                exam=exam,
                establishment=one.establishment,
                shown=True,
                detail={"years": years, "last": one.last_on},
            )
            trace.record(tx, actor, deed)
        # Once nobody finds it: what a fault leaves behind is dropped by `check-images`.
        for place in places:
            store.drop(place)
    return len(every)
