# SPDX-License-Identifier: Apache-2.0
"""Where and as what somebody practises, written by hand: for those whom no register has.

National services go by it. Whoever may say what the national register holds may say this, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from idp.accounts import activities
from idp.accounts.activities import COLUMNS, Activity
from idp.accounts.models import ActivityRow
from idp.accounts.values import Population
from idp.administration.authority import Authorities, Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.target import Targets
from idp.audit.record import Audit
from idp.db import Tx, table_of
from idp.directory import nomenclature
from idp.directory.nomenclature import SECTORS
from idp.directory.numbers import finess_fault, siret_fault
from idp.grants.activities import Activities

MOST: Final = 20
SECTIONS: Final = "TRE_G05"
LONGEST: Final = {
    name: table_of(ActivityRow).c[name].type.length  # type: ignore[attr-defined]
    for name in COLUMNS
}


class Practising:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, audit: Audit, authorities: Authorities, known: Activities) -> None:
        self._audit = audit
        self._targets = Targets(authorities)
        self._known = known

    def seen(
        self, tx: Tx, authority: Authority, account: str
    ) -> Denied | tuple[tuple[Activity, ...], tuple[Activity, ...]]:
        """What was written, and all that counts: that, and what the register has."""
        target = self._targets.seen(tx, authority, Right.ACCOUNTS_SEE, account)
        if isinstance(target, Denied):
            return target
        return activities.written(tx, account), self._known.of(tx, account)

    def write(
        self, tx: Tx, authority: Authority, account: str, wanted: Sequence[Activity]
    ) -> Denied | Unfit | bool:
        """These and no others are written of somebody; False where nothing changed."""
        if denied := authority.refuses(Right.DIRECTORY_IMPORT):
            return denied
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_EDIT, account)
        if isinstance(target, Denied):
            return target
        if target.account.person.population is not Population.PROFESSIONAL:
            return Unfit("population")
        if len(wanted) > MOST:
            return Unfit("too-many")
        named = [_named(one) for one in wanted]
        faults = tuple(f"{place}.{name}" for place, one in enumerate(named) for name in _unfit(one))
        if faults:
            return Unfit("fields", faults)
        if not activities.write(tx, account, named):
            return False
        structures = " ".join(one.structure_id for one in named)
        event = authority.event("account.activities", account=account, structures=structures)
        self._audit.record(tx, event, authority.origin)
        return True


def _named(activity: Activity) -> Activity:
    """With the labels of its codes."""
    profession = nomenclature.profession(activity.profession_code)
    speciality = nomenclature.speciality(activity.speciality_code)
    return replace(
        activity,
        profession=profession.label if profession else "",
        speciality=speciality.plain if speciality else "",
    )


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
    if not faults and not activity.is_whole:
        faults.append("structure_number" if not activity.structure_id else "speciality_code")
    return faults
