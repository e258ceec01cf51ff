# SPDX-License-Identifier: Apache-2.0
"""Tables of programs."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class AllowanceRow(Base):
    """How often somebody called in the minute that runs."""

    __tablename__ = "api_allowances"
    __table_args__ = KEYED

    # The account or application, as a keyed hash.
    caller: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # The minute, by its first second.
    since_at: Mapped[int] = mapped_column(BigInteger)
    calls: Mapped[int] = mapped_column(Integer)


class KeptAnswerRow(Base):
    """What was answered to a request that bore an Idempotency-Key; for a day."""

    __tablename__ = "api_answers"
    __table_args__ = KEYED

    # The caller and their key, as a keyed hash.
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # The request, as a keyed hash: the same key with another one is refused.
    request: Mapped[bytes] = mapped_column(LargeBinary)
    # Sealed, for it tells of people; none where it was shown once and is kept nowhere.
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)


class WebhookRow(Base):
    """An address that wants to be told what happens."""

    __tablename__ = "webhooks"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(Text)
    # Kinds of events, separated by spaces.
    events: Mapped[str] = mapped_column(Text)
    # active, paused by an administrator, or stopped after failing for too long.
    state: Mapped[str] = mapped_column(String(16))
    # Sealed; the one before it signs as well until it ends.
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[int | None] = mapped_column(BigInteger)
    # Since when nothing arrived; none where the last one did.
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(160))
    updated_at: Mapped[int] = mapped_column(BigInteger)


class WebhookDeliveryRow(Base):
    """One event on its way to one address, kept for a month: ids and small facts, no secret."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (Index("ix_webhook_deliveries_newest", "webhook", "created_at"), KEYED)

    # What its receiver knows it by: the same at every try.
    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    webhook: Mapped[str] = mapped_column(String(43))
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    # waiting, arrived or failed.
    state: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(Integer)
    # What the last try came to, in words.
    fault: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)


class ExternalIdRow(Base):
    """What a SCIM client calls an account or a community of ours (RFC 7643 §3.1)."""

    __tablename__ = "scim_external_ids"
    __table_args__ = KEYED

    # The client: each has its own names.
    client: Mapped[str] = mapped_column(String(160), primary_key=True)
    # User or Group.
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    resource: Mapped[str] = mapped_column(String(128), primary_key=True)
    external: Mapped[str] = mapped_column(String(256))
