# SPDX-License-Identifier: Apache-2.0
"""Whether what a file tells of itself agrees with what is known, and what is written down of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update

from imaging_app.clock import Now
from imaging_app.crypto import new_id
from imaging_app.db import Tx, table_of
from imaging_app.dicom.values import Reading
from imaging_app.dicom.values import Traits as Told
from imaging_app.exams.models import ExamRow, ImageRow, SeriesRow
from imaging_app.exams.packing import pack_frames
from imaging_app.people.files import Files, Mismatch
from imaging_app.people.traits import RETRIEVED, Ins, Traits, read_date
from imaging_app.store.port import Parcel

exams, series, images = table_of(ExamRow), table_of(SeriesRow), table_of(ImageRow)
# Of one establishment: what another has under the same identifier is asked by nobody here.
EXAM: Final = select(exams.c.id, exams.c.file).where(
    exams.c.uid == bindparam("uid_"), exams.c.establishment == bindparam("establishment_")
)
SERIES: Final = select(series.c.exam).where(
    series.c.uid == bindparam("uid_"), series.c.establishment == bindparam("establishment_")
)
IMAGE: Final = (
    select(images.c.digest, images.c.exam, exams.c.file)
    .join_from(images, exams, images.c.exam == exams.c.id)
    .where(images.c.uid == bindparam("uid_"), images.c.establishment == bindparam("establishment_"))
)
MAKE_EXAM, MAKE_SERIES, MAKE_IMAGE = insert(exams), insert(series), insert(images)
COUNT_SERIES: Final = (
    update(series)
    .where(series.c.exam == bindparam("exam_"))
    .values(
        images=select(func.count())
        .where(images.c.exam == series.c.exam, images.c.series == series.c.uid)
        .correlate(series)
        .scalar_subquery()
    )
)
TOTALS: Final = select(func.count(), func.coalesce(func.sum(images.c.size), 0)).where(
    images.c.exam == bindparam("exam_")
)
KINDS: Final = (
    select(series.c.modality).where(series.c.exam == bindparam("exam_")).order_by(series.c.number)
)
COUNT_EXAM: Final = (
    update(exams)
    .where(exams.c.id == bindparam("exam_"))
    .values({name: bindparam(f"{name}_") for name in ("series", "images", "size", "modalities")})
)
TOUCH: Final = COUNT_EXAM.values(changed_at=bindparam("now_"))
MOST_KINDS: Final = 10
# Notes about images, which nobody calls a kind of exam where there are images.
BESIDE: Final = {"PR", "KO", "DOC", "SR", "OT"}


@dataclass(frozen=True, slots=True)
class Same:
    """These bytes are here already."""

    exam: str


@dataclass(frozen=True, slots=True)
class Contradicts:
    """It may not be kept; why."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fits:
    """It may be kept: in this exam of this file."""

    exam: str | None
    file: str
    new_series: bool


