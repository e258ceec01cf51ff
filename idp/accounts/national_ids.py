# SPDX-License-Identifier: Apache-2.0
"""National identifiers through time: whose one is, and was before the person had a new one.

A professional's number changes where a register does (ADELI to RPPS). The account stays, and the
old number goes on leading to it: cards of before are still in people's pockets.
"""

from enum import Enum

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.models import AccountRow, FormerNationalIdRow
from idp.accounts.versions import NEXT
from idp.db import Tx, table_of

accounts = table_of(AccountRow)
former = table_of(FormerNationalIdRow)
HOLDER = select(accounts.c.id).where(accounts.c.national_id == bindparam("national_id"))
FORMER_HOLDER = select(former.c.account_id).where(former.c.national_id == bindparam("national_id"))
FORMER_OF = select(former.c.national_id, former.c.replaced_at).where(
    former.c.account_id == bindparam("account")
)
# FOR UPDATE: two changes of one account come one after the other.
HELD = select(accounts.c.national_id).where(accounts.c.id == bindparam("account")).with_for_update()
SET = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(national_id=bindparam("new_id"), updated_at=NEXT)
)
KEEP = upsert(former).on_conflict_do_nothing().returning(former.c.national_id)
MOVE = (
    update(former)
    .where(former.c.account_id == bindparam("account"))
    .values(account_id=bindparam("to_account"))
)
RETURN = delete(former).where(
    former.c.national_id == bindparam("national_id"), former.c.account_id == bindparam("account")
)


class NotSet(Enum):
    """Why an account did not get an identifier."""

    # Somebody else has it, or had it.
    TAKEN = "taken"
    # It is theirs already.
    SAME = "same"
    UNKNOWN = "unknown"


def holders(tx: Tx, national_id: str) -> frozenset[str]:
    """The accounts that an identifier leads to, by what is so now or was before: at most one.

    In this order: whoever lets go of one while this looks is found by the one or by the other.
    """
    known = {"national_id": national_id}
    now = tx.execute(HOLDER, known).scalar()
    before = tx.execute(FORMER_HOLDER, known).scalar()
    return frozenset(one for one in (now, before) if one is not None)


def hold(tx: Tx, account: str) -> str | None:
    """The identifier of an account, which nobody else changes until the transaction ends."""
    number: str | None = tx.execute(HELD, {"account": account}).scalar()
    return number


def former_of(tx: Tx, account: str) -> list[tuple[str, int]]:
    """The identifiers an account had before, with when each was replaced."""
    rows = tx.execute(FORMER_OF, {"account": account}).all()
    found = [(row.national_id, row.replaced_at) for row in rows]
    return sorted(found, key=lambda one: (one[1], one[0]))


def hand_over(tx: Tx, account: str, to: str, now: int, *, current: bool) -> None:
    """Have every identifier of one account lead to another; `current` makes its own theirs."""
    number = hold(tx, account)
    tx.execute(MOVE, {"account": account, "to_account": to})
    if not number:
        return
    tx.execute(SET, {"account": account, "new_id": None, "now": now})
    if current or hold(tx, to) is None:
        replace(tx, to, number, now)
        return
    tx.execute(KEEP, {"national_id": number, "account_id": to, "replaced_at": now})


def replace(tx: Tx, account: str, national_id: str, now: int) -> NotSet | None:
    """Give an account another identifier; the old one goes on leading to it.

    Call it in a transaction that is given up when it answers `NotSet`.
    """
    held = tx.execute(HELD, {"account": account}).first()
    if held is None:
        return NotSet.UNKNOWN
    if held.national_id == national_id:
        return NotSet.SAME
    if holders(tx, national_id) - {account}:
        return NotSet.TAKEN
    tx.execute(RETURN, {"national_id": national_id, "account": account})
    tx.execute(SET, {"account": account, "new_id": national_id, "now": now})
    if held.national_id:
        row = {"national_id": held.national_id, "account_id": account, "replaced_at": now}
        tx.execute(KEEP, row)
    return None
