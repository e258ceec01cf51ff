# SPDX-License-Identifier: Apache-2.0
"""Two patients who turn out to be one person: what there is of the one becomes the other's.

Only of whom nobody decided anything: a consent, a block, a code or an account is somebody's word,
and no other's. Whoever has such words on both sides stays two, for people to look at.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, literal, select, union_all, update

from imaging_app.access.models import GrantRow, MotiveRow
from imaging_app.consents.marks import bump
from imaging_app.consents.models import BlockRow, ConsentRow, ReleaseRow
from imaging_app.db import Tx, table_of
from imaging_app.exams.models import ExamRow
from imaging_app.people.models import FileRow, InvolvementRow
from imaging_app.people.patients import Patients
from imaging_app.sharing.models import ShareCodeRow

WORDS: Final = (ConsentRow, BlockRow, ReleaseRow, ShareCodeRow, GrantRow, MotiveRow)
SAID: Final = union_all(
    *(select(literal(1)).where(table_of(one).c.patient == bindparam("patient_")) for one in WORDS)
)
MOVE: Final = tuple(
    update(table_of(one))
    .where(table_of(one).c.patient == bindparam("leaves_"))
    .values(patient=bindparam("stays_"))
    for one in (FileRow, InvolvementRow, ExamRow)
)


@dataclass(frozen=True, slots=True)
class Joined:
    """Whose everything is now, and who is nobody any more."""

    stays: str
    leaves: str


class Joining:
    """The verb; it takes the caller's transaction."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def join(self, tx: Tx, one: str, other: str) -> Joined | None:
        """Make two one, whichever of them nobody decided about; None where both were.

        The caller has the turn of the exams: no image comes in for either while they move.
        """
        for leaves, stays in ((one, other), (other, one)):
            if self._is_plain(tx, leaves):
                for move in MOVE:
                    tx.execute(move, {"leaves_": leaves, "stays_": stays})
                self._patients.leave(tx, leaves)
                bump(tx, stays)
                return Joined(stays, leaves)
        return None

    def _is_plain(self, tx: Tx, patient: str) -> bool:
        found = self._patients.find(tx, patient)
        if found is None or found.subject is not None or found.opposes_emergency:
            return False
        return tx.execute(SAID, {"patient_": patient}).first() is None
