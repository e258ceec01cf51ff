# SPDX-License-Identifier: Apache-2.0
"""Tables of the national registers. A file is read into a generation of its own while the one
before is served; the switch is one row.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class GenerationRow(Base):
    """One reading of a file."""

    __tablename__ = "directory_generations"
    __table_args__ = KEYED

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # practitioners or structures.
    kind: Mapped[str] = mapped_column(String(16))
    # loading, indexing, current, old or failed.
    state: Mapped[str] = mapped_column(String(12))
    # Where the file lies; its name alone is shown.
    path: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    # Bytes of the file once unpacked, as far as known, and how many of them are read.
    size: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[int] = mapped_column(BigInteger)
    rejected: Mapped[int] = mapped_column(BigInteger)
    subjects: Mapped[int] = mapped_column(BigInteger)
    forced: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[int] = mapped_column(BigInteger)
    started_by: Mapped[str] = mapped_column(String(160))
    updated_at: Mapped[int] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    fault: Mapped[str] = mapped_column(String(160))
    # 1: its lines are gone.
    dropped: Mapped[int] = mapped_column(Integer)
    # Who is at it, and until when nobody else may be.
    holder: Mapped[str] = mapped_column(String(32))
    held_until: Mapped[int] = mapped_column(BigInteger)


class DirectoryLineRow(Base):
    """One line of the practitioners' extract: somebody in one of their activities."""

    __tablename__ = "directory_lines"
    __table_args__ = KEYED

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    national_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last_name: Mapped[str] = mapped_column(String(128))
    first_name: Mapped[str] = mapped_column(String(128))
    civility: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(16))
    # Labels only where the shipped nomenclature does not know the code.
    profession_code: Mapped[str] = mapped_column(String(16))
    profession: Mapped[str] = mapped_column(String(128))
    category: Mapped[str] = mapped_column(String(16))
    speciality_code: Mapped[str] = mapped_column(String(16))
    speciality: Mapped[str] = mapped_column(String(128))
    mode: Mapped[str] = mapped_column(String(16))
    sector: Mapped[str] = mapped_column(String(16))
    finess: Mapped[str] = mapped_column(String(16))
    siret: Mapped[str] = mapped_column(String(16))
    structure: Mapped[str] = mapped_column(String(128))
    post_code: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(String(128))
    phone: Mapped[str] = mapped_column(String(32))
    # Of the order of pharmacists; and the structure's number, with the digit that says which.
    section: Mapped[str] = mapped_column(String(16), server_default=text("''"))
    structure_number: Mapped[str] = mapped_column(String(16), server_default=text("''"))


class DirectoryStructureRow(Base):
    """One line of FINESS's file: an establishment."""

    __tablename__ = "directory_structures"
    __table_args__ = KEYED

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    finess: Mapped[str] = mapped_column(String(16), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    legal_finess: Mapped[str] = mapped_column(String(16))
    siret: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(256))
    post_code: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(String(128))
    phone: Mapped[str] = mapped_column(String(32))


class DirectoryNameRow(Base):
    """What somebody or something is found by: the folded name, and its parts after the first.

    Filled in sorted order once a file is read, so that a write touches few pages. Bytes, so that
    every database sorts them alike, whatever its collation.
    """

    __tablename__ = "directory_names"
    __table_args__ = KEYED

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    second: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)


class DirectoryRejectRow(Base):
    """A line that was not taken, and why."""

    __tablename__ = "directory_rejects"
    __table_args__ = KEYED

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(200))


class DirectoryAnswerRow(Base):
    """What the Annuaire Santé last said of a number."""

    __tablename__ = "directory_answers"
    __table_args__ = KEYED

    national_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # JSON; empty: it knows nobody.
    answer: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger, index=True)


class DirectorySourceRow(Base):
    """A register that is asked over the network: its questions of this second, its failures."""

    __tablename__ = "directory_sources"
    __table_args__ = KEYED

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    second: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(Integer)
    streak: Mapped[int] = mapped_column(Integer)
    down_until: Mapped[int] = mapped_column(BigInteger)
