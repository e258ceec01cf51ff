# SPDX-License-Identifier: Apache-2.0
"""Reports: versions that follow one another, PDF or plain text, never anybody's markup.

A CDA is kept as the words that it says. A PDF is kept as it is; whoever serves it sandboxes it.
What is written here follows what was written here before. A PDF that came as an image says of no
other that it replaces it: each of them stands by itself. Where that image is taken back, its
version stays as an empty row, for its number to be given to no other.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from imaging_app.clock import Now
from imaging_app.crypto import new_id
from imaging_app.db import Tx, table_of, take_turn
from imaging_app.dicom.door import Door
from imaging_app.dicom.values import Document, Reading, Refused, Subject
from imaging_app.exams.models import ExamRow, ReportRow
from imaging_app.exams.untold import NOTHING, Untold
from imaging_app.people.files import Mismatch
from imaging_app.people.patients import plain_traits
from imaging_app.people.traits import Traits, differences, read_date
from imaging_app.store.port import Parcel, Store, Trouble

table, exams = table_of(ReportRow), table_of(ExamRow)
LARGEST: Final = 20 << 20
PDF, TEXT, GONE = "pdf", "text", "gone"
SIGNATURE: Final = b"%PDF-"
# Readers look for it in the first kilobyte.
HEAD: Final = 1024
COLUMNS = (
    table.c.id,
    table.c.exam,
    table.c.version,
    table.c.kind,
    table.c.title,
    table.c.author,
    table.c.size,
    table.c.image,
    table.c.signed_at,
    table.c.added_at,
)
OF: Final = (
    select(*COLUMNS)
    .where(table.c.exam == bindparam("exam_"), table.c.kind != GONE)
    .order_by(table.c.version.desc())
)
CONTENT: Final = select(table.c.content).where(table.c.id == bindparam("id_"))
LAST: Final = (
    select(table.c.version, table.c.digest)
    .where(table.c.exam == bindparam("exam_"))
    .order_by(table.c.version.desc())
    .limit(1)
)
# Of those that follow one another.
LAST_WRITTEN: Final = LAST.where(table.c.image.is_(None))
MAKE = insert(table)
EMPTY: Final = (
    update(table)
    .where(
        table.c.exam == bindparam("exam_"),
        table.c.image.in_(bindparam("images_", expanding=True)),
    )
    .values(kind=GONE, title="", author="", digest="", size=0, image="", content=None)
)
PATIENT: Final = select(exams.c.patient).where(exams.c.id == bindparam("exam_"))


@dataclass(frozen=True, slots=True)
class Report:
    """One version."""

    id: str
    exam: str
    version: int
    kind: str
    title: str
    author: str
    size: int
    image: str | None
    signed_at: int
    added_at: int
    # Whether a later version has taken its place.
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A report that has been read, and may be added."""

    kind: str
    title: str
    content: bytes
    # Whom it says it is about, where it does.
    about: Subject | None = None


def result_of(reports: Sequence[Report]) -> Report | None:
    """The one that says the result: what was written here and holds, else the only paper there is.

    None where several papers came as images: which of them it is, whoever reads them sees.
    """
    written = next((one for one in reports if one.image is None), None)
    return written or (reports[0] if len(reports) == 1 else None)


def read_report(store: Store, door: Door, content: bytes) -> Written | str:
    """What was sent, if it is a report; else a reason. Nothing else than the child parses it."""
    if len(content) > LARGEST:
        return Trouble.TOO_LARGE.value
    if SIGNATURE in content[:HEAD]:
        return Written(PDF, "", content)
    parcel = store.receive([content], LARGEST)
    if isinstance(parcel, Trouble):
        return parcel.value
    try:
        found: Document | Refused = door.text(parcel.path)
    finally:
        store.discard(parcel)
    if isinstance(found, Refused):
        return found.reason.value
    return Written(TEXT, found.title, found.content, found.about)


def _differs(tx: Tx, exam: str, told: Subject) -> tuple[str, ...]:
    """By which traits it can't be the exam's patient's: what is not told contradicts nothing."""
    patient = tx.execute(PATIENT, {"exam_": exam}).scalar()
    known = plain_traits(tx, patient) if patient else None
    if known is None:
        return ("patient",)
    said = Traits(
        birth_name=told.family or known.birth_name,
        first_names=tuple(told.given.split()) or known.first_names,
        birth_date=read_date(told.birth_date) or "",
        sex=told.sex or "U",
        used_name=told.used,
    )
    return differences(known, said)


