# SPDX-License-Identifier: Apache-2.0
"""What is in the index: lists of exams, one exam, its series, their images, and frames."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, or_, select, update

from imaging_app.consents.marks import bump
from imaging_app.consents.results import was_told
from imaging_app.db import Tx, table_of
from imaging_app.dicom.limits import MOST_TOLD
from imaging_app.dicom.packing import inflate
from imaging_app.dicom.records import ALSO_REPORTS, REPORTS, WRAPPED
from imaging_app.exams.models import ExamRow, ImageRow, ReportRow, SeriesRow
from imaging_app.exams.packing import unpack_frames
from imaging_app.exams.reports import GONE
from imaging_app.exams.untold import NOTHING, Untold
from imaging_app.exams.values import Exam, Image, Owner, Series, Whole
from imaging_app.store.port import Place, Store

table, series, images = table_of(ExamRow), table_of(SeriesRow), table_of(ImageRow)
reports = table_of(ReportRow)
PAGE: Final = 20
BLOCK: Final = 200
EXAM_FIELDS: Final = (
    "id", "uid", "file", "patient", "establishment", "taken_on", "taken_time", "accession",
    "description", "referrer", "institution", "modalities", "series", "images", "size", "added_at",
)  # fmt: skip
SERIES_FIELDS: Final = (
    "uid", "exam", "modality", "number", "description", "body_part", "laterality",
    "frame_of_reference", "images",
)  # fmt: skip
IMAGE_FIELDS: Final = (
    "uid", "exam", "kind", "syntax", "number", "frames", "rows", "columns", "document", "size",
)  # fmt: skip
EXAMS: Final = select(*(table.c[name] for name in EXAM_FIELDS))
ONE: Final = EXAMS.where(table.c.id == bindparam("id_"))
EACH: Final = EXAMS.where(table.c.id.in_(bindparam("ids", expanding=True)))
OWNERS: Final = select(
    table.c.id, table.c.patient, table.c.file, table.c.establishment, table.c.hidden
).where(table.c.id.in_(bindparam("ids", expanding=True)))
HIDE: Final = (
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(hidden=bindparam("hidden_"))
    .returning(table.c.patient)
)
_other = table.alias("other")
# Of some exams those that are not the only one of their study.
SEVERAL: Final = select(table.c.id, table.c.uid).where(
    table.c.id.in_(bindparam("ids_", expanding=True)),
    select(_other.c.id).where(_other.c.uid == table.c.uid, _other.c.id != table.c.id).exists(),
)
# The one that came first stands first, whoever asks.
OF_UID: Final = EXAMS.where(table.c.uid == bindparam("uid_")).order_by(
    table.c.added_at, table.c.establishment
)
SERIES: Final = select(*(series.c[name] for name in SERIES_FIELDS))
SERIES_OF: Final = SERIES.where(series.c.exam == bindparam("exam_")).order_by(
    series.c.number, series.c.uid
)
IMAGES: Final = select(
    *(images.c[name] for name in IMAGE_FIELDS),
    images.c.digest,
    images.c.series,
    table.c.uid.label("study"),
).join_from(images, table, images.c.exam == table.c.id)
IN_ORDER: Final = (images.c.number, images.c.uid)
IMAGES_OF: Final = IMAGES.where(
    images.c.exam == bindparam("exam_"), images.c.series == bindparam("series_")
).order_by(*IN_ORDER)
ALL_OF: Final = IMAGES.where(images.c.exam == bindparam("exam_")).order_by(
    images.c.series, *IN_ORDER
)
# All that may say a result, and little else.
PAPERS_OF: Final = ALL_OF.where(
    or_(
        images.c.document != "",
        images.c.kind.startswith(REPORTS),
        images.c.kind.startswith(WRAPPED),
        images.c.kind.in_(sorted(ALSO_REPORTS)),
    )
)
WHOLE: Final = IMAGES.add_columns(images.c.places).where(
    images.c.exam == bindparam("exam_"), images.c.uid == bindparam("uid_")
)
FACTS: Final = (
    select(images.c.uid, images.c.kind, images.c.document, images.c.facts)
    .where(images.c.exam == bindparam("exam_"), images.c.series == bindparam("series_"))
    .order_by(*IN_ORDER)
)
FACTS_OF: Final = select(images.c.facts).where(
    images.c.exam == bindparam("exam_"), images.c.uid == bindparam("uid_")
)


# Each exam that has a report, its last version, and when the last one was signed: for whoever
# asks what is new.
REPORTED: Final = (
    select(
        table.c.id.label("exam"),
        table.c.patient,
        table.c.file,
        table.c.establishment,
        func.max(reports.c.signed_at).label("reported_at"),
        func.max(reports.c.version).label("version"),
    )
    .join_from(reports, table, reports.c.exam == table.c.id)
    .where(~table.c.hidden, reports.c.kind != GONE)
    .group_by(table.c.id, table.c.patient, table.c.file, table.c.establishment)
    .subquery("reported")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which exams a list is of: all that is told here must hold. One of the first three is told."""

    patient: str = ""
    file: str = ""
    establishment: str = ""
    # YYYYMMDD, both included.
    since: str = ""
    until: str = ""
    modality: str = ""
    accession: str = ""
    # Whether only those that the patient was told of; those that have a report.
    told: bool = False
    reported: bool = False


