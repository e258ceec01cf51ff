# SPDX-License-Identifier: Apache-2.0
"""Exams whose time is over: told first, removed only where somebody says so.

CSP R.1112-7: twenty years after the last visit, and for whoever was a minor until they are 28.
Nothing here runs by itself, and the trace is never shortened: each removal is a row of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from imaging_app.db import Database, table_of, take_turn
from imaging_app.exams.checking import drop_unknown
from imaging_app.exams.index import Index
from imaging_app.exams.models import ExamRow
from imaging_app.people.models import FileRow, PatientRow
from imaging_app.store.port import Place, Store
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
ONE: Final = FILES.where(files.c.id == bindparam("file_"))
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


@dataclass(frozen=True, slots=True)
class Term:
    """How long exams are kept, on a day; `kept`: numbers held back."""

    today: date
    years: int
    kept: Collection[str] = ()

    @property
    def before(self) -> str:
        """The last visit of whoever is over was before that day."""
        return years_before(self.today, self.years).strftime("%Y%m%d")

    def ends(self, row: Any) -> Over | None:
        """The file of a row, where its patient is grown, and nobody holds it back."""
        grown = years_before(self.today, ADULT_UNTIL).isoformat()
        # Of whom nobody knows the birth date, the first exam may have been a newborn's.
        born = row.birth_date or f"{row.first_on[:4]}-{row.first_on[4:6]}-{row.first_on[6:]}"
        if born > grown or row.number in self.kept:
            return None
        return Over(row.id, row.number, row.establishment, row.patient, row.last_on, row.many)


def over(database: Database, term: Term) -> Iterator[Over]:
    """Files whose last visit is longer ago than that."""
    with database.read() as tx:
        rows = tx.execute(FILES, {"before_": term.before}).all()
    yield from filter(None, map(term.ends, rows))


def remove(database: Database, store: Store, trace: Trace, file: str, term: Term) -> int:
    """A file's exams with their images and reports, each with its row in the trace; how many.

    What came in since it was listed keeps what is still there: whoever comes back is kept whole.
    """
    with database.read() as tx:
        every = list(tx.execute(OF, {"file_": file}).scalars())
    count = 0
    for exam in every:
        places = _take_out(database, trace, exam, file, term)
        if places is None:
            break
        count += 1
        # Once nobody finds it: what a fault leaves behind is dropped by `check-images`.
        for place in places:
            drop_unknown(database, store, place)
    return count


def _take_out(
    database: Database, trace: Trace, exam: str, file: str, term: Term
) -> list[Place] | None:
    """Out of the index, in the turn of what comes in; None where its time is not over any more."""
    with database.write() as tx:
        trace.begin(tx)
        take_turn(tx, "exams")
        row = tx.execute(ONE, {"before_": term.before, "file_": file}).first()
        one = term.ends(row) if row else None
        if one is None:
            return None
        places = Index().remove(tx, exam)
        deed = Deed(
            action=REMOVED,
            patient=one.patient,
            exam=exam,
            establishment=one.establishment,
            shown=True,
            detail={"years": term.years, "last": one.last_on},
        )
        trace.record(tx, Actor(kind="command", subject="retention"), deed)
        return places
