# SPDX-License-Identifier: Apache-2.0
"""Tables of the kit's store: logins under way, sessions, what was answered or ended."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base

# SQLite numbers rows by itself only where the column is called so.
NUMBER = BigInteger().with_variant(Integer, "sqlite")


class LoginRow(Base):
    """A login under way, filed under the hash of its state."""

    __tablename__ = "logins"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declarative's way

    number: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    state: Mapped[str] = mapped_column(String(64), unique=True)
    binding: Mapped[str] = mapped_column(String(64))
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    content: Mapped[str] = mapped_column(Text)


class AnswerRow(Base):
    """An answer that a browser brings in two steps, sealed."""

    __tablename__ = "answers"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declarative's way

    number: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class SessionRow(Base):
    """A session, filed under the hash of its id and sealed by it."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_sid", "issuer", "sid"),
        Index("ix_sessions_subject", "issuer", "subject"),
        KEYED,
    )

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(512))
    subject: Mapped[str] = mapped_column(String(255))
    sid: Mapped[str | None] = mapped_column(String(255))
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    seen: Mapped[int] = mapped_column(BigInteger)
    refreshing: Mapped[int] = mapped_column(BigInteger, default=0)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class UsedRow(Base):
    """An identifier of the provider's that is good once."""

    __tablename__ = "used_identifiers"
    __table_args__ = KEYED

    issuer: Mapped[str] = mapped_column(String(512), primary_key=True)
    identifier: Mapped[str] = mapped_column(String(255), primary_key=True)
    expires: Mapped[int] = mapped_column(BigInteger, index=True)


class EndedRow(Base):
    """A session of the provider's that was logged out."""

    __tablename__ = "ended_sessions"
    __table_args__ = KEYED

    issuer: Mapped[str] = mapped_column(String(512), primary_key=True)
    sid: Mapped[str] = mapped_column(String(255), primary_key=True)
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