class Index:
    """The verbs; each takes the caller's transaction. None of them asks who is asking."""

    def exams(self, tx: Tx, wanted: Wanted, page: int = 1) -> tuple[list[Exam], bool]:
        """A page, the newest first, and whether there is another."""
        if not (wanted.patient or wanted.file or wanted.establishment):
            return [], False
        asked = _narrowed(EXAMS, wanted).order_by(
            table.c.taken_on.desc(), table.c.taken_time.desc(), table.c.id
        )
        asked = asked.limit(PAGE + 1).offset((min(max(page, 1), 100_000) - 1) * PAGE)
        rows = tx.execute(asked).all()
        return [_exam(row) for row in rows[:PAGE]], len(rows) > PAGE

    def exam(self, tx: Tx, exam: str) -> Exam | None:
        """One, by its id."""
        row = tx.execute(ONE, {"id_": exam}).first()
        return _exam(row) if row else None

    def each_of(self, tx: Tx, exams: Sequence[str]) -> list[Exam]:
        """Those of these that there are, in the order of the ids."""
        rows = tx.execute(EACH, {"ids": list(exams)}).all() if exams else []
        found = {row.id: row for row in rows}
        return [_exam(found[one]) for one in exams if one in found]

    def owner(self, tx: Tx, exam: str) -> Owner | None:
        """Whose it is: what a decision needs, and no more."""
        return self.owners(tx, [exam]).get(exam)

    def owners(self, tx: Tx, exams: Collection[str]) -> dict[str, Owner]:
        """The same of several, of those that there are."""
        rows = tx.execute(OWNERS, {"ids": list(exams)}).all() if exams else []
        return {row[0]: Owner(*row[1:]) for row in rows}

    def hide(self, tx: Tx, exam: str, *, hidden: bool) -> bool:
        """Show it to nobody, or again to whom it may be shown; at once, also where it is open."""
        row = tx.execute(HIDE, {"id_": exam, "hidden_": hidden}).first()
        if row is not None:
            bump(tx, row.patient)
        return row is not None

    def of_uid(self, tx: Tx, uid: str) -> list[Exam]:
        """All of one study, by its identifier: each establishment that holds it has its own."""
        return [_exam(row) for row in tx.execute(OF_UID, {"uid_": uid}).all()]

    def of_several(self, tx: Tx, exams: list[str]) -> dict[str, str]:
        """Of these exams those whose study another establishment holds too, with its identifier."""
        rows = tx.execute(SEVERAL, {"ids_": exams}).all() if exams else []
        return {row.id: row.uid for row in rows}

    def by_uid(self, tx: Tx, uid: str, establishment: str) -> Exam | None:
        """That of one establishment."""
        every = self.of_uid(tx, uid)
        return next((one for one in every if one.establishment == establishment), None)

    def series(self, tx: Tx, exam: str) -> list[Series]:
        """An exam's series, in their order."""
        return [Series(**row._asdict()) for row in tx.execute(SERIES_OF, {"exam_": exam}).all()]

    def images(
        self, tx: Tx, exam: str, uid: str, limit: int | None = None, offset: int = 0
    ) -> list[Image]:
        """A series' images, in their order; of this exam and no other."""
        asked = IMAGES_OF.limit(limit).offset(offset) if limit is not None else IMAGES_OF
        return [_image(row) for row in tx.execute(asked, {"exam_": exam, "series_": uid}).all()]

    def all_images(self, tx: Tx, exam: str) -> list[Image]:
        """Everything of an exam, for whoever takes it away."""
        return [_image(row) for row in tx.execute(ALL_OF, {"exam_": exam}).all()]

    def papers(self, tx: Tx, exam: str) -> list[Image]:
        """Whatever of an exam may say a result."""
        return [_image(row) for row in tx.execute(PAPERS_OF, {"exam_": exam}).all()]

    def image(self, tx: Tx, exam: str, uid: str) -> Whole | None:
        """One image of this exam, with where its frames lie."""
        row = tx.execute(WHOLE, {"exam_": exam, "uid_": uid}).first()
        return Whole(_image(row), unpack_frames(row.places)) if row else None

    def middle(self, tx: Tx, exam: str, one: Series) -> Image | None:
        """The image that stands for a series in a list."""
        found = self.images(tx, exam, one.uid, 1, max(one.images - 1, 0) // 2)
        return found[0] if found else None

    def facts(self, tx: Tx, exam: str, uid: str, untold: Untold = NOTHING) -> Iterator[bytes]:
        """The DICOM JSON of each image of a series: one look at the database for some hundreds."""
        place = 0
        while True:
            asked = {"exam_": exam, "series_": uid}
            rows = tx.execute(FACTS.limit(BLOCK).offset(place), asked).all()
            for name, kind, document, packed in rows:
                if not untold.hides(name, kind, document):
                    yield inflate(packed, MOST_TOLD)
            if len(rows) < BLOCK:
                return
            place += BLOCK

    def metadata(
        self, tx: Tx, exam: str, *series: str, untold: Untold = NOTHING
    ) -> Iterator[bytes]:
        """The same of several as one array, in pieces."""
        yield b"["
        is_first = True
        for uid in series:
            for told in self.facts(tx, exam, uid, untold):
                yield told if is_first else b"," + told
                is_first = False
        yield b"]"

    def facts_of_image(self, tx: Tx, exam: str, uid: str) -> bytes | None:
        """One image's DICOM JSON object."""
        packed = tx.execute(FACTS_OF, {"exam_": exam, "uid_": uid}).scalar()
        return inflate(packed, MOST_TOLD) if packed is not None else None

    def take_out(self, tx: Tx, exam: str, uids: Collection[str]) -> None:
        """Take images out of an exam that stays, and series that have none any more."""
        tx.execute(delete(images).where(images.c.exam == exam, images.c.uid.in_(uids)))
        left = select(images.c.series).where(images.c.exam == exam)
        tx.execute(delete(series).where(series.c.exam == exam, series.c.uid.not_in(left)))

    def remove(self, tx: Tx, exam: str) -> list[Place]:
        """Take an exam out of the index; what nobody else knows whoever asked then drops
        from the store, by `checking.drop_unknown`.
        """
        places = [one.place for one in self.all_images(tx, exam)]
        for one in (reports, images, series):
            tx.execute(delete(one).where(one.c.exam == exam))
        tx.execute(delete(table).where(table.c.id == exam))
        return places


def _narrowed(asked: Select[Any], wanted: Wanted) -> Select[Any]:
    for name in ("patient", "file", "establishment", "accession"):
        if value := getattr(wanted, name):
            asked = asked.where(table.c[name] == value)
    if wanted.since:
        asked = asked.where(table.c.taken_on >= wanted.since)
    if wanted.until:
        asked = asked.where(table.c.taken_on <= wanted.until, table.c.taken_on != "")
    if wanted.modality:
        asked = asked.where(table.c.modalities.contains(f" {wanted.modality} ", autoescape=True))
    if wanted.told:
        asked = asked.where(was_told(table.c.id))
    if wanted.reported:
        there = select(reports.c.id).where(reports.c.exam == table.c.id, reports.c.kind != GONE)
        asked = asked.where(there.exists())
    return asked


def _exam(row: Any) -> Exam:
    told = row._asdict()
    return Exam(**{**told, "modalities": tuple(told["modalities"].split())})


def _image(row: Any) -> Image:
    told = {name: getattr(row, name) for name in IMAGE_FIELDS}
    return Image(**told, place=Place(row.study, row.series, row.uid, row.digest))


def read_frame(store: Store, whole: Whole, number: int) -> bytes | None:
    """A frame as it lies in the file; None where it has to be decoded, or is not there."""
    where = whole.frames.of(number)
    parts = [store.read(whole.image.place, start, length) for start, length in where]
    found = [part for part in parts if part is not None]
    return b"".join(found) if parts and len(found) == len(parts) else None
