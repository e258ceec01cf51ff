# SPDX-License-Identifier: Apache-2.0
"""Tables of grants, motives and permissions."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base


class GrantRow(Base):
    """A professional may open something of a patient's, on a basis, for a time."""

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_rpps", "rpps", "patient", "expires_at"),
        Index("ix_grants_patient", "patient"),
        Index("ix_grants_code", "code"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rpps: Mapped[str] = mapped_column(String(32))
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    # One exam, one file, one establishment, or all that the patient's consents share.
    exam: Mapped[str | None] = mapped_column(String(64))
    file: Mapped[str | None] = mapped_column(ForeignKey("files.id"))
    establishment: Mapped[str | None] = mapped_column(String(16))
    # code, file, emergency.
    basis: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(ForeignKey("share_codes.id"))
    # Why, in their own words; sealed. Of emergencies alone.
    reason: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_why: Mapped[str] = mapped_column(String(16))


class MotiveRow(Base):
    """Why a professional opens a patient's exams: asked once a day."""

    __tablename__ = "motives"
    __table_args__ = KEYED

    rpps: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    motive: Mapped[str] = mapped_column(String(16))
    given_at: Mapped[int] = mapped_column(BigInteger)


class DownloadRow(Base):
    """An establishment lets a professional download its exams."""

    __tablename__ = "downloads"
    __table_args__ = (
        Index(
            "uq_downloads_standing",
            "rpps",
            "establishment",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rpps: Mapped[str] = mapped_column(String(32))
    establishment: Mapped[str] = mapped_column(String(16))
    given_by: Mapped[str] = mapped_column(String(255))
    given_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
