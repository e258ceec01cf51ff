# SPDX-License-Identifier: Apache-2.0
"""Why a professional opens a patient's exams: asked once a day, and the first answer stands."""

from collections.abc import Collection
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.access.models import MotiveRow
from imaging_app.clock import Now, day_of
from imaging_app.db import Tx, table_of

table = table_of(MotiveRow)
GIVE = upsert(table).on_conflict_do_nothing()
TODAY = select(table.c.patient, table.c.motive).where(
    table.c.rpps == bindparam("rpps_"),
    table.c.patient.in_(bindparam("patients", expanding=True)),
    table.c.day == bindparam("day_"),
)


class Motive(StrEnum):
    """The closed list."""

    CONSULTATION = "consultation"
    HOSPITALISATION = "hospitalisation"
    TRAITANT = "traitant"
    URGENCE = "urgence"


# An emergency has its own door, with a reason: it is never a mere motive.
TO_CHOOSE = (Motive.CONSULTATION, Motive.HOSPITALISATION, Motive.TRAITANT)


class Motives:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now, zone: ZoneInfo) -> None:
        self._now = now
        self._zone = zone

    def give(self, tx: Tx, rpps: str, patient: str, motive: Motive) -> Motive:
        """Take it down for today; the one that stands."""
        if motive not in TO_CHOOSE:
            raise ValueError("an emergency is no motive to choose")
        now = self._now()
        row = {"rpps": rpps, "patient": patient, "day": day_of(now, self._zone)}
        tx.execute(GIVE, {**row, "motive": motive.value, "given_at": now})
        return self.today(tx, rpps, patient) or motive

    def today(self, tx: Tx, rpps: str, patient: str) -> Motive | None:
        """Today's, if it was given."""
        return self.today_among(tx, rpps, [patient]).get(patient)

    def today_among(self, tx: Tx, rpps: str, patients: Collection[str]) -> dict[str, Motive]:
        """Today's, by patient, of those for whom it was given."""
        day = day_of(self._now(), self._zone)
        asked = {"rpps_": rpps, "patients": list(patients), "day_": day}
        rows = tx.execute(TODAY, asked).all() if patients else []
        return {row.patient: Motive(row.motive) for row in rows}
