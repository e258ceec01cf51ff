# SPDX-License-Identifier: Apache-2.0
"""Tables of people."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base, ordered


class EstablishmentRow(Base):
    """An establishment that shares exams."""

    __tablename__ = "establishments"
    __table_args__ = KEYED

    finess: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class PatientRow(Base):
    """Somebody by the traits of their identity; two of one name stay two."""

    __tablename__ = "patients"
    # Pages of a list by name need one order, which the names alone do not give.
    __table_args__ = (
        Index("ix_patients_ins_mac", "ins_mac"),
        Index("ix_patients_birth_date", "birth_date"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    birth_name: Mapped[str] = mapped_column(String(128))
    # All of those given at birth, the first one first.
    first_names: Mapped[str] = mapped_column(String(256))
    used_name: Mapped[str] = mapped_column(String(128))
    used_first_name: Mapped[str] = mapped_column(String(128))
    # YYYY-MM-DD; empty where it is unknown.
    birth_date: Mapped[str] = mapped_column(String(10))
    # F, M, or U where it is unknown.
    sex: Mapped[str] = mapped_column(String(1))
    # INSEE's code of the place of birth.
    birth_place: Mapped[str] = mapped_column(String(5))
    # The national health identity: sealed, and findable by its fingerprint alone.
    ins: Mapped[str | None] = mapped_column(Text)
    ins_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    ins_oid: Mapped[str] = mapped_column(String(32))
    ins_status: Mapped[str] = mapped_column(String(12))
    # Whose account at the identity provider this patient is.
    subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    opposes_emergency: Mapped[bool] = mapped_column(Boolean)
    # Where they are told that something was noticed; sealed.
    email: Mapped[str | None] = mapped_column(Text)
    # In which language: as their last login told it.
    language: Mapped[str] = mapped_column(String(8), server_default="fr")
    sort_key: Mapped[str] = mapped_column(ordered(400))
    created_at: Mapped[int] = mapped_column(BigInteger)


class PatientWordRow(Base):
    """A word that a patient is found by, folded: of names at birth and names in use."""

    __tablename__ = "patient_words"
    __table_args__ = (Index("ix_patient_words_patient", "patient"), KEYED)

    word: Mapped[str] = mapped_column(ordered(128), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)


class FileRow(Base):
    """A patient's file at one establishment, by the establishment's own number."""

    __tablename__ = "files"
    __table_args__ = (
        Index("uq_files_establishment", "establishment", "number", unique=True),
        Index("ix_files_patient", "patient"),
        # Also where nobody says whose number it is.
        Index("ix_files_number", "number"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    establishment: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)


class ProfessionalRow(Base):
    """A professional as the last login told of them."""

    __tablename__ = "professionals"
    __table_args__ = (
        Index("ix_professionals_family_key", "family_key"),
        Index("ix_professionals_given_key", "given_key"),
        KEYED,
    )

    rpps: Mapped[str] = mapped_column(String(32), primary_key=True)
    family: Mapped[str] = mapped_column(String(128))
    given: Mapped[str] = mapped_column(String(128))
    profession: Mapped[str] = mapped_column(String(64))
    speciality: Mapped[str] = mapped_column(String(64))
    establishment: Mapped[str] = mapped_column(String(16))
    family_key: Mapped[str] = mapped_column(ordered(128))
    given_key: Mapped[str] = mapped_column(ordered(128))
    seen_at: Mapped[int] = mapped_column(BigInteger)


class InvolvementRow(Base):
    """Somebody who cares for a patient, in all files or in one, for as long as it lasts."""

    __tablename__ = "involvements"
    __table_args__ = (
        Index("ix_involvements_rpps", "rpps", "patient"),
        Index("ix_involvements_patient", "patient"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    file: Mapped[str | None] = mapped_column(ForeignKey("files.id"))
    rpps: Mapped[str] = mapped_column(String(32))
    # responsable, traitant, correspondant, demandeur.
    role: Mapped[str] = mapped_column(String(16))
    since_at: Mapped[int] = mapped_column(BigInteger)
    until_at: Mapped[int | None] = mapped_column(BigInteger)
    # Which establishment said so.
    source: Mapped[str] = mapped_column(String(16))
