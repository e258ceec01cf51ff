# SPDX-License-Identifier: Apache-2.0
"""Tables of what was given."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class GrantRow(Base):
    """One admission handed to an application: the one-time code first, then a family of tokens.

    The id is the keyed hash of the code, so that redeeming it is one statement on one tree.
    """

    __tablename__ = "grants"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    # No foreign key here nor in `tokens.grant_id`: it would want an index, written at each login
    # only to make the purge of old rows bearable.
    session_id: Mapped[str] = mapped_column(String(43))
    scope: Mapped[str] = mapped_column(Text)
    # The protocol's own words, understood only by its edge.
    payload: Mapped[str] = mapped_column(Text)
    level: Mapped[int] = mapped_column(Integer)
    means: Mapped[str] = mapped_column(Text)
    methods: Mapped[str] = mapped_column(Text)
    authenticated_at: Mapped[int] = mapped_column(BigInteger)
    code_expires_at: Mapped[int] = mapped_column(BigInteger)
    code_used_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_why: Mapped[str | None] = mapped_column(String(32))


class TokenRow(Base):
    """A token by its keyed hash. Without a grant it belongs to an application alone."""

    __tablename__ = "tokens"
    __table_args__ = KEYED

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    grant_id: Mapped[str | None] = mapped_column(String(64))
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"))
    scope: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # What whoever shows it must hold besides: a key or a certificate, by its thumbprint.
    bound_to: Mapped[str | None] = mapped_column(String(64))
    # Who acts with it for the person, and for whom before: JSON, the innermost the first.
    actor: Mapped[str | None] = mapped_column(Text)
    used_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)


class ConsentRow(Base):
    """What a person agreed that an application may read."""

    __tablename__ = "consents"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    scope: Mapped[str] = mapped_column(Text)
    given_at: Mapped[int] = mapped_column(BigInteger)


class ChosenActivityRow(Base):
    """In which of their activities a person enters an application."""

    __tablename__ = "chosen_activities"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))
    chosen_at: Mapped[int] = mapped_column(BigInteger)


class PushedRequestRow(Base):
    """A request that an application set aside, until the login that it begins is answered."""

    __tablename__ = "pushed_requests"
    __table_args__ = (
        Index("ix_pushed_requests_application", "application", "expires_at"),
        KEYED,
    )

    # Of its reference.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    application: Mapped[str] = mapped_column(String(128))
    # The protocol's own words, understood only by its edge.
    kept: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    # As long as a login may last that it began; hardly longer than it lives, if it began none.
    keep_until: Mapped[int] = mapped_column(BigInteger, index=True)


class DeviceRequestRow(Base):
    """What a device without a browser asks for, until its application has redeemed it."""

    __tablename__ = "device_requests"
    __table_args__ = (
        Index("ix_device_requests_application", "application", "expires_at"),
        KEYED,
    )

    # Of the code that the device keeps.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # Of the code that a person types.
    user_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    application: Mapped[str] = mapped_column(String(128))
    # The protocol's own words, understood only by its edge.
    kept: Mapped[str] = mapped_column(Text)
    # From where it came: shown to whoever is asked to agree.
    address: Mapped[str] = mapped_column(String(64))
    # pending, approved, refused, used
    state: Mapped[str] = mapped_column(String(8))
    grant_id: Mapped[str | None] = mapped_column(String(64))
    # Seconds that the device must wait between two questions, and when it asked last.
    pause: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
