# SPDX-License-Identifier: Apache-2.0
"""Browsers in which an account has logged in before.

Their tries are counted apart, so that a stranger who guesses at an account from elsewhere
cannot keep its owner out (CR-012). A browser is known up to the level that was proved in it: one
in which only the password was given says nothing about who holds the second factor, and whoever
has the password could else make as many as they like and guess in each (CR-002). What only some
applications believe proves nothing here, but its owner need not be told of it each time.
"""

from sqlalchemy import bindparam, case, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import KnownDeviceRow
from idp.db import Tx, table_of

table = table_of(KnownDeviceRow)
# It was seen, and has proved nothing that counts everywhere.
SEEN = 0
FORGOTTEN = -1
KNOWN = select(table.c.first_at).where(
    table.c.account_id == bindparam("account"),
    table.c.device_hash == bindparam("device"),
    table.c.level >= bindparam("level_"),
)
# They stay as browsers that were never seen: the next login is one from a new browser, and its
# owner is told of it.
FORGET = (
    update(table)
    .where(table.c.account_id == bindparam("account"), table.c.device_hash != bindparam("kept"))
    .values(level=FORGOTTEN)
)
ANY = select(table.c.first_at).where(table.c.account_id == bindparam("account")).limit(1)
LISTED = select(table.c.first_at, table.c.last_at).where(table.c.account_id == bindparam("account"))
# One batch of the browsers that nobody has used for long.
OLD = (
    select(table.c.account_id, table.c.device_hash)
    .where(table.c.last_at < bindparam("before"))
    .limit(500)
)
FORGET_OLD = (
    delete(table)
    .where(tuple_(table.c.account_id, table.c.device_hash).in_(OLD))
    .returning(table.c.first_at)
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


def is_new(tx: Tx, account: str, device: bytes) -> bool:
    """Whether the account has logged in before, but never with this browser."""
    known = tx.execute(ANY, {"account": account}).first() is not None
    return known and not is_known(tx, account, device, SEEN)


def listed(tx: Tx, account: str) -> list[tuple[int, int]]:
    """The account's browsers: first and last used, the latest first."""
    rows = tx.execute(LISTED, {"account": account}).all()
    return sorted(((row.first_at, row.last_at) for row in rows), key=lambda one: (-one[1], one[0]))


def remember(tx: Tx, account: str, device: bytes, now: int, level: int = 1) -> None:
    """The account has just proved this level in this browser."""
    row = {"account_id": account, "device_hash": device, "first_at": now, "last_at": now}
    tx.execute(REMEMBER, row | {"level": level})


def forget_others(tx: Tx, account: str, kept: bytes | None) -> None:
    """Forget the account's browsers, but one."""
    tx.execute(FORGET, {"account": account, "kept": kept or b""})
