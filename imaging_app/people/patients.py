# SPDX-License-Identifier: Apache-2.0
"""Patients: made, read, tied to an account; the only place that seals and opens an INS."""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.crypto import Keys, new_id
from imaging_app.db import Tx, table_of
from imaging_app.people.models import PatientRow, PatientWordRow
from imaging_app.people.traits import QUALIFIED, Ins, Traits

FRENCH, ENGLISH = "fr", "en"
LANGUAGES = frozenset({FRENCH, ENGLISH})
table, words = table_of(PatientRow), table_of(PatientWordRow)
TRAITS = tuple(
    table.c[name]
    for name in (
        "birth_name", "first_names", "birth_date", "sex", "birth_place", "used_name",
        "used_first_name",
    )
)  # fmt: skip
ONE = select(table).where(table.c.id == bindparam("id_"))
BY_SUBJECT = select(table).where(table.c.subject == bindparam("subject_"))
BY_INS = select(table).where(table.c.ins_mac.in_(bindparam("macs", expanding=True)))
MAKE = insert(table)
MAKE_WORD = insert(words)
# One patient is one account, and the first tie stands.
TIE = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.subject.is_(None))
    .values(subject=bindparam("subject_"))
    .returning(table.c.id)
)
# Where they were written to, and in which language, was the account's owner's.
UNTIE = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.subject.is_not(None))
    .values(subject=None, email=None, language=FRENCH)
    .returning(table.c.id)
)
OPPOSE = (
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(opposes_emergency=bindparam("opposes"))
    .returning(table.c.id)
)
MAIL = (
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(email=bindparam("email_"))
    .returning(table.c.id)
)
SPEAKS = select(table.c.language).where(table.c.id == bindparam("id_"))
SPEAK = (
    update(table)
    .where(table.c.subject == bindparam("subject_"), table.c.language != bindparam("language_"))
    .values(language=bindparam("language_"))
    .returning(table.c.id)
)
CHANGE = update(table).where(table.c.id == bindparam("id_"))
FORGET_WORDS = delete(words).where(words.c.patient == bindparam("id_"))
MAIL_OF = select(table.c.email).where(table.c.id == bindparam("id_"))
PURPOSE = "ins"
LONGEST_ADDRESS = 254
# One sign before, a domain with a dot after; no space and no control anywhere.
ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def plain_traits(tx: Tx, patient: str) -> Traits | None:
    """Who a patient is, without the number that is sealed."""
    row = tx.execute(ONE, {"id_": patient}).first()
    return traits_of(row) if row else None


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as read."""

    id: str
    traits: Traits
    subject: str | None
    opposes_emergency: bool


class Patients:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._keys = keys
        self._now = now

    def make(self, tx: Tx, traits: Traits) -> str:
        """A new patient; who looks the same is somebody else until an identity says otherwise."""
        if faults := traits.faults():
            raise ValueError(f"traits: {', '.join(sorted(set(faults)))}")
        patient = new_id()
        row = {
            "id": patient,
            "subject": None,
            "opposes_emergency": False,
            "email": None,
            "language": FRENCH,
            "created_at": self._now(),
            **self._columns(patient, traits),
        }
        tx.execute(MAKE, row)
        tx.execute(MAKE_WORD, [{"word": one, "patient": patient} for one in sorted(traits.words)])
        return patient

    def change(self, tx: Tx, patient: str, traits: Traits) -> None:
        """Who they are by now."""
        if faults := traits.faults():
            raise ValueError(f"traits: {', '.join(sorted(set(faults)))}")
        tx.execute(CHANGE.values(self._columns(patient, traits)), {"id_": patient})
        tx.execute(FORGET_WORDS, {"id_": patient})
        tx.execute(MAKE_WORD, [{"word": one, "patient": patient} for one in sorted(traits.words)])
        bump(tx, patient)

    def leave(self, tx: Tx, patient: str) -> None:
        """Nobody any more: whoever they are stands elsewhere, and nothing finds them here."""
        tx.execute(CHANGE.values(self._ins_columns(patient, None)), {"id_": patient})
        tx.execute(FORGET_WORDS, {"id_": patient})
        bump(tx, patient)

    def find(self, tx: Tx, patient: str) -> Patient | None:
        """The patient of this id."""
        row = tx.execute(ONE, {"id_": patient}).first()
        return self._read(row) if row else None

    def of_subject(self, tx: Tx, subject: str) -> Patient | None:
        """The patient whose account it is."""
        row = tx.execute(BY_SUBJECT, {"subject_": subject}).first()
        return self._read(row) if row else None

    def of_ins(self, tx: Tx, ins: Ins) -> list[Patient]:
        """Those known by this identity, qualified; several where it was taken down wrongly."""
        macs = self._keys.fingerprints(PURPOSE, f"{ins.oid}|{ins.number}")
        found = [self._read(row) for row in tx.execute(BY_INS, {"macs": macs}).all()]
        return [one for one in found if one.traits.ins and one.traits.ins.status == QUALIFIED]

    def tie(self, tx: Tx, patient: str, subject: str) -> bool:
        """Tie a patient to their account; False where either is tied already."""
        if self.of_subject(tx, subject) is not None:
            return False
        return tx.execute(TIE, {"id_": patient, "subject_": subject}).first() is not None

    def untie(self, tx: Tx, patient: str) -> bool:
        """The account is nobody's here any more; False where there was none."""
        untied = tx.execute(UNTIE, {"id_": patient}).first() is not None
        if untied:
            bump(tx, patient)
        return untied

    def oppose_emergency(self, tx: Tx, patient: str, *, opposes: bool) -> bool:
        """Take down whether they oppose emergency access."""
        changed = tx.execute(OPPOSE, {"id_": patient, "opposes": opposes}).first() is not None
        if changed:
            bump(tx, patient)
        return changed

    def set_email(self, tx: Tx, patient: str, email: str) -> bool:
        """Where they are written to, nothing for nowhere; False for what is no address."""
        if email and not is_address(email):
            return False
        place = {"table": table.name, "column": "email", "row": patient}
        sealed = self._keys.seal(email, **place) if email else None
        return tx.execute(MAIL, {"id_": patient, "email_": sealed}).first() is not None

    def email_of(self, tx: Tx, patient: str) -> str:
        """Where they are written to; nothing where nobody knows."""
        sealed: str | None = tx.execute(MAIL_OF, {"id_": patient}).scalar()
        if sealed is None:
            return ""
        return self._keys.open(sealed, table=table.name, column="email", row=patient)

    def speak(self, tx: Tx, subject: str, language: str) -> bool:
        """In which language whoever has this account is written to; False where it was so."""
        if language not in LANGUAGES:
            return False
        asked = {"subject_": subject, "language_": language}
        return tx.execute(SPEAK, asked).first() is not None

    def language_of(self, tx: Tx, patient: str) -> str:
        """In which language they are written to."""
        return tx.execute(SPEAKS, {"id_": patient}).scalar() or FRENCH

    def _columns(self, patient: str, traits: Traits) -> dict[str, Any]:
        return {
            "birth_name": traits.birth_name,
            "first_names": ",".join(traits.first_names),
            "used_name": traits.used_name,
            "used_first_name": traits.used_first_name,
            "birth_date": traits.birth_date,
            "sex": traits.sex,
            "birth_place": traits.birth_place,
            "sort_key": traits.sort_key,
            **self._ins_columns(patient, traits.ins),
        }

    def _ins_columns(self, patient: str, ins: Ins | None) -> dict[str, Any]:
        if ins is None:
            return {"ins": None, "ins_mac": None, "ins_oid": "", "ins_status": ""}
        place = {"table": table.name, "column": "ins", "row": patient}
        return {
            "ins": self._keys.seal(ins.number, **place),
            "ins_mac": self._keys.fingerprint(PURPOSE, f"{ins.oid}|{ins.number}"),
            "ins_oid": ins.oid,
            "ins_status": ins.status,
        }

    def _read(self, row: Any) -> Patient:
        ins = None
        if row.ins is not None:
            number = self._keys.open(row.ins, table=table.name, column="ins", row=row.id)
            ins = Ins(number, row.ins_oid, row.ins_status)
        traits = replace(traits_of(row), ins=ins)
        return Patient(row.id, traits, row.subject, row.opposes_emergency)


def is_address(text: str) -> bool:
    """Whether a mail can go there, as far as its looks tell."""
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None


def traits_of(row: Any) -> Traits:
    """Of a row with these columns."""
    return Traits(
        birth_name=row.birth_name,
        first_names=tuple(row.first_names.split(",")),
        birth_date=row.birth_date,
        sex=row.sex,
        birth_place=row.birth_place,
        used_name=row.used_name,
        used_first_name=row.used_first_name,
    )
