# SPDX-License-Identifier: Apache-2.0
"""The wrong tries counted on one account, over every means and browser."""

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select

from idp.credentials.models import ThrottleRow
from idp.db import Tx, table_of

table = table_of(ThrottleRow)
# The counters of one account: `account|means|id|where`, for every means and browser.
THEIRS = table.c.key.like(bindparam("pattern"), escape="\\")
LISTED = select(table.c.key, table.c.streak, table.c.blocked_until).where(THEIRS)
FORGET = delete(table).where(THEIRS)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries counted on one means."""

    means: str
    streak: int
    blocked_until: int


def tries_on(tx: Tx, account: str) -> list[Tries]:
    """The counters of an account that hold something."""
    rows = sorted(tx.execute(LISTED, {"pattern": _counters_of(account)}).all())
    return [
        Tries(row.key.split("|")[1], row.streak, row.blocked_until) for row in rows if row.streak
    ]


def forget_tries(tx: Tx, account: str) -> int:
    """Forget them all; how many counters there were."""
    counted = len(tries_on(tx, account))
    tx.execute(FORGET, {"pattern": _counters_of(account)})
    return counted


def _counters_of(account: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", account)
    return f"account|%|{escaped}|%"
