# SPDX-License-Identifier: Apache-2.0
"""Where and as what somebody practises, written by hand: for those whom no register has.

National services go by it. Whoever may say what the national register holds may say this, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from idp.accounts import activities
from idp.accounts.activities import COLUMNS, FINESS, PHARMACIST, SIRET, Activity
from idp.accounts.models import ActivityRow
from idp.accounts.values import Population
from idp.administration.authority import Authority, Denied
from idp.administration.changes import Changes
from idp.administration.ground import Ground
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.db import Tx, table_of
from idp.directory import nomenclature
from idp.directory.naming import named
from idp.directory.nomenclature import SECTORS
from idp.directory.numbers import finess_fault, siret_fault
from idp.grants.activities import Activities, Sourced

# What the history calls a change of them, and the field that it holds.
KIND: Final = "activities"
MOST: Final = 20
SECTIONS: Final = "TRE_G05"
LONGEST: Final = {
    name: table_of(ActivityRow).c[name].type.length  # type: ignore[attr-defined]
    for name in COLUMNS
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What administrators wrote of somebody, and all that counts."""

    written: tuple[Activity, ...]
    known: tuple[Sourced, ...]


class Practising:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, ground: Ground, known: Activities) -> None:
        self._audit = ground.audit
        self._targets = Targets(ground.authorities)
        self._changes = Changes(ground.clock, ground.entropy, ground.ring)
        self._known = known

    def seen(self, tx: Tx, authority: Authority, account: str) -> Denied | Seen:
        """What was written, and all that counts, with who says so."""
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_SEE, account)
        if isinstance(target, Denied):
            return target
        return Seen(activities.written(tx, account), self._known.sourced(tx, account))

    def write(
        self,
        tx: Tx,
        authority: Authority,
        account: str,
        wanted: Sequence[Activity],
        seen: Sequence[Activity] | None = None,
    ) -> Denied | Unfit | bool:
        """These and no others are written of somebody; False where nothing changed.

        `seen`: what was written when this was decided, of whoever says it.
        """
        target = self._target(tx, authority, account)
        if not isinstance(target, Target):
            return target
        if seen is not None and activities.written(tx, account) != tuple(seen):
            return Unfit("changed")
        every = [named(one) for one in wanted]
        faults = tuple(f"{place}.{name}" for place, one in enumerate(every) for name in _unfit(one))
        return Unfit("fields", faults) if faults else self._write(tx, authority, target, every)

    def put(
        self, tx: Tx, authority: Authority, account: str, activity: Activity, instead: str = ""
    ) -> Denied | Unfit | bool:
        """One more, or one in the place of the one of this mark."""
        target = self._target(tx, authority, account)
        if not isinstance(target, Target):
            return target
        one, before = named(activity), activities.written(tx, account)
        if faults := _unfit(one):
            return Unfit("fields", tuple(faults))
        marks = [each.mark for each in before]
        if instead and instead not in marks:
            return Unfit("gone")
        if one.mark in set(marks) - {instead}:
            return Unfit("twice")
        kept = [one if each.mark == instead else each for each in before]
        return self._write(tx, authority, target, kept if instead else [*kept, one])

    def take_away(
        self, tx: Tx, authority: Authority, account: str, mark: str
    ) -> Denied | Unfit | bool:
        """One less; False where it was not written."""
        target = self._target(tx, authority, account)
        if not isinstance(target, Target):
            return target
        kept = [one for one in activities.written(tx, account) if one.mark != mark]
        return self._write(tx, authority, target, kept)

    def _target(self, tx: Tx, authority: Authority, account: str) -> Denied | Unfit | Target:
        """Somebody of whom this may be said."""
        if denied := authority.refuses(Right.DIRECTORY_IMPORT):
            return denied
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_EDIT, account)
        if isinstance(target, Denied):
            return target
        if target.account.person.population is not Population.PROFESSIONAL:
            return Unfit("population")
        # Before what stands there is read: two at once would each keep what they saw.
        activities.hold(tx, target.id)
        return target

    def _write(
        self, tx: Tx, authority: Authority, target: Target, wanted: Sequence[Activity]
    ) -> Unfit | bool:
        if len(wanted) > MOST:
            return Unfit("too-many")
        before = kept_of(activities.written(tx, target.id))
        if not activities.write(tx, target.id, wanted):
            return False
        after = kept_of(activities.written(tx, target.id))
        self._changes.keep(tx, target.id, authority.actor, KIND, {KIND: before}, {KIND: after})
        structures = " ".join(one.structure_id for one in wanted)
        event = authority.event("account.activities", account=target.id, structures=structures)
        self._audit.record(tx, event, authority.origin)
        return True


def kept_of(known: Iterable[Activity]) -> list[dict[str, str]]:
    """As the history keeps them: what they say, and nothing that is empty."""
    return [{name: text for name, text in asdict(one).items() if text} for one in known]


def _unfit(activity: Activity) -> list[str]:
    """The names of what is missing, unknown or misshapen."""
    faults = [
        name
        for name in COLUMNS
        if len(text := getattr(activity, name)) > LONGEST[name] or not text.isprintable()
    ]
    if not activity.profession:
        faults.append("profession_code")
    if activity.speciality_code and not activity.speciality:
        faults.append("speciality_code")
    if nomenclature.term(SECTORS, activity.sector) is None:
        faults.append("sector")
    if activity.section and nomenclature.term(SECTIONS, activity.section) is None:
        faults.append("section")
    if activity.finess and finess_fault(activity.finess):
        faults.append("finess")
    if activity.siret and siret_fault(activity.siret):
        faults.append("siret")
    if _goes_round(activity):
        faults.append("structure_number")
    if not faults and not activity.is_whole:
        faults.append(_lacking(activity))
    return faults


def _goes_round(activity: Activity) -> bool:
    """Whether the third number says what the other two would not be taken for."""
    kind, number = activity.structure_number[:1], activity.structure_number[1:]
    if kind and (activity.finess or activity.siret):
        # It alone would be told, whatever the others are.
        return True
    if kind == FINESS:
        return bool(finess_fault(number))
    return kind == SIRET and bool(siret_fault(number))


def _lacking(activity: Activity) -> str:
    """What national services ask for and is not there."""
    if not activity.structure_id:
        return "structure_number"
    return "section" if activity.profession_code == PHARMACIST else "speciality_code"
