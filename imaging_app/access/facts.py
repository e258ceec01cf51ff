# SPDX-License-Identifier: Apache-2.0
"""What decisions look at, read in the caller's transaction, and not more than they need.

About many things at once as about one: by a few questions for all of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from imaging_app.access.actions import RIGHTS, Action, Rule, Sort, Thing
from imaging_app.access.decide import Facts, Target
from imaging_app.access.grants import Basis, Grants, Ground
from imaging_app.access.motives import Motive, Motives
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.clock import Now
from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import Consents, Standing
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
OWNERS = select(patients.c.id, patients.c.subject, patients.c.opposes_emergency).where(
    patients.c.id.in_(bindparam("patients", expanding=True))
)


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

    def facts(self, tx: Tx, exams: Collection[str]) -> Mapping[str, ExamFacts]:
        """Whose exams they are, of those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of the patients of some things, and of a professional with them."""

    owners: Mapping[str, Any]
    standing: Mapping[str, Mapping[str, Standing]]
    told: frozenset[str]
    blocked: frozenset[str] = frozenset()
    grounds: Mapping[str, tuple[Ground, ...]] = field(default_factory=dict)
    motives: Mapping[str, Motive] = field(default_factory=dict)
    downloads: frozenset[str] = frozenset()

    def shared_since(self, target: Target) -> int | None:
        """Since when after a withdrawal, 0 where there was none; None where nothing is shared."""
        said, place = self.standing[target.patient or ""], target.establishment
        standing = said.values() if place is None else [said[place]] if place in said else []
        return min((one.anew for one in standing if one.is_in_force), default=None)


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

    def targets(self, tx: Tx, things: Collection[Thing]) -> dict[Thing, Target]:
        """What they are and whose; what there is not is left out."""
        exams = self._exams.facts(tx, [one.id for one in things if one.sort is Sort.EXAM])
        people = _owners(tx, {one.id for one in things if one.sort is Sort.PATIENT})
        found: dict[Thing, Target] = {}
        for one in things:
            target: Target | None
            match one.sort:
                case Sort.EXAM:
                    target = _exam_of(exams.get(one.id))
                case Sort.PATIENT:
                    target = Target(one.id) if one.id in people else None
                case _:
                    target = self._other(tx, one)
            if target is not None:
                found[one] = target
        return found

    def _other(self, tx: Tx, thing: Thing) -> Target | None:
        """Of what nobody asks about in lists."""
        match thing.sort:
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
            case Sort.HOUSE:
                return Target(establishment=thing.id) if thing.id else None
            case _:
                return Target()

    def read(self, tx: Tx, visitor: Visitor | None, action: Action, thing: Thing) -> Facts:
        """All of them for one question."""
        return self.read_each(tx, visitor, action, [thing])[0]

    def read_each(
        self, tx: Tx, visitor: Visitor | None, action: Action, things: Sequence[Thing]
    ) -> list[Facts]:
        """For the same question about each of these."""
        rule = RIGHTS.get(action)
        if rule is None or visitor is None:
            return [Facts(target=None) for _one in things]
        # An action on something that it is not made for touches nothing that there is.
        targets = self.targets(tx, [one for one in things if one.sort is rule.sort])
        around = self._around(tx, visitor, rule, targets.values())
        return [_facts(visitor, targets.get(one), around) for one in things]

    def _around(self, tx: Tx, visitor: Visitor, rule: Rule, targets: Collection[Target]) -> Around:
        whose = {one.patient for one in targets if one.patient is not None}
        around = Around(
            owners=_owners(tx, whose),
            standing=self._consents.standing_among(tx, whose),
            told=self._results.told_among(tx, {one.exam for one in targets if one.exam}),
        )
        rpps = visitor.rpps
        if visitor.kind is not Kind.PROFESSIONAL or not whose:
            return around
        cares = self._involvements.of_among(tx, whose, rpps)
        live = self._grants.live_among(tx, rpps, whose)
        places = {one.establishment or "" for one in targets} if rule.download else set()
        return replace(
            around,
            blocked=self._blocks.stand_among(tx, whose, rpps),
            grounds={
                one: (
                    *(Ground(Basis.INVOLVEMENT, file=care.file) for care in cares[one]),
                    *live[one],
                )
                for one in whose
            },
            motives=self._motives.today_among(tx, rpps, whose),
            downloads=frozenset(one for one in places if self._grants.may_download(tx, rpps, one)),
        )


def _exam_of(one: ExamFacts | None) -> Target | None:
    if one is None:
        return None
    return Target(one.patient, one.file, one.id, one.establishment, one.hidden)


def _owners(tx: Tx, whose: Collection[str]) -> dict[str, Any]:
    rows = tx.execute(OWNERS, {"patients": list(whose)}).all() if whose else []
    return {row.id: row for row in rows}


def _facts(visitor: Visitor, target: Target | None, around: Around) -> Facts:
    if target is None or target.patient is None:
        return Facts(target=target)
    patient = target.patient
    owner, shared_since = around.owners[patient], around.shared_since(target)
    return Facts(
        target=target,
        shares=shared_since is not None,
        shared_since=shared_since or 0,
        own=bool(visitor.subject) and owner.subject == visitor.subject,
        opposes_emergency=bool(owner.opposes_emergency),
        told=target.exam in around.told,
        blocked=patient in around.blocked,
        grounds=around.grounds.get(patient, ()),
        motive=around.motives.get(patient),
        may_download=(target.establishment or "") in around.downloads,
    )
