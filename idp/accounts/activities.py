# SPDX-License-Identifier: Apache-2.0
"""Where and as what a professional practises: the value, and what administrators wrote of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.models import AccountRow, ActivityRow
from idp.db import Tx, table_of

DOCTOR: Final = "10"
PHARMACIST: Final = "21"
# TRE_R04: of several savoir-faire at one place, the speciality of the order is the one to tell.
OF_THE_ORDER: Final = ("SM", "SCD")
# Registers that tell no more than a number: what it is says the digit before it (TRE_G07).
FINESS: Final = "1"
SIRET: Final = "3"
MARK: Final = 32

accounts = table_of(AccountRow)
table = table_of(ActivityRow)
LOAD = (
    select(table)
    .where(table.c.account_id == bindparam("account"))
    .order_by(table.c.place, table.c.mark)
)
# FOR UPDATE: of two who write of somebody at once, the second reads what the first wrote.
HOLD = select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update()
CLEAR = delete(table).where(table.c.account_id == bindparam("account"))
ADD = upsert(table)


@dataclass(frozen=True, slots=True)
class Activity:
    """One place and way in which somebody practises."""

    # As `nomenclature.Term.value` has it: those in training share their codes with the others.
    profession_code: str = ""
    profession: str = ""
    category: str = ""
    speciality_code: str = ""
    speciality: str = ""
    mode: str = ""
    sector: str = ""
    finess: str = ""
    siret: str = ""
    structure: str = ""
    post_code: str = ""
    town: str = ""
    phone: str = ""
    # Of the order of pharmacists.
    section: str = ""
    # The structure as the register identifies it, with the digit that says by what.
    structure_number: str = ""

    @property
    def structure_id(self) -> str:
        """What identifies the structure (TRE_G07: 1 FINESS, 3 SIRET, 4 a practice)."""
        if self.structure_number:
            return self.structure_number
        if self.finess:
            return FINESS + self.finess
        return SIRET + self.siret if self.siret else ""

    @property
    def mark(self) -> str:
        """The same from one import to the next, as long as it is the same place and work."""
        return self._marked(self.structure_id)

    @property
    def marks(self) -> frozenset[str]:
        """Its mark by each number of the structure: not every source tells the same one."""
        numbers = {self.structure_id}
        if self.finess:
            numbers.add(FINESS + self.finess)
        if self.siret:
            numbers.add(SIRET + self.siret)
        return frozenset(self._marked(one) for one in numbers)

    def _marked(self, structure: str) -> str:
        told = (self.profession_code, structure, self.sector, self.mode)
        return sha256("|".join(told).encode()).hexdigest()[:MARK]

    @property
    def is_whole(self) -> bool:
        """Whether it says all that services ask of one.

        A doctor is told with a speciality, a pharmacist with a section: nobody takes them without.
        """
        if not (self.profession_code and self.structure_id and self.sector):
            return False
        if self.profession_code == DOCTOR:
            return bool(self.speciality_code)
        return self.profession_code != PHARMACIST or bool(self.section)


COLUMNS: Final = tuple(one.name for one in fields(Activity))


def written(tx: Tx, account: str) -> tuple[Activity, ...]:
    """What administrators wrote, in their order."""
    rows = tx.execute(LOAD, {"account": account}).all()
    return tuple(Activity(**{name: getattr(row, name) for name in COLUMNS}) for row in rows)


def hold(tx: Tx, account: str) -> None:
    """Nobody else writes of this person until the transaction ends: read once it is held."""
    tx.execute(HOLD, {"account": account})


def write(tx: Tx, account: str, activities: Iterable[Activity]) -> bool:
    """These and no others of somebody who is held; False where nothing changed.

    The caller tells the audit.
    """
    wanted = whole(activities)
    if written(tx, account) == wanted:
        return False
    tx.execute(CLEAR, {"account": account})
    for place, one in enumerate(wanted):
        tx.execute(ADD, asdict(one) | {"account_id": account, "mark": one.mark, "place": place})
    return True


def whole(activities: Iterable[Activity]) -> tuple[Activity, ...]:
    """Those that say all that is asked, each place and work once.

    A register has a line for each savoir-faire: one of them is told.
    """
    found: dict[str, Activity] = {}
    for one in activities:
        held = found.get(one.mark)
        if held is None or not held.is_whole:
            found[one.mark] = one
        elif _is_better(one, held):
            found[one.mark] = replace(
                held, speciality_code=one.speciality_code, speciality=one.speciality
            )
    return tuple(one for one in found.values() if one.is_whole)


def marked(activities: Iterable[Activity], mark: str) -> Activity | None:
    """The one of this mark; or the same place and work as another source would mark it."""
    known = tuple(activities)
    same = next((one for one in known if one.mark == mark), None)
    return same or next((one for one in known if mark in one.marks), None)


def _is_better(one: Activity, held: Activity) -> bool:
    return one.speciality_code.startswith(OF_THE_ORDER) and not held.speciality_code.startswith(
        OF_THE_ORDER
    )
