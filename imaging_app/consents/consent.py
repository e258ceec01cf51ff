# SPDX-License-Identifier: Apache-2.0
"""Consent by establishment: each statement is a row, the newest one counts."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, select

from imaging_app.clock import Now
from imaging_app.consents.marks import bump
from imaging_app.consents.models import ConsentRow
from imaging_app.db import Tx, table_of, take_turn

table = table_of(ConsentRow)


class State(StrEnum):
    """What a patient said last about an establishment."""

    NEVER = "never"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"


class Channel(StrEnum):
    """By which way it was said."""

    ON_SITE = "on_site"
    ONLINE = "online"


IN_FORCE = frozenset({State.GIVEN, State.RENEWED})
# What may be said after what: once withdrawn, only a new collection on site opens again.
MAY_FOLLOW = {
    State.GIVEN: frozenset({State.NEVER}),
    State.WITHDRAWN: IN_FORCE,
    State.RENEWED: frozenset({State.WITHDRAWN}),
}
ON_SITE_ALONE = frozenset({State.GIVEN, State.RENEWED})


def shares_at(
    patient: ColumnElement[Any], establishment: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether the patient of a row shares what the establishment of a row has."""
    said, later = table.alias("said"), table.alias("later")
    return exists().where(
        said.c.patient == patient,
        said.c.establishment == establishment,
        said.c.state != State.WITHDRAWN.value,
        ~exists().where(
            later.c.patient == said.c.patient,
            later.c.establishment == said.c.establishment,
            later.c.id > said.c.id,
        ),
    )


def shares(patient: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the patient of a row shares what any establishment has."""
    said, later = table.alias("said"), table.alias("later")
    return exists().where(
        said.c.patient == patient,
        said.c.state != State.WITHDRAWN.value,
        ~exists().where(
            later.c.patient == said.c.patient,
            later.c.establishment == said.c.establishment,
            later.c.id > said.c.id,
        ),
    )


_OURS = (table.c.patient == bindparam("patient_")) & (
    table.c.establishment == bindparam("establishment_")
)
LAST = select(table.c.state).where(_OURS).order_by(table.c.id.desc()).limit(1)
HISTORY = (
    select(
        table.c.establishment,
        table.c.state,
        table.c.text_version,
        table.c.channel,
        table.c.by_name,
        table.c.at,
    )
    .where(table.c.patient == bindparam("patient_"))
    .order_by(table.c.id.desc())
)
_newest = (
    select(func.max(table.c.id))
    .where(table.c.patient == bindparam("patient_"))
    .group_by(table.c.establishment)
)
STANDING = (
    select(table.c.establishment, table.c.state, table.c.at)
    .where(table.c.id.in_(_newest))
    .order_by(table.c.establishment)
)
_newest_among = (
    select(func.max(table.c.id))
    .where(table.c.patient.in_(bindparam("patients", expanding=True)))
    .group_by(table.c.patient, table.c.establishment)
)
STANDING_AMONG = select(table.c.patient, table.c.establishment, table.c.state, table.c.at).where(
    table.c.id.in_(_newest_among)
)
SAY = insert(table).inline()


@dataclass(frozen=True, slots=True)
class Statement:
    """One of them."""

    establishment: str
    state: State
    text_version: str
    channel: Channel
    by_name: str
    at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands with an establishment."""

    establishment: str
    state: State
    since: int

    @property
    def is_in_force(self) -> bool:
        """Whether it shares."""
        return self.state in IN_FORCE

    @property
    def anew(self) -> int:
        """Since when it shares again; what was opened before a withdrawal stays shut."""
        return self.since if self.state is State.RENEWED else 0


class Consents:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def state(self, tx: Tx, patient: str, establishment: str) -> State:
        """What was said last."""
        asked = {"patient_": patient, "establishment_": establishment}
        found: str | None = tx.execute(LAST, asked).scalar()
        return State.NEVER if found is None else State(found)

    def is_in_force(self, tx: Tx, patient: str, establishment: str) -> bool:
        """Whether an establishment's exams are shared."""
        return self.state(tx, patient, establishment) in IN_FORCE

    def say(
        self,
        tx: Tx,
        *,
        patient: str,
        establishment: str,
        state: State,
        channel: Channel,
        by_subject: str,
        by_name: str,
        text_version: str,
    ) -> State | None:
        """Take a statement down; None where it can't follow what stands."""
        if channel is not Channel.ON_SITE and state in ON_SITE_ALONE:
            return None
        take_turn(tx, "consent", patient, establishment)
        if self.state(tx, patient, establishment) not in MAY_FOLLOW.get(state, frozenset()):
            return None
        tx.execute(
            SAY,
            {
                "patient": patient,
                "establishment": establishment,
                "state": state.value,
                "text_version": text_version[:32],
                "channel": channel.value,
                "by_subject": by_subject[:255],
                "by_name": by_name[:256],
                "at": self._now(),
            },
        )
        bump(tx, patient)
        return state

    def standing(self, tx: Tx, patient: str) -> list[Standing]:
        """What stands with each establishment."""
        rows = tx.execute(STANDING, {"patient_": patient}).all()
        return [Standing(row.establishment, State(row.state), row.at) for row in rows]

    def standing_among(self, tx: Tx, patients: Collection[str]) -> dict[str, dict[str, Standing]]:
        """The same of several: by patient, by establishment."""
        found: dict[str, dict[str, Standing]] = {one: {} for one in patients}
        rows = tx.execute(STANDING_AMONG, {"patients": list(patients)}).all() if patients else []
        for row in rows:
            one = Standing(row.establishment, State(row.state), row.at)
            found[row.patient][row.establishment] = one
        return found

    def history(self, tx: Tx, patient: str) -> list[Statement]:
        """All that was ever said, the newest first."""
        rows = tx.execute(HISTORY, {"patient_": patient}).all()
        return [
            Statement(row[0], State(row[1]), row[2], Channel(row[3]), row[4], row[5])
            for row in rows
        ]
