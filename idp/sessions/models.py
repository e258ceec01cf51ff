# SPDX-License-Identifier: Apache-2.0
"""Tables of the sessions."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class SessionRow(Base):
    """One person's session in one browser. The cookie's value is only kept as a keyed hash."""

    __tablename__ = "sessions"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    level: Mapped[int] = mapped_column(Integer)
    authenticated_at: Mapped[int] = mapped_column(BigInteger)
    # [[means, level, methods, at, journey], …]: what was verified, oldest first.
    proofs: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_why: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(256))


class SessionApplicationRow(Base):
    """An application opened in a session; `label` is the session's name towards it alone."""

    __tablename__ = "session_applications"
    __table_args__ = KEYED

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(64))
    first_at: Mapped[int] = mapped_column(BigInteger)
