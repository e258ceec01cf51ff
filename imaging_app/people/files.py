# SPDX-License-Identifier: Apache-2.0
"""Files: whose number at an establishment is whose.

A number that is known must be told with traits that agree. A new one is a new patient, unless a
qualified identity and every strict trait say that it is one we know: two of one name stay two.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, insert, select

from imaging_app.clock import Now
from imaging_app.crypto import Keys, new_id
from imaging_app.db import Tx, table_of, take_turn
from imaging_app.people.completing import Completed, completed
from imaging_app.people.models import FileRow
from imaging_app.people.patients import TRAITS, Patients, traits_of
from imaging_app.people.patients import table as patients
from imaging_app.people.traits import QUALIFIED, Traits, differences, is_same_person

table = table_of(FileRow)
COLUMNS = select(table.c.id, table.c.patient, table.c.establishment, table.c.number)
ONE = COLUMNS.where(table.c.id == bindparam("id_"))
BY_NUMBER = COLUMNS.where(
    table.c.establishment == bindparam("establishment_"), table.c.number == bindparam("number_")
)
OF_PATIENT = COLUMNS.where(table.c.patient == bindparam("patient_")).order_by(
    table.c.created_at, table.c.id
)
PEOPLE = (
    select(table.c.id.label("file"), table.c.number, *TRAITS)
    .join_from(table, patients, table.c.patient == patients.c.id)
    .where(table.c.id.in_(bindparam("files", expanding=True)))
)
MAKE = insert(table)
FINESS = re.compile(r"[0-9A-Z]{1,16}", re.ASCII)
LONGEST_NUMBER = 64


@dataclass(frozen=True, slots=True)
class File:
    """A patient's file at one establishment."""

    id: str
    patient: str
    establishment: str
    number: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The file can't be this person's: by which traits."""

    differs: tuple[str, ...]


class Files:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._patients = Patients(keys, now)
        self._now = now

    def of(self, tx: Tx, establishment: str, number: str, traits: Traits) -> str | Mismatch:
        """The file of this number, made where there is none; or why it can't be."""
        wrong = tuple(dict.fromkeys(_faults(establishment, number, traits)))
        if wrong:
            return Mismatch(wrong)
        # Of two who bring a new number at once, one makes it and the other finds it.
        take_turn(tx, "files", establishment, number)
        known = self.find(tx, establishment, number)
        if known is not None:
            patient = self._patients.find(tx, known.patient)
            differs = differences(patient.traits, traits) if patient else ("patient",)
            return Mismatch(differs) if differs else known.id
        owner = self._owner(tx, traits)
        if isinstance(owner, Mismatch):
            return owner
        file = new_id()
        row = {"id": file, "patient": owner, "establishment": establishment, "number": number}
        tx.execute(MAKE, {**row, "created_at": self._now()})
        return file

    def complete(self, tx: Tx, patient: str, told: Traits) -> Completed | Mismatch:
        """What a desk tells of a patient and nobody knew, for the caller to write down."""
        known = self._patients.find(tx, patient)
        if known is None:
            return Mismatch(("patient",))
        by_now = completed(known.traits, told)
        if not by_now.took:
            return by_now
        ins = by_now.traits.ins
        if ins is not None and ins.status == QUALIFIED:
            take_turn(tx, "ins", ins.oid, ins.number)
            of_it = self._patients.of_ins(tx, ins)
            others = [one for one in of_it if one.traits.is_complete and one.id != patient]
            same = [one for one in others if is_same_person(one.traits, by_now.traits)]
            if others and len(same) != 1:
                return Mismatch(("ins", *differences(others[0].traits, by_now.traits)))
            by_now = replace(by_now, same=same[0].id if same else "")
        return by_now

    def find(self, tx: Tx, establishment: str, number: str) -> File | None:
        """The file of this number."""
        asked = {"establishment_": establishment, "number_": number}
        row = tx.execute(BY_NUMBER, asked).first()
        return File(*row) if row else None

    def one(self, tx: Tx, file: str) -> File | None:
        """The file of this id."""
        row = tx.execute(ONE, {"id_": file}).first()
        return File(*row) if row else None

    def people(self, tx: Tx, files: Collection[str]) -> dict[str, tuple[Traits, str]]:
        """Who each of these is of, without the number that is sealed, and under which number."""
        rows = tx.execute(PEOPLE, {"files": list(files)}).all() if files else []
        return {row.file: (traits_of(row), row.number) for row in rows}

    def of_patient(self, tx: Tx, patient: str) -> list[File]:
        """A patient's files, the oldest first."""
        return [File(*row) for row in tx.execute(OF_PATIENT, {"patient_": patient}).all()]

    def _owner(self, tx: Tx, traits: Traits) -> str | Mismatch:
        """Whose new file it is."""
        if traits.ins is None or traits.ins.status != QUALIFIED:
            return self._patients.make(tx, traits)
        take_turn(tx, "ins", traits.ins.oid, traits.ins.number)
        # Of whom too little is known to be told from others keeps nobody's number.
        known = [one for one in self._patients.of_ins(tx, traits.ins) if one.traits.is_complete]
        same = [one for one in known if is_same_person(one.traits, traits)]
        if len(same) == 1:
            return same[0].id
        if known:
            # One identity told of two people: somebody has to look at it.
            differs = differences(known[0].traits, traits)
            return Mismatch(("ins", *differs))
        return self._patients.make(tx, traits)


def _faults(establishment: str, number: str, traits: Traits) -> list[str]:
    found = traits.faults()
    if not FINESS.fullmatch(establishment):
        found.append("establishment")
    if not number.strip() or len(number) > LONGEST_NUMBER or not number.isprintable():
        found.append("number")
    return found
