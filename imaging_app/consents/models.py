# SPDX-License-Identifier: Apache-2.0
"""Tables of consents, blocks and announced results."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base

# SQLite numbers only a column whose type is exactly INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class ConsentRow(Base):
    """One statement of a patient's about an establishment; the newest one counts. Append-only."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_patient", "patient", "establishment", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    establishment: Mapped[str] = mapped_column(String(16))
    # given, withdrawn, renewed.
    state: Mapped[str] = mapped_column(String(12))
    # Which text the patient agreed to, and by which way it was said.
    text_version: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    # Who took it down: an agent of the establishment, or the patient.
    by_subject: Mapped[str] = mapped_column(String(255))
    by_name: Mapped[str] = mapped_column(String(256))
    at: Mapped[int] = mapped_column(BigInteger)


class BlockRow(Base):
    """A professional whom a patient keeps out, until it is lifted."""

    __tablename__ = "blocks"
    __table_args__ = (
        Index(
            "uq_blocks_standing",
            "patient",
            "rpps",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    rpps: Mapped[str] = mapped_column(String(32))
    blocked_at: Mapped[int] = mapped_column(BigInteger)
    lifted_at: Mapped[int | None] = mapped_column(BigInteger)


class ReleaseRow(Base):
    """A result that a professional has told the patient: from then on the patient sees it."""

    __tablename__ = "releases"
    __table_args__ = KEYED

    exam: Mapped[str] = mapped_column(String(64), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    by_rpps: Mapped[str] = mapped_column(String(32))
    by_name: Mapped[str] = mapped_column(String(256))
    told_at: Mapped[int] = mapped_column(BigInteger)
    # Up to which version of its reports, 0 of the exam alone: a later one waits to be told.
    version: Mapped[int] = mapped_column(Integer, server_default="0")


class SeenRow(Base):
    """A result that a professional has seen, or marked as seen."""

    __tablename__ = "seen"
    __table_args__ = KEYED

    rpps: Mapped[str] = mapped_column(String(32), primary_key=True)
    exam: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    # Up to which version of its reports.
    version: Mapped[int] = mapped_column(Integer, server_default="0")


class RuleMarkRow(Base):
    """Grows with each change of a rule about a patient: what was decided before it is old."""

    __tablename__ = "rule_marks"
    __table_args__ = KEYED

    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
