# SPDX-License-Identifier: Apache-2.0
"""Tables of the applications."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class ApplicationRow(Base):
    """One registered application. `version` grows with each change, so that readers may cache."""

    __tablename__ = "applications"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    protocol: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    registration: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    # When it was last opened: nothing given before a closure comes back to life (OA-048).
    open_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # SM-070: of two applications, one bears a name.
    known_as: Mapped[str | None] = mapped_column(String(1024), index=True, unique=True)


class LogoRow(Base):
    """An application's picture, apart from the row that every request reads."""

    __tablename__ = "application_logos"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(16))


class VersionRow(Base):
    """A registration as it was from one change to the next, so that a change can be taken back."""

    __tablename__ = "application_versions"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))
    registration: Mapped[str] = mapped_column(Text)