class Judge:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, files: Files, now: Now) -> None:
        self._files = files
        self._now = now

    def judge(
        self, tx: Tx, reading: Reading, parcel: Parcel, establishment: str, into: str = ""
    ) -> Same | Contradicts | Fits:
        """Whoever knows an identifier must not add to what is somebody else's.

        What another establishment holds, be it the same bytes, changes nothing and is not told.
        `into`: the file that somebody says it belongs to, whatever it tells of itself.
        """
        theirs = {"establishment_": establishment}
        known = tx.execute(IMAGE, {**theirs, "uid_": reading.image.uid}).first()
        if known is not None:
            if into and known.file != into:
                return Contradicts("other-file")
            if known.digest == parcel.digest:
                return Same(known.exam)
            return Contradicts("other-content")
        exam = tx.execute(EXAM, {**theirs, "uid_": reading.study.uid}).first()
        owner = tx.execute(SERIES, {**theirs, "uid_": reading.series.uid}).first()
        if owner is not None and (exam is None or owner.exam != exam.id):
            return Contradicts("other-exam")
        file = into or self._file(tx, reading.traits, establishment, is_new=exam is None)
        if isinstance(file, Mismatch):
            return Contradicts("other-person", ",".join(file.differs))
        if file is None or (exam is not None and exam.file != file):
            return Contradicts("other-file")
        return Fits(exam.id if exam else None, file, owner is None)

    def _file(
        self, tx: Tx, told: Told, establishment: str, *, is_new: bool
    ) -> str | Mismatch | None:
        traits = traits_of(told)
        if not is_new and self._files.find(tx, establishment, told.number) is None:
            # A known exam under a number that nobody has: no file is made for it.
            return None
        return self._files.of(tx, establishment, told.number, traits)

    def write(
        self, tx: Tx, reading: Reading, parcel: Parcel, fits: Fits, establishment: str
    ) -> str:
        """Write it down; the exam that it belongs to."""
        exam = fits.exam or self._make_exam(tx, reading, fits.file, establishment)
        if fits.new_series:
            found = reading.series
            row = {name: getattr(found, name) for name in SERIES_FIELDS}
            place = {"exam": exam, "establishment": establishment}
            tx.execute(MAKE_SERIES, {**row, **place, "images": 0})
        image = reading.image
        row = {name: getattr(image, name) for name in IMAGE_FIELDS}
        more: dict[str, Any] = {
            "series": reading.series.uid,
            "exam": exam,
            "establishment": establishment,
            "size": parcel.size,
            "digest": parcel.digest,
            "places": pack_frames(reading.frames),
            "facts": reading.metadata,
            "added_at": self._now(),
        }
        tx.execute(MAKE_IMAGE, {**row, **more})
        return exam

    def _make_exam(self, tx: Tx, reading: Reading, file: str, establishment: str) -> str:
        made, study, now = new_id(), reading.study, self._now()
        owner = self._files.one(tx, file)
        if owner is None:
            # It was found in this very transaction.
            raise LookupError("the file of an exam is gone")
        row = {
            "id": made,
            "uid": study.uid,
            "file": file,
            "patient": owner.patient,
            "establishment": establishment,
            "taken_on": study.day,
            "taken_time": study.time,
            "accession": study.accession,
            "description": study.description,
            "referrer": study.referrer,
            "institution": study.institution,
        }
        none = {"modalities": "", "series": 0, "images": 0, "size": 0, "hidden": False}
        tx.execute(MAKE_EXAM, {**row, **none, "added_at": now, "changed_at": now})
        return made

    def count(self, tx: Tx, exam: str) -> None:
        """Bring an exam's numbers up to what is there."""
        tx.execute(COUNT_SERIES, {"exam_": exam})
        total, size = tx.execute(TOTALS, {"exam_": exam}).one()
        kinds = list(tx.execute(KINDS, {"exam_": exam}).scalars())
        told = {"series_": len(kinds), "images_": total, "size_": size}
        written = f" {' '.join(kinds_of(kinds))} "
        tx.execute(TOUCH, {**told, "modalities_": written, "exam_": exam, "now_": self._now()})


def kinds_of(kinds: Sequence[str]) -> tuple[str, ...]:
    """Of an exam, by those of its series in their order."""
    each = dict.fromkeys(sorted(kinds, key=lambda one: one in BESIDE))
    return tuple(each)[:MOST_KINDS]


SERIES_FIELDS: Final = (
    "uid", "modality", "number", "description", "body_part", "laterality", "frame_of_reference",
)  # fmt: skip
IMAGE_FIELDS: Final = (
    "uid", "kind", "syntax", "number", "frames", "rows", "columns", "document",
)  # fmt: skip


def traits_of(told: Told) -> Traits:
    """What a file tells, as people are known here.

    A national number in it is what somebody typed or looked up: qualified is said by people only.
    """
    numbers = [Ins(number, issuer, RETRIEVED) for number, issuer in told.national]
    believed = [one for one in numbers if not one.faults()]
    return Traits(
        birth_name=told.family,
        first_names=tuple(told.given.replace(",", " ").split()),
        birth_date=read_date(told.birth_date) or "",
        sex=told.sex if told.sex in {"F", "M"} else "U",
        ins=believed[0] if len(believed) == 1 else None,
    )
