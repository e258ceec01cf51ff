# SPDX-License-Identifier: Apache-2.0
"""Tables of what was given."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class GrantRow(Base):
    """One admission handed to an application: the one-time code first, then a family of tokens.

    The id is the keyed hash of the code, so that redeeming it is one statement on one tree.
    """

    __tablename__ = "grants"
    __table_args__ = (
        # Those that last are few, and are looked through by their application.
        Index(
            "ix_grants_lasting",
            "application",
            sqlite_where=text("lasting_until IS NOT NULL"),
            postgresql_where=text("lasting_until IS NOT NULL"),
        ),
        KEYED,
    )

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
    # Until then, if it is not used, what its person lets in while they are away; of all other
    # grants nothing: they end with their session.
    lasting_until: Mapped[int | None] = mapped_column(BigInteger)


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


class ApprovalRow(Base):
    """Somebody whom an application asks for, away from its own screen, until it has been told."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_account", "account_id", "expires_at"),
        Index("ix_approvals_whom", "whom", "expires_at"),
        Index("ix_approvals_application", "application", "expires_at"),
        KEYED,
    )

    # Of what the application was given for it.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # By which the person's own page knows it; it opens nothing.
    name: Mapped[str] = mapped_column(String(22), unique=True)
    application: Mapped[str] = mapped_column(String(128))
    # Nobody, where nobody goes by what was hinted at, or they could not be let in.
    account_id: Mapped[str | None] = mapped_column(String(43))
    # Of the person, or of what was hinted at: how often they are asked is counted alike.
    whom: Mapped[bytes] = mapped_column(LargeBinary)
    # The login that it leads to, with the protocol's own words in it.
    wished: Mapped[str] = mapped_column(Text)
    # What the person compares with the application's screen.
    told: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(64))
    # What the application is told by, where it asked to be; sealed.
    notice: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    keep_until: Mapped[int] = mapped_column(BigInteger, index=True)
    # Seconds between two questions of the application, and how many came too soon in a row.
    pause: Mapped[int] = mapped_column(Integer)
    polled_at: Mapped[int] = mapped_column(BigInteger)
    hurried: Mapped[int] = mapped_column(Integer)
    # As they were admitted.
    session_id: Mapped[str | None] = mapped_column(String(43))
    level: Mapped[int | None] = mapped_column(Integer)
    means: Mapped[str | None] = mapped_column(Text)
    methods: Mapped[str | None] = mapped_column(Text)
    authenticated_at: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
