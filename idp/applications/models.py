# SPDX-License-Identifier: Apache-2.0
"""Tables of the applications."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class ApplicationRow(Base):
    """One registered application. `version` grows with each change, so that readers may cache."""

    __tablename__ = "applications"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    protocol: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    registration: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    # When it was last opened: nothing given before a closure comes back to life (OA-048).
    open_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # SM-070: of two applications, one bears a name.
    known_as: Mapped[str | None] = mapped_column(String(1024), index=True, unique=True)


class LogoRow(Base):
    """An application's picture, apart from the row that every request reads."""

    __tablename__ = "application_logos"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(16))


class VersionRow(Base):
    """A registration as it was from one change to the next, so that a change can be taken back."""

    __tablename__ = "application_versions"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))
    registration: Mapped[str] = mapped_column(Text)


class InvitationRow(Base):
    """What lets applications register themselves: so many, until then, on these terms."""

    __tablename__ = "application_invitations"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, index=True, unique=True)
    label: Mapped[str] = mapped_column(String(128))
    # As JSON.
    terms: Mapped[str] = mapped_column(Text)
    most: Mapped[int] = mapped_column(Integer)
    # How many may still come.
    places: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(String(160))
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)


class OwnTokenRow(Base):
    """By what an application that registered itself changes its own registration, and no other."""

    __tablename__ = "application_own_tokens"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, index=True, unique=True)
    # On which it came: no change of its own reaches further.
    terms: Mapped[str] = mapped_column(Text)


class SeenRequestRow(Base):
    """The last request of its kind that an application sent: one that was taken, or one fault."""

    __tablename__ = "seen_requests"
    __table_args__ = KEYED

    # Empty where it names an application that nobody registered; no reference, so that one may.
    application: Mapped[str] = mapped_column(String(128), primary_key=True)
    # Of the fault.
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Empty where it was taken.
    fault: Mapped[str] = mapped_column(Text)
    # What was read of it, as JSON: neither secrets nor people.
    facts: Mapped[str] = mapped_column(Text)
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)
    times: Mapped[int] = mapped_column(Integer)


class SourceRow(Base):
    """Where an application's own description is fetched, signed by the certificate named here."""

    __tablename__ = "application_sources"
    __table_args__ = KEYED

    application: Mapped[str] = mapped_column(ForeignKey("applications.key"), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    certificate: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(String(64))
    # What it said when it was last taken over, as JSON: changes are counted from there.
    taken: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    # Until when what was last taken over holds, by its own word.
    valid_until: Mapped[int] = mapped_column(BigInteger)
    # When it is fetched next, or until when somebody is at it.
    due_at: Mapped[int] = mapped_column(BigInteger)
    tried_at: Mapped[int] = mapped_column(BigInteger)
    good_at: Mapped[int] = mapped_column(BigInteger)
    # In a row, since when, and what the last one was.
    failures: Mapped[int] = mapped_column(Integer)
    failing_since: Mapped[int] = mapped_column(BigInteger)
    fault: Mapped[str] = mapped_column(String(32))
    followed_at: Mapped[int] = mapped_column(BigInteger)
    followed_by: Mapped[str] = mapped_column(String(160))
