# SPDX-License-Identifier: Apache-2.0
"""Takes generations that are over out of the tables, a little at a time, so that nobody waits.

What stays is the generation's own row: the history of imports; and the rejects of the last ones.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Delete, Select, Table, bindparam, delete, select, update

from idp.db import Database
from idp.directory.generations import FAILED, GONE, OLD, rejects
from idp.directory.generations import table as generations
from idp.directory.index import lines, names, structures

AT_ONCE: Final = 1000
# A call comes back after so many, so that something else can be done in between.
MOST_ROUNDS: Final = 200
PAUSE: Final = 0.005
OVER = (
    select(generations.c.id, generations.c.state)
    .where(generations.c.state.in_((OLD, FAILED)), generations.c.dropped == 0)
    .order_by(generations.c.id)
)
CLEARED = (
    update(generations)
    .where(generations.c.id == bindparam("generation"), generations.c.state == bindparam("was"))
    .values(state=bindparam("state_"), dropped=1)
)


@dataclass(frozen=True, slots=True)
class Part:
    """One table: where a batch ends, the batch, and all where there is no more than one."""

    end: Select[Any]
    batch: Delete
    rest: Delete


def part(table: Table, column: Column[Any]) -> Part:
    """The statements for a table whose rows are taken in the order of a column."""
    mine = table.c.generation == bindparam("generation_")
    return Part(
        select(column).where(mine).order_by(column).offset(AT_ONCE).limit(1),
        delete(table).where(mine, column <= bindparam("to_")),
        delete(table).where(mine),
    )


DATA: Final = (
    part(names, names.c.name),
    part(lines, lines.c.national_id),
    part(structures, structures.c.finess),
)
REJECTS: Final = part(rejects, rejects.c.line)


class Dropping:
    """Called again and again; each time as much as may be, in small transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def go_on(self, stop: Callable[[], bool]) -> bool:
        """Whether nothing is left to drop. What failed keeps its rejects, to be looked at."""
        with self._database.read() as tx:
            over = tx.execute(OVER).all()
        for row in over:
            for each in (*DATA, REJECTS) if row.state == OLD else DATA:
                if not self._drop(each, row.id, stop):
                    return False
            state = GONE if row.state == OLD else FAILED
            known = {"generation": row.id, "was": row.state, "state_": state}
            with self._database.write() as tx:
                tx.execute(CLEARED, known)
        return True

    def _drop(self, each: Part, generation: int, stop: Callable[[], bool]) -> bool:
        known = {"generation_": generation}
        for _round in range(MOST_ROUNDS):
            with self._database.read() as tx:
                end = tx.execute(each.end, known).scalar()
            with self._database.write() as tx:
                if end is None:
                    tx.execute(each.rest, known)
                    return True
                tx.execute(each.batch, known | {"to_": end})
            if stop():
                return False
            time.sleep(PAUSE)
        return False
