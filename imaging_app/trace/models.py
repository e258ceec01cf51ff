# SPDX-License-Identifier: Apache-2.0
"""Table of the trace."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import Base

Number = BigInteger().with_variant(Integer(), "sqlite")


class TraceRow(Base):
    """One deed. Triggers refuse to change or remove it; `hash` binds it to all before it."""

    __tablename__ = "trace"
    __table_args__ = (
        Index("ix_trace_patient", "patient", "shown", "seq"),
        Index("ix_trace_establishment", "establishment", "seq"),
        Index("ix_trace_rpps", "rpps", "seq"),
    )

    seq: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(32))
    # allowed, or the reason of the refusal.
    outcome: Mapped[str] = mapped_column(String(32))
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(255))
    rpps: Mapped[str] = mapped_column(String(32))
    actor_name: Mapped[str] = mapped_column(String(256))
    profession: Mapped[str] = mapped_column(String(64))
    speciality: Mapped[str] = mapped_column(String(64))
    actor_establishment: Mapped[str] = mapped_column(String(16))
    patient: Mapped[str | None] = mapped_column(String(32))
    exam: Mapped[str | None] = mapped_column(String(64))
    # Whose exam, file or code it is.
    establishment: Mapped[str | None] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    motive: Mapped[str] = mapped_column(String(16))
    emergency: Mapped[bool] = mapped_column(Boolean)
    # Whether it stands in the patient's own history.
    shown: Mapped[bool] = mapped_column(Boolean)
    detail: Mapped[str] = mapped_column(Text)
    session: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(64))
    # The key that proves it, by its id.
    key: Mapped[str] = mapped_column(String(20))
    hash: Mapped[bytes] = mapped_column(LargeBinary)
