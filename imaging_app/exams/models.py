# SPDX-License-Identifier: Apache-2.0
"""Tables of exams: the index over what the store keeps, reports, imports, what was set aside."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base


class ExamRow(Base):
    """One exam: everything that one establishment sent under one study's identifier.

    Another one may hold the same study, for its own patient and by its own consent.
    """

    __tablename__ = "exams"
    __table_args__ = (
        UniqueConstraint("uid", "establishment"),
        # All that a list of several people's is ordered and narrowed by, so that it reads no row.
        Index("ix_exams_patient", "patient", "taken_on", "taken_time", "hidden", "modalities"),
        Index("ix_exams_newest", "taken_on", "taken_time", "id"),
        Index("ix_exams_accession", "accession"),
        Index("ix_exams_file", "file"),
        Index("ix_exams_establishment", "establishment", "taken_on"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    uid: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(ForeignKey("files.id"))
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    establishment: Mapped[str] = mapped_column(String(16))
    # YYYYMMDD and HHMMSS, as the modality wrote them; empty where unknown.
    taken_on: Mapped[str] = mapped_column(String(8))
    taken_time: Mapped[str] = mapped_column(String(6))
    accession: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(String(128))
    referrer: Mapped[str] = mapped_column(String(128))
    institution: Mapped[str] = mapped_column(String(128))
    # Each once, with a space around each, so that one is found among them.
    modalities: Mapped[str] = mapped_column(String(200))
    series: Mapped[int] = mapped_column(Integer)
    images: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(BigInteger)
    # Whether its establishment shows it to nobody, an emergency included.
    hidden: Mapped[bool] = mapped_column(Boolean)
    added_at: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[int] = mapped_column(BigInteger)


class SeriesRow(Base):
    """One series of an exam."""

    __tablename__ = "series"
    __table_args__ = (Index("ix_series_exam", "exam"), KEYED)

    uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    # That of the exam.
    establishment: Mapped[str] = mapped_column(String(16), primary_key=True)
    exam: Mapped[str] = mapped_column(ForeignKey("exams.id"))
    modality: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(String(128))
    body_part: Mapped[str] = mapped_column(String(32))
    laterality: Mapped[str] = mapped_column(String(4))
    frame_of_reference: Mapped[str] = mapped_column(String(64))
    images: Mapped[int] = mapped_column(Integer)


class ImageRow(Base):
    """One object of a series: an image, or what has no pixels."""

    __tablename__ = "images"
    __table_args__ = (
        ForeignKeyConstraint(["series", "establishment"], ["series.uid", "series.establishment"]),
        # An exam is shown in this order.
        Index("ix_images_exam", "exam", "series", "number", "uid"),
        KEYED,
    )

    uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    establishment: Mapped[str] = mapped_column(String(16), primary_key=True)
    series: Mapped[str] = mapped_column(String(64))
    exam: Mapped[str] = mapped_column(ForeignKey("exams.id"))
    kind: Mapped[str] = mapped_column(String(64))
    syntax: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    frames: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Integer)
    columns: Mapped[int] = mapped_column(Integer)
    # The type of the document that it wraps.
    document: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    # SHA-256 of the file.
    digest: Mapped[str] = mapped_column(String(64))
    # Where each frame lies in the file; and DICOM JSON: both packed by zlib.
    places: Mapped[bytes] = mapped_column(LargeBinary)
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[int] = mapped_column(BigInteger)


class ReportRow(Base):
    """One version of an exam's report; none is ever changed, but emptied where it is taken back."""

    __tablename__ = "reports"
    __table_args__ = (Index("uq_reports_exam", "exam", "version", unique=True), KEYED)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    exam: Mapped[str] = mapped_column(ForeignKey("exams.id"))
    version: Mapped[int] = mapped_column(Integer)
    # pdf, text or gone.
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    # The image that wraps it; or the bytes themselves.
    image: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    added_by: Mapped[str] = mapped_column(String(255))
    signed_at: Mapped[int] = mapped_column(BigInteger, index=True)
    added_at: Mapped[int] = mapped_column(BigInteger)


class AsideRow(Base):
    """A file that was set aside: nobody sees it until somebody of the establishment decides."""

    __tablename__ = "set_aside"
    __table_args__ = (
        Index("ix_set_aside_establishment", "establishment", "state", "met_at"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200))
    # What the sender called the file; shown, never used as a path.
    name: Mapped[str] = mapped_column(String(200))
    establishment: Mapped[str] = mapped_column(String(16))
    job: Mapped[str] = mapped_column(String(32))
    study: Mapped[str] = mapped_column(String(64))
    series: Mapped[str] = mapped_column(String(64))
    image: Mapped[str] = mapped_column(String(64))
    # waiting, put (into a file, by somebody who looked), taken or dropped.
    state: Mapped[str] = mapped_column(String(12))
    decided_by: Mapped[str] = mapped_column(String(255))
    met_at: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[int | None] = mapped_column(BigInteger)


class ImportRow(Base):
    """A folder that is being taken in."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_establishment", "establishment", "started_at"), KEYED)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    establishment: Mapped[str] = mapped_column(String(16))
    folder: Mapped[str] = mapped_column(Text)
    # running, done, stopped (there is no room) or failed.
    state: Mapped[str] = mapped_column(String(12))
    fault: Mapped[str] = mapped_column(String(160))
    # How many files there are, and the last one, in the order of names, that is done with.
    files: Mapped[int] = mapped_column(Integer)
    position: Mapped[str] = mapped_column(Text)
    kept: Mapped[int] = mapped_column(Integer)
    known: Mapped[int] = mapped_column(Integer)
    aside: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(BigInteger)
    started_by: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[int] = mapped_column(BigInteger)
    # Who is at it, and until when nobody else may be.
    holder: Mapped[str] = mapped_column(String(32))
    held_until: Mapped[int] = mapped_column(BigInteger)
