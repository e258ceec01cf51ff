# SPDX-License-Identifier: Apache-2.0
"""Exams that somebody might open, for a search over all of them: each is still to be decided.

Wider than the decision, and never wider than the people whom somebody has to do with.
"""

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, intersect, select

from imaging_app.access.grants import Basis
from imaging_app.access.models import GrantRow, MotiveRow
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.clock import Now, day_of
from imaging_app.db import Tx, table_of
from imaging_app.exams.models import ExamRow
from imaging_app.people.folding import LAST_SIGN
from imaging_app.people.involvement import lasts
from imaging_app.people.involvement import table as involvements
from imaging_app.people.models import FileRow, PatientRow, PatientWordRow

table, grants, files = table_of(ExamRow), table_of(GrantRow), table_of(FileRow)
motives = table_of(MotiveRow)
patients, words = table_of(PatientRow), table_of(PatientWordRow)
NEWEST_FIRST: Final = (table.c.taken_on.desc(), table.c.taken_time.desc(), table.c.id.desc())
OWN: Final = select(patients.c.id).where(patients.c.subject == bindparam("subject_"))
_given = select(grants.c.patient).where(
    grants.c.rpps == bindparam("rpps_"),
    grants.c.ended_at.is_(None),
    grants.c.expires_at > bindparam("now_"),
)
THEIRS: Final = (
    select(involvements.c.patient)
    .where(involvements.c.rpps == bindparam("rpps_"), lasts())
    .union(_given)
)
# Whose exams they have said today why they open, or broke in.
SAID: Final = (
    select(motives.c.patient)
    .where(motives.c.rpps == bindparam("rpps_"), motives.c.day == bindparam("day_"))
    .union(_given.where(grants.c.basis == Basis.EMERGENCY.value))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is searched for: all that is told here must hold."""

    studies: tuple[str, ...] = ()
    # Number of the file, and the establishment that gives it.
    number: str = ""
    establishment: str = ""
    # Folded words of the patient's names, each with whether it is only how one begins.
    names: tuple[tuple[str, bool], ...] = ()
    # YYYYMMDD, both included.
    since: str = ""
    until: str = ""
    modality: str = ""
    accession: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether one study or one patient is meant, so that a motive can be said for it."""
        return bool(self.studies or self.number)


class Reachable:
    """The verb; it takes the caller's transaction."""

    def __init__(self, now: Now, zone: ZoneInfo) -> None:
        self._now = now
        self._zone = zone

    def exams(self, tx: Tx, who: Visitor, asked: Asked, skip: int, most: int) -> list[str]:
        """A piece of them by id, the newest first."""
        now = self._now()
        told: dict[str, Any]
        whose: list[Select[Any]]
        if who.kind is Kind.PATIENT:
            whose, told = [OWN], {"subject_": who.subject}
        elif who.kind is Kind.PROFESSIONAL and who.rpps:
            whose, told = [select(THEIRS.subquery())], {"rpps_": who.rpps, "now_": now}
            if not asked.is_narrow:
                # The rest would be refused one by one, for want of a motive.
                whose.append(select(SAID.subquery()))
                told |= {"day_": day_of(now, self._zone)}
        else:
            return []
        # Whose they are is known before an exam is looked at: of all these, who is in each.
        within = intersect(*whose, *_people(asked)).subquery()
        conditions = [table.c.patient.in_(select(within)), ~table.c.hidden, *_conditions(asked)]
        found = (
            select(table.c.id).where(*conditions).order_by(*NEWEST_FIRST).limit(most).offset(skip)
        )
        return list(tx.execute(found, told).scalars())


def _people(asked: Asked) -> list[Select[Any]]:
    """Patients whom the words about them find."""
    found = [select(files.c.patient).where(*_numbered(asked))] if asked.number else []
    for word, begins in asked.names:
        last = word + LAST_SIGN
        told = (words.c.word >= word) & (words.c.word < last) if begins else words.c.word == word
        found.append(select(words.c.patient).where(told))
    return found


def _numbered(asked: Asked) -> list[ColumnElement[bool]]:
    found = [files.c.number == asked.number]
    if asked.establishment:
        found.append(files.c.establishment == asked.establishment)
    return found


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.studies:
        found.append(table.c.uid.in_(asked.studies))
    if asked.number:
        found.append(table.c.file.in_(select(files.c.id).where(*_numbered(asked))))
    if asked.since:
        found.append(table.c.taken_on >= asked.since)
    if asked.until:
        found += [table.c.taken_on <= asked.until, table.c.taken_on != ""]
    if asked.modality:
        found.append(table.c.modalities.contains(f" {asked.modality} ", autoescape=True))
    if asked.accession:
        found.append(table.c.accession == asked.accession)
    return found
