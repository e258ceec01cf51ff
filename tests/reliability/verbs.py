# SPDX-License-Identifier: Apache-2.0
"""Verbs of the administration as deeds that may fail: what was before, what is done, what follows.

A verb takes its caller's transaction: it is done with all that belongs to it, or nothing of it is.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from idp.administration.authority import Authority
from idp.administration.office import Office
from idp.db import Tx, part
from tests.administration.kit import DESK, ROLES, Opened
from tests.reliability.faults import Blow, Fuse

WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) \"?([a-z]\w+)")
# Tries are counted, whatever they come to.
COUNTERS = {"throttles"}
# The one table that only grows: how many rows there are says it all.
GROWING = "audit_events"
# More statements than any verb has.
MOST = 150


@dataclass
class Place:
    """An office, and a fuse in its database."""

    office: Opened
    fuse: Fuse
    _authorities: dict[str, Authority] = field(init=False)

    def __post_init__(self) -> None:
        self._authorities = {one: self.office.authority(one) for one in ROLES}

    @property
    def core(self) -> Any:
        return self.office.world.core

    @property
    def desk(self) -> Office:
        return self.office.world.provider.services.office

    def by(self, who: str) -> Authority:
        """What somebody of the office may do; nobody's role changes here."""
        return self._authorities[who]

    @property
    def command(self) -> Authority:
        """What whoever types a command may do."""
        return self.desk.authorities.of_command(DESK)

    def kinds(self) -> list[str]:
        """The kinds of all events, oldest first."""
        with self.core.database.read() as tx:
            return list(tx.execute(text("SELECT kind FROM audit_events ORDER BY id")).scalars())


@dataclass(frozen=True)
class Verb:
    """One deed."""

    # What the deed is done to, and with.
    prepare: Callable[[Place], Any]
    act: Callable[[Place, Tx, Any], Any]
    done: Callable[[Any], bool]
    # The events of it, in their order: there exactly when it is done.
    events: tuple[str, ...]
    # What the same deed answers where it is done already; then it changes nothing.
    again: Callable[[Any], bool] | None = None
    # Of two who do the same at once, the second may be told something else.
    overtaken: Callable[[Any], bool] | None = None

    def do(self, place: Place, given: Any) -> Any:
        """In a transaction of its own."""
        with place.core.database.write() as tx:
            return self.act(place, tx, given)


class Snapshot:
    """All rows of the tables that a deed writes."""

    def __init__(self, place: Place, tables: set[str]) -> None:
        self._place = place
        self._tables = sorted(tables)
        self.before = self.now()

    def now(self) -> dict[str, Any]:
        """As they are."""
        with self._place.core.database.read() as tx:
            return {name: _rows(tx, name) for name in self._tables}

    def anew(self) -> "Snapshot":
        """The same tables, from now on."""
        return Snapshot(self._place, set(self._tables))

    def changed(self) -> list[str]:
        """The tables that are not as they were."""
        now = self.now()
        return [name for name in self._tables if now[name] != self.before[name]]


def _rows(tx: Tx, name: str) -> Any:
    if name == GROWING:
        return tx.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
    return sorted(map(tuple, tx.execute(text(f'SELECT * FROM "{name}"'))), key=repr)


def tables_of(place: Place, verb: Verb, given: Any) -> set[str]:
    """The tables that it writes: it is done, and taken back."""
    with place.fuse.set_to(0) as passing, place.core.database.write() as tx, part(tx) as own:
        done = verb.act(place, tx, given)
        assert verb.done(done), done
        own.give_up()
    return {name for sql in passing.passed for name in WRITTEN.findall(sql)} - COUNTERS


@contextmanager
def told(place: Place, kinds: tuple[str, ...]) -> Iterator[None]:
    """These events are recorded meanwhile, and no other."""
    before = len(place.kinds())
    yield
    found = tuple(place.kinds()[before:])
    assert found == kinds, found


def fails(place: Place, verb: Verb, given: Any, at: int, how: Blow, only: str = "") -> bool:
    """Do it while a statement fails; False where it has fewer, and is done."""
    with place.fuse.set_to(at, how, only):
        try:
            done = verb.do(place, given)
        except Exception:
            if not place.fuse.blown:
                raise
            return True
    assert not place.fuse.blown, f"{place.fuse.passed[-1]} failed, and the answer is {done}"
    assert verb.done(done), done
    return False
