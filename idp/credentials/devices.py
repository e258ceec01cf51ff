# SPDX-License-Identifier: Apache-2.0
"""Browsers in which an account has logged in before.

Their tries are counted apart, so that a stranger who guesses at an account from elsewhere
cannot keep its owner out (CR-012).
"""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import KnownDeviceRow
from idp.db import Tx, table_of

table = table_of(KnownDeviceRow)
KNOWN = select(table.c.first_at).where(
    table.c.account_id == bindparam("account"), table.c.device_hash == bindparam("device")
)
FORGET = delete(table).where(
    table.c.account_id == bindparam("account"), table.c.device_hash != bindparam("kept")
)
NEW = upsert(table)
REMEMBER = NEW.on_conflict_do_update(
    index_elements=["account_id", "device_hash"], set_={"last_at": NEW.excluded.last_at}
)


def is_known(tx: Tx, account: str, device: bytes) -> bool:
    """Whether the account has logged in with this browser."""
    return tx.execute(KNOWN, {"account": account, "device": device}).first() is not None


def remember(tx: Tx, account: str, device: bytes, now: int) -> None:
    """The account has just logged in with this browser."""
    row = {"account_id": account, "device_hash": device, "first_at": now, "last_at": now}
    tx.execute(REMEMBER, row)


def forget_others(tx: Tx, account: str, kept: bytes | None) -> None:
    """Forget the account's browsers, but one."""
    tx.execute(FORGET, {"account": account, "kept": kept or b""})
