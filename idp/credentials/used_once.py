# SPDX-License-Identifier: Apache-2.0
"""The memory of what may be presented once only: one atomic statement decides who was first."""

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.credentials.models import UsedOnceRow
from idp.db import Tx, table_of

table = table_of(UsedOnceRow)
CLAIM = upsert(table).on_conflict_do_nothing().returning(table.c.kind)
FORGET = delete(table).where(table.c.keep_until < bindparam("now"))


def claim(tx: Tx, kind: str, hashed: bytes, keep_until: int) -> bool:
    """True for the first who presents this value, False for everyone after.

    `keep_until` must not lie before the last moment at which the value would be accepted.
    """
    row = {"kind": kind, "hash": hashed, "keep_until": keep_until}
    return tx.execute(CLAIM, row).first() is not None


def forget_expired(tx: Tx, now: int) -> None:
    """Drop what nobody could present any more."""
    tx.execute(FORGET, {"now": now})
