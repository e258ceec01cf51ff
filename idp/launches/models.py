# SPDX-License-Identifier: Apache-2.0
"""Tables of launches."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class LaunchSourceRow(Base):
    """A program of an establishment that may say who is at work in it."""

    __tablename__ = "launch_sources"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    establishment: Mapped[str] = mapped_column(ForeignKey("establishments.key"))
    # As its launches name it; of two sources, one bears a name.
    issuer: Mapped[str] = mapped_column(String(256), unique=True)
    algorithm: Mapped[str] = mapped_column(String(8))
    # A set of keys, where one is, or a certificate: one of the three.
    jwks: Mapped[str] = mapped_column(Text)
    jwks_uri: Mapped[str] = mapped_column(Text)
    certificate: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(Integer)
    # Keys of applications, and beginnings of national identifiers, separated by spaces.
    applications: Mapped[str] = mapped_column(Text)
    numbers: Mapped[str] = mapped_column(Text)
    # enabled or disabled.
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class LaunchRow(Base):
    """One launch, from its arrival until an application has been told; minutes at most."""

    __tablename__ = "launches"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    application: Mapped[str] = mapped_column(String(128))
    # Who, and whose file; sealed, and gone once the application knows it.
    told: Mapped[str | None] = mapped_column(Text)
    # Of the one-time address that opens it.
    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    opened_at: Mapped[int | None] = mapped_column(BigInteger)
    # The journey that it leads to, in the browser that opened it.
    journey: Mapped[str | None] = mapped_column(String(64))
    taken_at: Mapped[int | None] = mapped_column(BigInteger)
    # Of the handle that the application brings back, and whose it is.
    handle_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[str | None] = mapped_column(String(43))
    session_id: Mapped[str | None] = mapped_column(String(43))
    redeemed_at: Mapped[int | None] = mapped_column(BigInteger)
    # Of the step that it stands at.
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
