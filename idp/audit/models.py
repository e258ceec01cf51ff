# SPDX-License-Identifier: Apache-2.0
"""Tables of the audit: events, the seals that chain them, the signed batches of seals, the starts.

`audit_events.id` says nothing of the order: on PostgreSQL a lower id may be committed after a
higher one. The order that is proved is `audit_seals.seq`.
"""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.audit.columns import Digest
from idp.db import Base

KIND_SIZE = 64
NAME_SIZE = 128
ADDRESS_SIZE = 64
AGENT_SIZE = 256

# SQLite numbers only a column whose type is exactly INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class AuditEventRow(Base):
    """Something that happened: who, what, when, from where, with which result."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(KIND_SIZE))
    outcome: Mapped[str] = mapped_column(String(KIND_SIZE))
    account: Mapped[str | None] = mapped_column(String(NAME_SIZE))
    application: Mapped[str | None] = mapped_column(String(NAME_SIZE))
    session: Mapped[str | None] = mapped_column(String(NAME_SIZE))
    means: Mapped[str | None] = mapped_column(String(KIND_SIZE))
    level: Mapped[int | None] = mapped_column(BigInteger)
    address: Mapped[str | None] = mapped_column(String(ADDRESS_SIZE))
    user_agent: Mapped[str | None] = mapped_column(String(AGENT_SIZE))
    request_id: Mapped[str | None] = mapped_column(String(NAME_SIZE))
    detail: Mapped[str | None] = mapped_column(Text)
    mac: Mapped[bytes] = mapped_column(Digest)

    __table_args__ = (
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_account_at", "account", "at"),
        Index("ix_audit_events_kind_at", "kind", "at"),
        Index("ix_audit_events_address_at", "address", "at"),
        # AUTOINCREMENT: the number of a row deleted at the end is never given to another row.
        {"sqlite_autoincrement": True},
    )


class AuditSealRow(Base):
    """One link of the chain: `hash` binds the event to all that were sealed before it."""

    __tablename__ = "audit_seals"

    seq: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(Digest)


class AuditBatchRow(Base):
    """A signed head: what the anchor file and the logs keep outside of the database."""

    __tablename__ = "audit_batches"

    number: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    first_seq: Mapped[int] = mapped_column(BigInteger)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    last_event: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[bytes] = mapped_column(Digest)
    sealed_at: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes] = mapped_column(Digest)

    __table_args__ = (Index("ix_audit_batches_sealed_at", "sealed_at"),)


class AuditStartRow(Base):
    """Where the chain begins after old events were removed: the last batch of what is gone."""

    __tablename__ = "audit_starts"

    number: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[bytes] = mapped_column(Digest)
    sealed_at: Mapped[int] = mapped_column(BigInteger)
    # What happened before this moment was old.
    limit_at: Mapped[int] = mapped_column(BigInteger)
    removed_at: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes] = mapped_column(Digest)
