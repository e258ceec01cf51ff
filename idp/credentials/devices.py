# SPDX-License-Identifier: Apache-2.0
"""Browsers in which an account has logged in before.

Their tries are counted apart, so that a stranger who guesses at an account from elsewhere
cannot keep its owner out (CR-012). A browser is known up to the level that was proved in it: one
in which only the password was given says nothing about who holds the second factor, and whoever
has the password could else make as many as they like and guess in each (CR-002).
"""

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import KnownDeviceRow
from idp.db import Tx, table_of

table = table_of(KnownDeviceRow)
KNOWN = select(table.c.first_at).where(
    table.c.account_id == bindparam("account"),
    table.c.device_hash == bindparam("device"),
    table.c.level >= bindparam("level_"),
)
FORGET = delete(table).where(
    table.c.account_id == bindparam("account"), table.c.device_hash != bindparam("kept")
)
NEW = upsert(table)
REMEMBER = NEW.on_conflict_do_update(
    index_elements=["account_id", "device_hash"],
    set_={
        "last_at": NEW.excluded.last_at,
        "level": case(
            (NEW.excluded.level > table.c.level, NEW.excluded.level), else_=table.c.level
        ),
    },
)


def is_known(tx: Tx, account: str, device: bytes, level: int = 1) -> bool:
    """Whether the account has proved at least this level in this browser."""
    known = {"account": account, "device": device, "level_": level}
    return tx.execute(KNOWN, known).first() is not None


def remember(tx: Tx, account: str, device: bytes, now: int, level: int = 1) -> None:
    """The account has just proved this level in this browser."""
    row = {"account_id": account, "device_hash": device, "first_at": now, "last_at": now}
    tx.execute(REMEMBER, row | {"level": level})


def forget_others(tx: Tx, account: str, kept: bytes | None) -> None:
    """Forget the account's browsers, but one."""
    tx.execute(FORGET, {"account": account, "kept": kept or b""})
