# SPDX-License-Identifier: Apache-2.0
"""Tables of the administration."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class AnnouncementRow(Base):
    """A notice on the portal, from one moment to another."""

    __tablename__ = "announcements"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # info or warning.
    tone: Mapped[str] = mapped_column(String(8))
    french: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class RoleGrantRow(Base):
    """A role that somebody holds. Whoever writes into the database alone can make none (WB-053)."""

    __tablename__ = "role_grants"
    __table_args__ = KEYED

    # The id of an account, or `application:` and its key.
    subject: Mapped[str] = mapped_column(String(160), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    # The perimeter; empty for the whole region.
    establishment: Mapped[str] = mapped_column(String(16), primary_key=True)
    granted_at: Mapped[int] = mapped_column(BigInteger)
    granted_by: Mapped[str] = mapped_column(String(160))
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class AccountChangeRow(Base):
    """A change that an administrator made to an account."""

    __tablename__ = "account_changes"
    __table_args__ = (Index("ix_account_changes_account_id", "account_id", "at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # Microseconds.
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(16))
    # Sealed: what was before, what came after, and why.
    document: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[int | None] = mapped_column(BigInteger)
