# SPDX-License-Identifier: Apache-2.0
"""Whether a professional stands anywhere about a patient, though no login has told of them here."""

from typing import Final

from sqlalchemy import bindparam, literal, select, union_all

from imaging_app.access.models import GrantRow
from imaging_app.db import Tx, table_of
from imaging_app.people.models import InvolvementRow
from imaging_app.trace.models import TraceRow

MET: Final = union_all(
    *(
        select(literal(1)).where(
            table.c.patient == bindparam("patient_"), table.c.rpps == bindparam("rpps_")
        )
        for table in map(table_of, (InvolvementRow, GrantRow, TraceRow))
    )
).limit(1)


def has_met(tx: Tx, patient: str, rpps: str) -> bool:
    """Cares for them, was let in, or has opened something of theirs, or tried to."""
    return bool(rpps) and tx.execute(MET, {"patient_": patient, "rpps_": rpps}).first() is not None
