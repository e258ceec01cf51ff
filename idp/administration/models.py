# SPDX-License-Identifier: Apache-2.0
"""Tables of the administration."""

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
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


class ProposalRow(Base):
    """A grave act that waits until a second administrator has agreed."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_state", "state", "proposed_at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    # The right that the act needs, of whoever proposes and of whoever agrees.
    needs: Mapped[str] = mapped_column(String(32))
    # Sealed: what the act is made from.
    document: Mapped[str] = mapped_column(Text)
    # Keyed hash of kind and document: the same act is not proposed twice.
    same: Mapped[bytes] = mapped_column(LargeBinary)
    proposed_by: Mapped[str] = mapped_column(String(160))
    proposed_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    # open, agreed, declined or withdrawn.
    state: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(160), server_default=text("''"))
    decided_at: Mapped[int | None] = mapped_column(BigInteger)


class SavedViewRow(Base):
    """A search that somebody keeps by a name, for themselves."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("account_id", "page", "name", name="uq_saved_views_account_id"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # The list that it is a search in: accounts, requests…
    page: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    # Sealed: the fields of the search.
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)


class FigureRow(Base):
    """How often something happened within an hour: counted from the audit, kept apart from it."""

    __tablename__ = "figures"
    __table_args__ = KEYED

    # When the hour began.
    hour: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Empty where it is about no application, or no means.
    application: Mapped[str] = mapped_column(String(128), primary_key=True)
    means: Mapped[str] = mapped_column(String(64), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(64), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class CountingRow(Base):
    """How far a count has come along the seals of the audit."""

    __tablename__ = "countings"
    __table_args__ = KEYED

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[int] = mapped_column(BigInteger)


class VerificationRow(Base):
    """One proof of the audit that somebody asked for in the console."""

    __tablename__ = "audit_verifications"
    __table_args__ = (Index("ix_audit_verifications_asked_at", "asked_at"), KEYED)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(160))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    # Whoever proves it tells now and then that they are still at it.
    seen_at: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    # whole, broken, failed; empty while it goes on.
    verdict: Mapped[str] = mapped_column(String(8))
    unsealed: Mapped[int] = mapped_column(BigInteger)
    # The first faults, as JSON, and how many there were beyond these.
    faults: Mapped[str] = mapped_column(Text)
    more: Mapped[int] = mapped_column(BigInteger)
