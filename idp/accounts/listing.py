# SPDX-License-Identifier: Apache-2.0
"""The list behind the Annuaire: who may be found, by whom, under which names.

Kept by whoever writes what it comes from, in their transaction: somebody who hides is gone at
once. Whoever hides, is no professional or has no open account has no row at all, so that no search
and no count can tell that they exist.
"""

from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.folding import folded, folded_town
from idp.accounts.models import AccountRow, ListingRow, ParticularsRow
from idp.accounts.values import Population, State
from idp.db import Found, Tx, table_of

EVERYBODY: Final = 1
PROFESSIONALS: Final = 2
# In whose lists somebody stands who wishes so; « hidden » is in none.
AUDIENCES: Final = {"public": (EVERYBODY, PROFESSIONALS), "professionals": (PROFESSIONALS,)}
LONGEST: Final = 96
accounts = table_of(AccountRow)
particulars = table_of(ParticularsRow)
table = table_of(ListingRow)
SOURCE = (
    select(
        *(accounts.c[name] for name in ("last_name", "first_name", "town")),
        *(accounts.c[name] for name in ("profession", "speciality")),
        particulars.c.visibility,
    )
    .join_from(accounts, particulars, particulars.c.account_id == accounts.c.id)
    .where(
        accounts.c.id == bindparam("account"),
        accounts.c.population == Population.PROFESSIONAL.value,
        accounts.c.state == State.ACTIVE.value,
    )
)
HELD = select(table).where(table.c.account_id == bindparam("account"))
ADD = upsert(table)
DROP = delete(table).where(table.c.account_id == bindparam("account"))
COLUMNS: Final = tuple(column.name for column in table.columns)

Row = tuple[int | str | bytes, ...]


def keep(tx: Tx, account: str) -> None:
    """Bring the list up to what is known and wished now."""
    row = tx.execute(SOURCE, {"account": account}).first()
    wanted = rows_of(row, account) if row else frozenset()
    held = frozenset(_values(one) for one in tx.execute(HELD, {"account": account}).all())
    if held == wanted:
        return
    if held:
        tx.execute(DROP, {"account": account})
    if wanted:
        tx.execute(ADD, [dict(zip(COLUMNS, one, strict=True)) for one in sorted(wanted)])


def rows_of(row: Found, account: str) -> frozenset[Row]:
    """What is to be listed of somebody: one row for each list and part of the name."""
    words = folded(row.last_name).split()
    second, town = bytes_of(row.first_name), folded_town(row.town)[:LONGEST].encode()
    rest = (town, bytes_of(row.profession), bytes_of(row.speciality))
    names: dict[bytes, int] = {}
    for part in range(len(words)):
        names.setdefault(" ".join(words[part:])[:LONGEST].encode(), part)
    return frozenset(
        (audience, name, second, account, part, *rest)
        for audience in AUDIENCES.get(row.visibility, ())
        for name, part in names.items()
    )


def bytes_of(text: str) -> bytes:
    """A text as it stands in the list."""
    return folded(text)[:LONGEST].encode()


def _values(row: Found) -> Row:
    found = (getattr(row, name) for name in COLUMNS)
    # Drivers give views of what they hold.
    return tuple(bytes(one) if isinstance(one, memoryview) else one for one in found)
