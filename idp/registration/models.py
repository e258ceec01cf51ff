# SPDX-License-Identifier: Apache-2.0
"""Tables of the requests. What somebody typed is sealed; what the queue looks for stands apart."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base

# Looked for by its beginning: compared sign by sign on both databases (RL-20).
NAME = String(128).with_variant(String(128, collation="C"), "postgresql")
NUMBER = String(64).with_variant(String(64, collation="C"), "postgresql")
# Pages of the queue stand in the order of their ids, where two came at the same second.
KEY = String(22).with_variant(String(22, collation="C"), "postgresql")
MAILBOX = String(512).with_variant(String(512, collation="C"), "postgresql")


class RequestRow(Base):
    """One request, from draft to decision."""

    __tablename__ = "registration_requests"
    __table_args__ = (
        Index("ix_registration_requests_queue", "state", "submitted_at", "id"),
        Index("ix_registration_requests_perimeter", "establishment", "state", "submitted_at", "id"),
        Index("ix_registration_requests_name", "last_name", "first_name"),
        Index("ix_registration_requests_first_name", "first_name"),
        Index("ix_registration_requests_decided", "decided_at"),
        Index("ix_registration_requests_national_id", "national_id"),
        Index("ix_registration_requests_email", "email"),
        Index("ix_registration_requests_account_id", "account_id"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(KEY, primary_key=True)
    # draft, unconfirmed, pending, returned, approved, refused, abandoned.
    state: Mapped[str] = mapped_column(String(16))
    # Grows with each change: who decides or types on what has changed meanwhile is told so.
    version: Mapped[int] = mapped_column(Integer)
    # The browser that holds the draft; keyed.
    holder: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    # All fields, as JSON, sealed.
    content: Mapped[str] = mapped_column(Text)
    # The furthest step that was completed: 0 to 4.
    step: Mapped[int] = mapped_column(Integer)
    locale: Mapped[str] = mapped_column(String(8))
    # What the queue searches and compares, folded; as the request was last sent.
    last_name: Mapped[str] = mapped_column(NAME)
    first_name: Mapped[str] = mapped_column(NAME)
    birth_date: Mapped[str] = mapped_column(String(10))
    profession: Mapped[str] = mapped_column(String(16))
    # As `idp.accounts.values.fold` has it.
    email: Mapped[str] = mapped_column(MAILBOX)
    # With its prefix digit.
    national_id: Mapped[str] = mapped_column(NUMBER)
    # The perimeter; empty for the region.
    establishment: Mapped[str] = mapped_column(String(16))
    card_serial: Mapped[str] = mapped_column(String(64))
    terms_version: Mapped[str] = mapped_column(String(64))
    terms_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # When the form was sent, the address confirmed, somebody decided.
    sent_at: Mapped[int | None] = mapped_column(BigInteger)
    submitted_at: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[str | None] = mapped_column(String(160))
    assigned_to: Mapped[str | None] = mapped_column(String(43))
    # What the person is told: the reason of a refusal, what is asked for. Sealed.
    answer: Mapped[str] = mapped_column(Text)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))


class RequestEventRow(Base):
    """What happened to a request, for those who decide and for the person."""

    __tablename__ = "registration_events"
    __table_args__ = KEYED

    request: Mapped[str] = mapped_column(ForeignKey("registration_requests.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    # sent, confirmed, returned, corrected, approved, refused, reopened, assigned, noted…
    what: Mapped[str] = mapped_column(String(16))
    # The id of an account; empty for the person who asks.
    by: Mapped[str] = mapped_column(String(160))
    # Sealed.
    note: Mapped[str] = mapped_column(Text)


class RequestLinkRow(Base):
    """A link that was sent by e-mail: it confirms the address, or brings somebody back."""

    __tablename__ = "registration_links"
    __table_args__ = KEYED

    # Keyed: the secret itself is nowhere.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    request: Mapped[str] = mapped_column(ForeignKey("registration_requests.id"), index=True)
    # confirm, resume or follow.
    purpose: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class RequestPuzzleRow(Base):
    """What a draft's last page asks to tell people from programs: the newest one, and no other."""

    __tablename__ = "registration_puzzles"
    __table_args__ = KEYED

    request: Mapped[str] = mapped_column(ForeignKey("registration_requests.id"), primary_key=True)
    # image or question.
    kind: Mapped[str] = mapped_column(String(16))
    # What is drawn or asked, sealed; and the answer, keyed.
    shown: Mapped[str] = mapped_column(Text)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    # Wrong answers to this one.
    tries: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class RequestDigestRow(Base):
    """What somebody who decides was told of the queue, so that they are not told twice."""

    __tablename__ = "registration_digests"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    told_at: Mapped[int] = mapped_column(BigInteger)
    # Requests of up to this moment are told.
    told_until: Mapped[int] = mapped_column(BigInteger)
    reminded_at: Mapped[int] = mapped_column(BigInteger)
