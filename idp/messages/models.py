# SPDX-License-Identifier: Apache-2.0
"""Tables of the outbox."""

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class MessageRow(Base):
    """One message. Recipient and content are sealed; the content goes when it is over (CR-010)."""

    __tablename__ = "messages"
    # What is due next, found without reading what is over.
    # By age for the console, of all or of one state.
    __table_args__ = (
        Index("ix_messages_due", "state", "next_at"),
        Index("ix_messages_created_at", "created_at", "id"),
        Index("ix_messages_state_created_at", "state", "created_at", "id"),
        # What one application was told of logouts.
        Index(
            "ix_messages_told",
            "shown",
            "created_at",
            sqlite_where=text("channel = 'logout'"),
            postgresql_where=text("channel = 'logout'"),
        ),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # email, sms, logout, task, webhook or signal.
    channel: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[str | None] = mapped_column(String(43))
    # Where it goes, so far as an administrator may see it.
    shown: Mapped[str] = mapped_column(String(128))
    recipient: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)
    # queued, sending, sent, delivered, failed, worthless.
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[int] = mapped_column(BigInteger)
    # The next try, or the end of a worker's lease; once it is over, when it ended.
    next_at: Mapped[int] = mapped_column(BigInteger)
    # After this moment it would only confuse: it is dropped.
    worthless_at: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(Integer)
    # A worker's lease on it while it is sending.
    taken_by: Mapped[str | None] = mapped_column(String(43))
    taken_until: Mapped[int] = mapped_column(BigInteger)
    # The provider's own name for it, by which its call back finds it.
    provider_ref: Mapped[str | None] = mapped_column(String(64), index=True)
    fault: Mapped[str] = mapped_column(String(128))
    ended_at: Mapped[int | None] = mapped_column(BigInteger)


class ChannelRow(Base):
    """How a channel's provider is doing: failures in a row, and left alone until when."""

    __tablename__ = "channels"
    __table_args__ = KEYED

    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    streak: Mapped[int] = mapped_column(Integer)
    down_until: Mapped[int] = mapped_column(BigInteger)


class AlarmRow(Base):
    """An alarm that stands: one for each cause, whichever node has seen it."""

    __tablename__ = "alarms"
    __table_args__ = KEYED

    # The cause, and the country that it is about.
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    # What was seen when it was raised: so many of so many.
    number: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    raised_at: Mapped[int] = mapped_column(BigInteger)
    # It ends then, unless its cause is seen again.
    until: Mapped[int] = mapped_column(BigInteger)


class QuotaRow(Base):
    """How often something was sent lately: to a number, a range of numbers, from an address."""

    __tablename__ = "quotas"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    # The moments, oldest first.
    moments: Mapped[str] = mapped_column(Text)
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)
