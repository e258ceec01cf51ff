# SPDX-License-Identifier: Apache-2.0
"""Tables of signals."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class SignalStreamRow(Base):
    """The stream of an application: what it wants to be told, and where."""

    __tablename__ = "signal_streams"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # One each.
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), unique=True)
    # push or poll.
    method: Mapped[str] = mapped_column(String(8))
    # Where events are pushed to; nothing where they are fetched.
    address: Mapped[str] = mapped_column(Text)
    # What we show there, sealed.
    shown: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(256))
    # As it was asked for, JSON; none where everything is wanted.
    requested: Mapped[str | None] = mapped_column(Text)
    # What of it there is here, separated by spaces.
    events: Mapped[str] = mapped_column(Text)
    # enabled, paused or disabled; by the application, an administrator, or ourselves; and why.
    state: Mapped[str] = mapped_column(String(12))
    state_by: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(256))
    # How many arrived, and how many never will.
    delivered: Mapped[int] = mapped_column(Integer)
    lost: Mapped[int] = mapped_column(Integer)
    delivered_at: Mapped[int | None] = mapped_column(BigInteger)
    # What went wrong last, and when; nothing once something arrived.
    fault: Mapped[str] = mapped_column(String(256))
    fault_at: Mapped[int | None] = mapped_column(BigInteger)
    # When it last asked to be sent something on trial.
    verified_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class SignalEventRow(Base):
    """One event on its way: gone as soon as it has arrived."""

    __tablename__ = "signal_events"
    __table_args__ = (Index("ix_signal_events_waiting", "stream", "created_at", "id"), KEYED)

    # What its receiver knows it by: the same at every try.
    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    stream: Mapped[str] = mapped_column(String(43))
    kind: Mapped[str] = mapped_column(String(24))
    # Whom it is about, and their session's name towards this application; none on trial.
    account_id: Mapped[str | None] = mapped_column(String(43))
    label: Mapped[str | None] = mapped_column(String(64))
    # Small facts, JSON, and never who.
    facts: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # Whether a message in the outbox carries it.
    posted: Mapped[int] = mapped_column(Integer)
