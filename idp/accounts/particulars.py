# SPDX-License-Identifier: Apache-2.0
"""Where somebody can be reached, and who may see it in the directory."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import listing
from idp.accounts.models import ParticularsRow
from idp.db import Tx, table_of

table = table_of(ParticularsRow)
LOAD = select(table).where(table.c.account_id == bindparam("account"))
TITLES = select(table.c.account_id, table.c.title).where(
    table.c.account_id.in_(bindparam("accounts", expanding=True)), table.c.title != ""
)
NEW = upsert(table)


class Visibility(StrEnum):
    """Who sees somebody in the directory (SPEC §3)."""

    PUBLIC = "public"
    PROFESSIONALS = "professionals"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Particulars:
    """The parts of an identity that few pages need. Nobody is shown who did not ask for it."""

    visibility: Visibility = Visibility.HIDDEN
    # Of the exercise, by its code (TRE_R11): it stands before the name in the directory.
    title: str = ""
    # Codes of the nomenclatures; what pages call them is with the person.
    profession_code: str = ""
    speciality_code: str = ""
    country: str = ""
    street: str = ""
    po_box: str = ""
    post_code: str = ""
    cedex: str = ""
    department: str = ""
    landline: str = ""
    emergency_phone: str = ""
    fax: str = ""


NAMES = tuple(Particulars.__dataclass_fields__)
PUT = NEW.on_conflict_do_update(
    index_elements=["account_id"], set_={name: NEW.excluded[name] for name in NAMES}
)
LONGEST = {
    name: table.c[name].type.length  # type: ignore[attr-defined]
    for name in NAMES
}


def load(tx: Tx, account: str) -> Particulars:
    """What is known; somebody of whom nothing is known is hidden."""
    row = tx.execute(LOAD, {"account": account}).first()
    if row is None:
        return Particulars()
    values = {name: getattr(row, name) for name in NAMES}
    return Particulars(**values | {"visibility": Visibility(row.visibility)})


def titles_of(tx: Tx, accounts: Collection[str]) -> dict[str, str]:
    """The titles of practice of those who have one, by account."""
    rows = tx.execute(TITLES, {"accounts": list(accounts)}).all() if accounts else ()
    return {row.account_id: row.title for row in rows}


def put(tx: Tx, account: str, particulars: Particulars) -> bool:
    """Keep it; False where nothing changed. The caller tells the audit what it was."""
    if load(tx, account) == particulars:
        return False
    tx.execute(PUT, asdict(particulars) | {"account_id": account})
    listing.keep(tx, account)
    return True


def unfit_texts(particulars: Particulars) -> tuple[str, ...]:
    """The names of the texts that are too long, or hold what can't be shown."""
    return tuple(
        name
        for name in NAMES
        if len(text := str(getattr(particulars, name))) > LONGEST[name] or not text.isprintable()
    )
