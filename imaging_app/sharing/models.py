# SPDX-License-Identifier: Apache-2.0
"""Tables of sharing codes."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base


class ShareCodeRow(Base):
    """A code; only its fingerprint and its end are kept."""

    __tablename__ = "share_codes"
    __table_args__ = (
        Index("ix_share_codes_patient", "patient"),
        Index("ix_share_codes_establishment", "establishment", "issued_at"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # What its owners tell it from others by.
    tail: Mapped[str] = mapped_column(String(4))
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    # What it opens: one exam, one file, or all that the patient's consents share.
    file: Mapped[str | None] = mapped_column(ForeignKey("files.id"))
    exam: Mapped[str | None] = mapped_column(String(64))
    # Who issued it; empty where the patient did.
    establishment: Mapped[str] = mapped_column(String(16))
    issued_by: Mapped[str] = mapped_column(String(255))
    comment: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[int] = mapped_column(BigInteger)


class CodeUseRow(Base):
    """A professional who has entered a code: it stands in their list."""

    __tablename__ = "code_uses"
    __table_args__ = (Index("ix_code_uses_code", "code"), KEYED)

    rpps: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("share_codes.id"), primary_key=True)
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)
