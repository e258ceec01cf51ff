# SPDX-License-Identifier: Apache-2.0
"""Who cares for a patient: one of four roles, in all files or in one, since when and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, insert, or_, select, update

from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.crypto import new_id
from imaging_app.db import Tx, table_of
from imaging_app.people.models import FileRow, InvolvementRow

table, files = table_of(InvolvementRow), table_of(FileRow)


class Role(StrEnum):
    """What somebody is to a patient."""

    RESPONSABLE = "responsable"
    TRAITANT = "traitant"
    CORRESPONDANT = "correspondant"
    DEMANDEUR = "demandeur"


# Where the patient says it, who otherwise would be an establishment's number.
BY_PATIENT = "patient"


def lasts() -> ColumnElement[bool]:
    """Whether an involvement lasts at the moment `now_`."""
    now: ColumnElement[int] = bindparam("now_")
    return (table.c.since_at <= now) & or_(table.c.until_at.is_(None), table.c.until_at > now)


def cares_for(patient: ColumnElement[Any], file: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the professional `rpps_` cares for the patient of a row, in the file of a row."""
    return exists().where(
        table.c.rpps == bindparam("rpps_"),
        table.c.patient == patient,
        or_(table.c.file.is_(None), table.c.file == file),
        lasts(),
    )


OF = select(table.c.patient, table.c.role, table.c.file, table.c.source).where(
    table.c.rpps == bindparam("rpps_"),
    table.c.patient.in_(bindparam("patients", expanding=True)),
    lasts(),
)
ANY = select(table.c.id).where(table.c.rpps == bindparam("rpps_"), lasts()).limit(1)
ALL = (
    select(
        table.c.id,
        table.c.patient,
        table.c.file,
        table.c.rpps,
        table.c.role,
        table.c.since_at,
        table.c.until_at,
        table.c.source,
    )
    .where(table.c.patient == bindparam("patient_"))
    .order_by(table.c.since_at, table.c.id)
)
NAMED = ALL.where(table.c.source == BY_PATIENT, table.c.role == bindparam("role_"), lasts())
MAKE = insert(table)
END = (
    update(table)
    .where(
        table.c.id == bindparam("id_"),
        table.c.source == bindparam("source_"),
        or_(table.c.until_at.is_(None), table.c.until_at > bindparam("now_")),
    )
    .values(until_at=bindparam("now_"))
    .returning(table.c.patient)
)
FILE_OF = select(files.c.patient, files.c.establishment).where(files.c.id == bindparam("file_"))


@dataclass(frozen=True, slots=True)
class Care:
    """Somebody cares for a patient: in one file, or wherever."""

    role: Role
    file: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Involvement:
    """One record of it."""

    id: str
    patient: str
    file: str | None
    rpps: str
    role: Role
    since: int
    until: int | None
    source: str


class Involvements:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def record(
        self,
        tx: Tx,
        *,
        patient: str,
        rpps: str,
        role: Role,
        source: str,
        file: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> str | None:
        """Record one; None where the file is another patient's, or the time would be none."""
        began = self._now() if since is None else since
        if not rpps or (until is not None and until <= began):
            return None
        if file is not None:
            found = tx.execute(FILE_OF, {"file_": file}).first()
            if found is None or found.patient != patient:
                return None
        made = new_id()
        row = {"id": made, "patient": patient, "file": file, "rpps": rpps, "role": role.value}
        tx.execute(MAKE, {**row, "since_at": began, "until_at": until, "source": source})
        bump(tx, patient)
        return made

    def end(self, tx: Tx, involvement: str, source: str) -> bool:
        """End one now; only the establishment that said so ends it."""
        asked = {"id_": involvement, "source_": source, "now_": self._now()}
        row = tx.execute(END, asked).first()
        if row is None:
            return False
        bump(tx, row.patient)
        return True

    def of(self, tx: Tx, patient: str, rpps: str) -> list[Care]:
        """What a professional is to a patient now."""
        return self.of_among(tx, [patient], rpps)[patient]

    def of_among(self, tx: Tx, patients: Collection[str], rpps: str) -> dict[str, list[Care]]:
        """The same of several patients."""
        found: dict[str, list[Care]] = {one: [] for one in patients}
        asked = {"rpps_": rpps, "patients": list(patients), "now_": self._now()}
        for row in tx.execute(OF, asked).all() if patients else []:
            found[row.patient].append(Care(Role(row.role), row.file, row.source))
        return found

    def has_any(self, tx: Tx, rpps: str) -> bool:
        """Whether a professional cares for anybody now."""
        asked = {"rpps_": rpps, "now_": self._now()}
        return tx.execute(ANY, asked).first() is not None

    def all_of(self, tx: Tx, patient: str) -> list[Involvement]:
        """Everybody's, past ones too."""
        return [_involvement(row) for row in tx.execute(ALL, {"patient_": patient}).all()]

    def named_by_patient(self, tx: Tx, patient: str, role: Role) -> list[Involvement]:
        """Whom the patient names as this now."""
        asked = {"patient_": patient, "role_": role.value, "now_": self._now()}
        return [_involvement(row) for row in tx.execute(NAMED, asked).all()]


def _involvement(row: Any) -> Involvement:
    return Involvement(row[0], row[1], row[2], row[3], Role(row[4]), row[5], row[6], row[7])
