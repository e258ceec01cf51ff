# SPDX-License-Identifier: Apache-2.0
"""Addresses from which an account has logged in lately, as its own history tells."""

from sqlalchemy import bindparam, select

from idp.audit.models import AuditEventRow
from idp.db import Tx, table_of
from idp.origin import block_of

LATELY = 30 * 86_400
MICROS = 1_000_000
events = table_of(AuditEventRow)
ADDRESSES = (
    select(events.c.address)
    .where(events.c.account == bindparam("who"), events.c.at > bindparam("since"))
    .where(events.c.kind == "login.proved")
    .distinct()
)


def is_familiar(tx: Tx, account: str, address: str, now: int) -> bool:
    """Whether the account has proved something from this address."""
    known = {"who": account, "since": (now - LATELY) * MICROS}
    block = block_of(address)
    return any(block == block_of(row.address) for row in tx.execute(ADDRESSES, known).all())
