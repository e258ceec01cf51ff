# SPDX-License-Identifier: Apache-2.0
"""What a decision looks at, read in the caller's transaction, and not more than it needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from imaging_app.access.actions import RIGHTS, Action, Sort, Thing
from imaging_app.access.decide import Facts, Target
from imaging_app.access.grants import Basis, Grants, Ground
from imaging_app.access.motives import Motives
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.clock import Now
from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import Consents
from imaging_app.consents.results import Results
from imaging_app.crypto import Keys
from imaging_app.db import Tx, table_of
from imaging_app.people.files import Files
from imaging_app.people.involvement import Involvements
from imaging_app.people.models import PatientRow
from imaging_app.sharing.models import ShareCodeRow

codes, patients = table_of(ShareCodeRow), table_of(PatientRow)
CODE = select(codes.c.patient, codes.c.file, codes.c.exam, codes.c.establishment).where(
    codes.c.id == bindparam("id_")
)
OWNER = select(patients.c.subject, patients.c.opposes_emergency).where(
    patients.c.id == bindparam("id_")
)


Known = dict[tuple[str, ...], Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """Whose exam it is."""

    id: str
    patient: str
    file: str
    establishment: str
    hidden: bool = False


class Exams(Protocol):
    """What the index of exams tells a decision."""

    def facts(self, tx: Tx, exam: str) -> ExamFacts | None:
        """Whose exam it is; None for none."""


class FactsReader:
    """Reads them."""

    def __init__(self, keys: Keys, now: Now, zone: ZoneInfo, exams: Exams) -> None:
        self._exams = exams
        self._files = Files(keys, now)
        self._consents = Consents(now)
        self._blocks = Blocks(now)
        self._involvements = Involvements(now)
        self._results = Results(now)
        self._grants = Grants(keys, now)
        self._motives = Motives(now, zone)

    def target(self, tx: Tx, thing: Thing) -> Target | None:
        """What it is and whose; None where there is none."""
        match thing.sort:
            case Sort.EXAM:
                exam = self._exams.facts(tx, thing.id)
                if exam is None:
                    return None
                return Target(exam.patient, exam.file, exam.id, exam.establishment, exam.hidden)
            case Sort.FILE:
                file = self._files.one(tx, thing.id)
                if file is None:
                    return None
                return Target(file.patient, file.id, None, file.establishment)
            case Sort.CODE:
                row = tx.execute(CODE, {"id_": thing.id}).first()
                if row is None:
                    return None
                return Target(row.patient, row.file, row.exam, row.establishment or None)
            case Sort.PATIENT:
                known = tx.execute(OWNER, {"id_": thing.id}).first()
                return None if known is None else Target(thing.id)
            case Sort.HOUSE:
                return Target(establishment=thing.id) if thing.id else None
            case Sort.PORTAL:
                return Target()

    def read(
        self, tx: Tx, visitor: Visitor, action: Action, thing: Thing, known: Known | None = None
    ) -> Facts:
        """All of them for one question.

        `known`: what was read of the same people for the same list, a moment ago; handed in by
        whoever asks about many things at once, and by nobody who keeps it.
        """
        known = {} if known is None else known
        rule = RIGHTS.get(action)
        if rule is None or rule.sort is not thing.sort:
            # An action on something that it is not made for touches nothing that there is.
            return Facts(target=None)
        target = self.target(tx, thing)
        if target is None or target.patient is None:
            return Facts(target=target)
        patient = target.patient
        owner = _once(known, ("owner", patient), lambda: tx.execute(OWNER, {"id_": patient}).one())
        place = target.establishment or ""
        shared_since = _once(
            known, ("shares", patient, place), lambda: self._shared_since(tx, target)
        )
        facts = Facts(
            target=target,
            shares=shared_since is not None,
            shared_since=shared_since or 0,
            own=bool(visitor.subject) and owner.subject == visitor.subject,
            opposes_emergency=bool(owner.opposes_emergency),
            told=target.exam is not None and self._results.told(tx, target.exam) is not None,
        )
        if visitor.kind is not Kind.PROFESSIONAL:
            return facts
        rpps = visitor.rpps
        theirs = _once(known, ("theirs", patient, rpps), lambda: self._theirs(tx, patient, rpps))
        may_download = rule.download and self._grants.may_download(tx, rpps, place)
        return replace(facts, **theirs, may_download=may_download)

    def _theirs(self, tx: Tx, patient: str, rpps: str) -> dict[str, Any]:
        """What a professional is to a patient."""
        cares = self._involvements.of(tx, patient, rpps)
        return {
            "blocked": self._blocks.stands(tx, patient, rpps),
            "grounds": (
                *(Ground(Basis.INVOLVEMENT, file=care.file) for care in cares),
                *self._grants.live(tx, rpps, patient),
            ),
            "motive": self._motives.today(tx, rpps, patient),
        }

    def _shared_since(self, tx: Tx, target: Target) -> int | None:
        """Since when after a withdrawal, 0 where there was none; None where nothing is shared."""
        patient = target.patient or ""
        standing = (
            self._consents.standing(tx, patient)
            if target.establishment is None
            else [self._consents.one(tx, patient, target.establishment)]
        )
        return min((one.anew for one in standing if one.is_in_force), default=None)


def _once(known: Known, name: tuple[str, ...], read: Callable[[], T]) -> T:
    if name not in known:
        known[name] = read()
    found: T = known[name]
    return found
