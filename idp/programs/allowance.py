# SPDX-License-Identifier: Apache-2.0
"""How often a program may call: counted in the database, so that all processes count together."""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, delete
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock
from idp.db import Tx, table_of
from idp.lookup import Lookup
from idp.programs.models import AllowanceRow

MINUTE = 60
table = table_of(AllowanceRow)
NEW = upsert(table)
# One statement counts and tells: parallel calls can't slip past each other.
COUNT = NEW.on_conflict_do_update(
    index_elements=["caller"],
    set_={
        "calls": case((table.c.since_at == NEW.excluded.since_at, table.c.calls + 1), else_=1),
        "since_at": NEW.excluded.since_at,
    },
).returning(table.c.calls)
FORGET = delete(table).where(table.c.since_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a caller's minute."""

    most: int
    left: int
    # Seconds until the next minute begins.
    seconds: int
    spent: bool


class Allowance:
    """The verb: count one call."""

    def __init__(self, clock: Clock, lookup: Lookup, most: int) -> None:
        self._clock = clock
        self._lookup = lookup
        self._most = most

    def take(self, tx: Tx, caller: str) -> Left:
        """Count a call, whoever it asks for; the routes share one allowance (WB-032)."""
        now = self._clock.now()
        hashed = self._lookup.hash(f"caller {caller}")
        known = {"caller": hashed, "since_at": now - now % MINUTE, "calls": 1}
        calls = tx.execute(COUNT, known).scalar_one()
        left = max(self._most - calls, 0)
        return Left(self._most, left, MINUTE - now % MINUTE, spent=calls > self._most)


def forget_old(tx: Tx, now: int) -> None:
    """Drop the minutes that are over."""
    tx.execute(FORGET, {"before": now - 2 * MINUTE})
