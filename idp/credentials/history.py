# SPDX-License-Identifier: Apache-2.0
"""Passwords that were replaced: their hashes, for as long as the policy looks back, no longer."""

from sqlalchemy import bindparam, delete, insert, select

from idp.clock import Entropy
from idp.credentials.models import PasswordHistoryRow
from idp.db import Tx, table_of

table = table_of(PasswordHistoryRow)
LOAD = select(table.c.id, table.c.hash, table.c.replaced_at).where(
    table.c.account_id == bindparam("account")
)
ADD = insert(table)
DROP = delete(table).where(table.c.id == bindparam("entry"))


def hashes(tx: Tx, account: str) -> list[str]:
    """The hashes of the passwords before the present one, the latest first."""
    return [hashed for _name, hashed, _at in _entries(tx, account)]


def _entries(tx: Tx, account: str) -> list[tuple[str, str, int]]:
    rows = tx.execute(LOAD, {"account": account}).all()
    found = [(row.id, row.hash, row.replaced_at) for row in rows]
    return sorted(found, key=lambda one: -one[2])


def retire(tx: Tx, entropy: Entropy, account: str, hashed: str, now: int) -> None:
    """Remember a password that is being replaced."""
    known = _entries(tx, account)
    # Two changes within a second, or a clock set back, keep their order.
    at = max(now, known[0][2] + 1) if known else now
    row = {"id": entropy.token(16), "account_id": account, "hash": hashed, "replaced_at": at}
    tx.execute(ADD, row)


def trim(tx: Tx, account: str, keep: int) -> None:
    """Forget all but the latest."""
    for name, _hashed, _at in _entries(tx, account)[keep:]:
        tx.execute(DROP, {"entry": name})