class Reports:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def add(
        self,
        tx: Tx,
        exam: str,
        written: Written,
        *,
        by: str,
        title: str = "",
        author: str = "",
        signed_at: int | None = None,
    ) -> int | Mismatch:
        """The version that this is; the same bytes as the last one are that one.

        Not a version of anything where it says that it is about somebody else.
        """
        if (other := self.mismatch(tx, exam, written)) is not None:
            return other
        digest = hashlib.sha256(written.content).hexdigest()
        row = {
            "kind": written.kind,
            "title": (title or written.title)[:200],
            "author": author[:200],
            "digest": digest,
            "size": len(written.content),
            "image": None,
            "content": written.content,
            "added_by": by[:255],
            "signed_at": self._now() if signed_at is None else signed_at,
        }
        return self._make(tx, exam, row)

    def mismatch(self, tx: Tx, exam: str, written: Written) -> Mismatch | None:
        """By what it says that it is about somebody else."""
        differs = _differs(tx, exam, written.about) if written.about is not None else ()
        return Mismatch(differs) if differs else None

    def wrapped(self, tx: Tx, exam: str, reading: Reading, parcel: Parcel, by: str) -> int:
        """A PDF that came as an image of the exam; its bytes stay where they are."""
        row = {
            "kind": PDF,
            "title": reading.series.description,
            "author": "",
            "digest": parcel.digest,
            "size": parcel.size,
            "image": reading.image.uid,
            "content": None,
            "added_by": by[:255],
            "signed_at": self._day_of(reading.image.made_on),
        }
        return self._make(tx, exam, row)

    def _day_of(self, made_on: str) -> int:
        """What comes in from an archive is not new: the noon of its day, where that is past."""
        now = self._now()
        if not made_on:
            return now
        try:
            day = datetime.strptime(f"{made_on}12", "%Y%m%d%H").replace(tzinfo=UTC)
        except ValueError:
            return now
        return min(int(day.timestamp()), now)

    def _make(self, tx: Tx, exam: str, row: dict[str, object]) -> int:
        take_turn(tx, "reports", exam)
        if row["image"] is None:
            # An earlier wording that holds again is what is to be read now: a version of its own.
            before = tx.execute(LAST_WRITTEN, {"exam_": exam}).first()
            if before is not None and before.digest == row["digest"]:
                return int(before.version)
        last = tx.execute(LAST, {"exam_": exam}).first()
        version = last.version + 1 if last else 1
        tx.execute(
            MAKE,
            {**row, "id": new_id(), "exam": exam, "version": version, "added_at": self._now()},
        )
        return version

    def take_back(self, tx: Tx, exam: str, images: Collection[str]) -> None:
        """What these images wrap is no report of the exam's any more."""
        # What was told or seen up to its number was not told up to the one that comes next.
        tx.execute(EMPTY, {"exam_": exam, "images_": list(images)})

    def of(self, tx: Tx, exam: str, up_to: int | None = None) -> list[Report]:
        """Every version, the newest first; up to one, as if no other had come."""
        rows = tx.execute(OF, {"exam_": exam}).all()
        found = [Report(**row._asdict()) for row in rows if up_to is None or row.version <= up_to]
        written = [one.id for one in found if one.image is None]
        return [replace(one, replaced=one.id in written[1:]) for one in found]

    def one(self, tx: Tx, exam: str, version: int, up_to: int | None = None) -> Report | None:
        """One version of this exam's."""
        return next((one for one in self.of(tx, exam, up_to) if one.version == version), None)

    def untold(self, tx: Tx, exam: str, up_to: int | None) -> Untold:
        """What stays from whoever was told of it up to this version; nothing where it is None."""
        if up_to is None:
            return NOTHING
        return Untold(frozenset(one.image for one in self.of(tx, exam, up_to) if one.image))

    def content(self, tx: Tx, report: Report) -> bytes | None:
        """Its bytes; None where an image wraps them."""
        found: bytes | None = tx.execute(CONTENT, {"id_": report.id}).scalar()
        return found
