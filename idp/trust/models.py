# SPDX-License-Identifier: Apache-2.0
"""Tables of trust. Each row that is believed carries a mark that only this installation can make:
who may only write into the database can neither add an authority nor take a card off a list.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class AuthorityRow(Base):
    """An authority that the operator added, known by the SHA-256 of its certificate."""

    __tablename__ = "authorities"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    # The operator's name for those that speak of the same people.
    family: Mapped[str] = mapped_column(String(32))
    # root or intermediate.
    role: Mapped[str] = mapped_column(String(12))
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    subject: Mapped[str] = mapped_column(String(512))
    # SHA-256 of its public key (SPKI): what is trusted is the key, not the name.
    key_id: Mapped[str] = mapped_column(String(64), index=True)
    # Certificates that it issues must name one of these policies; empty: any.
    policies: Mapped[str] = mapped_column(String(512))
    # Where it is asked about single certificates that do not say so themselves.
    responder: Mapped[str] = mapped_column(String(512))
    added_at: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class RevocationSourceRow(Base):
    """Where a revocation list is fetched, and how that went."""

    __tablename__ = "revocation_sources"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # The key of the authority whose list it is.
    authority: Mapped[str] = mapped_column(String(64), index=True)
    url: Mapped[str] = mapped_column(String(512))
    # 1: the operator named it; 0: a certificate under the authority did.
    configured: Mapped[int] = mapped_column(Integer)
    # When it is to be fetched next, or until when somebody is at it.
    due_at: Mapped[int] = mapped_column(BigInteger)
    tried_at: Mapped[int] = mapped_column(BigInteger)
    good_at: Mapped[int] = mapped_column(BigInteger)
    # In a row, and what the last one was.
    failures: Mapped[int] = mapped_column(Integer)
    fault: Mapped[str] = mapped_column(String(160))


class RevocationListRow(Base):
    """The last good list of a source: serial numbers, sorted, 20 bytes each.

    One value, not a row for each entry: 200,000 entries are one write of 4 MB, which holds up
    nobody on SQLite, and are searched in memory without a query.
    """

    __tablename__ = "revocation_lists"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    authority: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[str] = mapped_column(String(50))
    # Changes since the list of this number; empty: a whole list.
    base: Mapped[str] = mapped_column(String(50))
    issued_at: Mapped[int] = mapped_column(BigInteger)
    next_at: Mapped[int] = mapped_column(BigInteger)
    # Its own distribution points, as a JSON list; and whose certificates it tells of.
    points: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(String(4))
    entries: Mapped[int] = mapped_column(Integer)
    revoked: Mapped[bytes] = mapped_column(LargeBinary)
    # Of changes: what was suspended and stands again.
    released: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(BigInteger)
    # The version that the cards were gone through with.
    swept: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class RevocationAnswerRow(Base):
    """What a responder last said of one certificate."""

    __tablename__ = "revocation_answers"
    __table_args__ = KEYED

    authority: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    # 1: it stands; 0: it is revoked.
    good: Mapped[int] = mapped_column(Integer)
    issued_at: Mapped[int] = mapped_column(BigInteger)
    # Asked again after this.
    valid_until: Mapped[int] = mapped_column(BigInteger, index=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
