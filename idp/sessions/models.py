# SPDX-License-Identifier: Apache-2.0
"""Tables of the sessions."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class SessionRow(Base):
    """One person's session in one browser. The cookie's value is only kept as a keyed hash."""

    __tablename__ = "sessions"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    level: Mapped[int] = mapped_column(Integer)
    authenticated_at: Mapped[int] = mapped_column(BigInteger)
    # [[means, level, methods, at, journey], …]: what was verified, oldest first.
    proofs: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_why: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(256))


class SessionApplicationRow(Base):
    """An application opened in a session; `label` is the session's name towards it alone."""

    __tablename__ = "session_applications"
    __table_args__ = KEYED

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(64))
    first_at: Mapped[int] = mapped_column(BigInteger)


class PresenceRow(Base):
    """A card that must stay in its reader while a session lasts; its agent says so, signed."""

    __tablename__ = "card_presences"
    __table_args__ = KEYED

    # Of the key that the card vouched for at login.
    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    serial: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # Of the last word heard: an older one says nothing any more.
    sequence: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    heard_at: Mapped[int] = mapped_column(BigInteger, index=True)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    # removed, unheard, over.
    ended_why: Mapped[str | None] = mapped_column(String(16))


class TieRow(Base):
    """The session at another provider by which somebody came into one of ours.

    Its names are kept as keyed hashes: they are only ever looked for.
    """

    __tablename__ = "session_ties"
    __table_args__ = KEYED

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    means: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Who they are there.
    subject: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    # What their session is called there; None where that was not told.
    name: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    # What it can be ended with, sealed; None where nobody will.
    token: Mapped[str | None] = mapped_column(Text)
    tied_at: Mapped[int] = mapped_column(BigInteger, index=True)


class EndedTieRow(Base):
    """A session at another provider that was said to be over, for whoever is coming by it now."""

    __tablename__ = "ended_ties"
    __table_args__ = KEYED

    # Of what the provider called its notice.
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # As ties have them; None where it named no such thing.
    subject: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    # By the provider's clock, and by ours.
    said_at: Mapped[int] = mapped_column(BigInteger)
    heard_at: Mapped[int] = mapped_column(BigInteger, index=True)


class FarewellRow(Base):
    """A logout that one browser carries to applications which nothing else can tell of it."""

    __tablename__ = "farewells"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # Of the cookie of the browser that carries it.
    browser: Mapped[bytes] = mapped_column(LargeBinary)
    # Where it goes on to when all is said; for whoever reads it.
    onward: Mapped[str] = mapped_column(Text)
    shown_at: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class FarewellCallRow(Base):
    """One application of such a logout, and whether it knows; or another provider, by its means."""

    __tablename__ = "farewell_calls"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    farewell_id: Mapped[str] = mapped_column(ForeignKey("farewells.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    application: Mapped[str] = mapped_column(String(128))
    # Whose session it was, and which: the application is told by its own names of both.
    account_id: Mapped[str] = mapped_column(String(43))
    session_id: Mapped[str] = mapped_column(String(43))
    # waiting, reached, failed, untold.
    state: Mapped[str] = mapped_column(String(16))
    # Whether the browser can be led there.
    is_led: Mapped[int] = mapped_column(Integer)
    # What the browser carries now: an answer to it counts, once; to an older one it does not.
    asked: Mapped[str | None] = mapped_column(String(64), unique=True)
    tries: Mapped[int] = mapped_column(Integer)
    # Of a provider by which they came: the means, and what the session there is ended with, sealed.
    means: Mapped[str | None] = mapped_column(String(64))
    token: Mapped[str | None] = mapped_column(Text)
