# SPDX-License-Identifier: Apache-2.0
"""One number a patient that grows with each rule that changes.

Reading it is one look by key: whoever holds a decision asks it before each frame, so that a block
or a withdrawal ends what is open in every process at once.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.consents.models import RuleMarkRow
from imaging_app.db import Tx, table_of

table = table_of(RuleMarkRow)
BUMP = (
    upsert(table)
    .values(patient=bindparam("patient_"), version=1)
    .on_conflict_do_update(index_elements=[table.c.patient], set_={"version": table.c.version + 1})
)
READ = select(table.c.version).where(table.c.patient == bindparam("patient_"))
SEVERAL = select(table.c.patient, table.c.version).where(
    table.c.patient.in_(bindparam("patients", expanding=True))
)


def bump(tx: Tx, patient: str) -> None:
    """A rule about this patient has changed."""
    tx.execute(BUMP, {"patient_": patient})


def mark_of(tx: Tx, patient: str) -> int:
    """How many have."""
    found: int | None = tx.execute(READ, {"patient_": patient}).scalar()
    return found or 0


def marks_of(tx: Tx, patients: Collection[str]) -> dict[str, int]:
    """The same of several."""
    rows = tx.execute(SEVERAL, {"patients": list(patients)}).all() if patients else []
    return {**dict.fromkeys(patients, 0), **{row.patient: row.version for row in rows}}
