# SPDX-License-Identifier: Apache-2.0
"""Table of the journeys."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class JourneyRow(Base):
    """One way from an application's request through the pages to the answer.

    Bound to the browser that began it (OA-172); finished once.
    """

    __tablename__ = "journeys"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    request: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    # What the means put aside between their steps, and a proof that waits for something.
    state: Mapped[str] = mapped_column(Text, server_default=text("'{}'"))


class ErrandRow(Base):
    """Somebody on their way to another provider and back, not to log in: what they left with."""

    __tablename__ = "errands"
    __table_args__ = KEYED

    # Of what the provider sends back.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # By which provider, what for and whose it is; with the browser that left.
    owner: Mapped[bytes] = mapped_column(LargeBinary)
    # Sealed.
    kept: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class PhoneRequestRow(Base):
    """A request on somebody's phone, for one journey or one approval; its answer counts once."""

    __tablename__ = "phone_requests"
    __table_args__ = (
        Index("ix_phone_requests_due", "is_open", "due_at"),
        Index("ix_phone_requests_journey", "journey", "created_at"),
        Index("ix_phone_requests_approval", "approval"),
        Index("ix_phone_requests_person", "person", "expires_at"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # Empty where an application waits for it.
    journey: Mapped[str] = mapped_column(String(43))
    # By which the person's own page knows what the application asks.
    approval: Mapped[str | None] = mapped_column(String(22))
    # A keyed hash of the national identifier, and of who asks: who has proved the account or not.
    person: Mapped[bytes] = mapped_column(LargeBinary)
    # Whether somebody still has to ask how it stands.
    is_open: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(2))
    # Whom it was put to, where it was asked for, how it is asked about, what was heard: sealed.
    whom: Mapped[str] = mapped_column(Text)
    handle: Mapped[str] = mapped_column(Text, server_default=text("''"))
    heard: Mapped[str] = mapped_column(Text, server_default=text("''"))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    pause: Mapped[int] = mapped_column(Integer)
    # The next question, or the end of a lease; each lease has a number of its own.
    due_at: Mapped[int] = mapped_column(BigInteger)
    lease: Mapped[int] = mapped_column(Integer)
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
    taken_at: Mapped[int | None] = mapped_column(BigInteger)
