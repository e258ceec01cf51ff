# SPDX-License-Identifier: Apache-2.0
"""Whether somebody with a new national identifier may be here already, under their ADELI number.

Professions left ADELI for RPPS one after the other, and no card says which number came before.
Names are no proof of who somebody is: they only tell when an administrator must look first.
"""

from sqlalchemy import select

from idp.accounts.identifiers import letters_of
from idp.accounts.models import AccountRow
from idp.accounts.values import Population
from idp.db import Tx, table_of

RPPS = "8"
accounts = table_of(AccountRow)
# Those that begin with 0, by the index; a population beside it would lead planners to another one.
# Disabled accounts too: a new number does not undo that.
BY_ADELI = select(
    *(accounts.c[name] for name in ("id", "population", "first_name", "last_name", "birth_name"))
).where(accounts.c.national_id >= "0", accounts.c.national_id < "1")


def maybe_renumbered(tx: Tx, national_id: str, first_name: str, last_name: str) -> list[str]:
    """The accounts by ADELI number of the same names, for a number that begins as RPPS does."""
    first, last = letters_of(first_name), letters_of(last_name)
    if not national_id.startswith(RPPS) or not last:
        return []
    # Not compared by the database: each would fold names in its own way (RL-20).
    return sorted(
        row.id
        for row in tx.execute(BY_ADELI).all()
        if row.population == Population.PROFESSIONAL.value
        and letters_of(row.first_name) == first
        and last in {letters_of(row.last_name), letters_of(row.birth_name)}
    )
