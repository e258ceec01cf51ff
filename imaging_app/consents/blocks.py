# SPDX-License-Identifier: Apache-2.0
"""Whom a patient keeps out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.consents.models import BlockRow
from imaging_app.crypto import new_id
from imaging_app.db import Tx, table_of

table = table_of(BlockRow)
_STANDS = table.c.lifted_at.is_(None)
_OURS = (table.c.patient == bindparam("patient_")) & (table.c.rpps == bindparam("rpps_"))
FIND = select(table.c.id).where(_OURS, _STANDS)
AMONG = select(table.c.patient).where(
    table.c.patient.in_(bindparam("patients", expanding=True)),
    table.c.rpps == bindparam("rpps_"),
    _STANDS,
)
# Of two at once, one blocks: the other finds it done.
BLOCK = upsert(table).on_conflict_do_nothing().returning(table.c.id)
LIFT = update(table).where(_OURS, _STANDS).values(lifted_at=bindparam("now_")).returning(table.c.id)
STANDING = (
    select(table.c.rpps, table.c.blocked_at)
    .where(table.c.patient == bindparam("patient_"), _STANDS)
    .order_by(table.c.blocked_at.desc(), table.c.rpps)
)


def is_blocked(patient: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the patient of a row keeps the professional `rpps_` out."""
    return exists().where(
        table.c.patient == patient, table.c.rpps == bindparam("rpps_"), table.c.lifted_at.is_(None)
    )


@dataclass(frozen=True, slots=True)
class Block:
    """One that stands."""

    rpps: str
    at: int


class Blocks:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def stands(self, tx: Tx, patient: str, rpps: str) -> bool:
        """Whether this professional is kept out."""
        return tx.execute(FIND, {"patient_": patient, "rpps_": rpps}).first() is not None

    def stand_among(self, tx: Tx, patients: Collection[str], rpps: str) -> frozenset[str]:
        """Which of these patients keep this professional out."""
        asked = {"patients": list(patients), "rpps_": rpps}
        return frozenset(tx.execute(AMONG, asked).scalars() if patients else ())

    def block(self, tx: Tx, patient: str, rpps: str) -> bool:
        """Keep them out from now on; False where they are already."""
        row = {"id": new_id(), "patient": patient, "rpps": rpps, "blocked_at": self._now()}
        made = tx.execute(BLOCK, {**row, "lifted_at": None}).first() is not None
        if made:
            bump(tx, patient)
        return made

    def lift(self, tx: Tx, patient: str, rpps: str) -> bool:
        """Let them in again; False where nobody keeps them out."""
        asked = {"patient_": patient, "rpps_": rpps, "now_": self._now()}
        lifted = tx.execute(LIFT, asked).first() is not None
        if lifted:
            bump(tx, patient)
        return lifted

    def standing(self, tx: Tx, patient: str) -> list[Block]:
        """Whom this patient keeps out, the newest first."""
        return [Block(*row) for row in tx.execute(STANDING, {"patient_": patient}).all()]
