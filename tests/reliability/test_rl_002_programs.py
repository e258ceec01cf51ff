# SPDX-License-Identifier: Apache-2.0
"""A server killed around each commit of what programs write, and of its work in the background.

A program that was not answered asks again, with the same key: its effect is there exactly once.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.reliability.faults import Fuse
from tests.reliability.nursery import WORK, Nursery, Unacknowledged
from tests.reliability.oracle import find_halves, verify_audit
from tests.reliability.programs import AFTERWARDS, OPERATIONS
from tests.reliability.requests import at_work
from tests.reliability.test_rl_002_work import MADE, THERE, brought, count, state, step
from tests.reliability.town import Town, kill_around_each_commit
from tests.reliability.verbs import Place
from tests.reliability.verbs_of_people import named, numbers
from tests.reliability.verbs_of_the_region import MAPPING
from tests.world import open_world


@pytest.fixture(scope="module")
def town(sqlite_module_url: str, nursery: Nursery) -> Iterator[Town]:
    """One for all: each does something of its own."""
    world = open_world(sqlite_module_url)
    opened = Town(sqlite_module_url, world, nursery)
    yield opened
    opened.life.end()
    world.close()


@pytest.fixture(scope="module")
def ledger(town: Town) -> object:
    """What was promised before all of it."""
    return town.promise()


@pytest.mark.parametrize("name", OPERATIONS)
def test_rl_002_killed_around_each_commit_of_a_write(town: Town, ledger, name: str) -> None:
    # The first commit counts the call, whatever is asked: it is looked at once.
    first = 1 if name == next(iter(OPERATIONS)) else 2
    args = (name, OPERATIONS[name], AFTERWARDS[name], first)
    assert kill_around_each_commit(town, ledger, *args) >= 2
    assert verify_audit(town.world).ok


def test_rl_002_killed_while_it_imports_people(town: Town) -> None:
    """Batch after batch on servers that are killed: each line is done once, and told of once."""
    office, _browser = at_work(town.world)
    place = Place(office, Fuse())
    name = named(next(numbers)).lower()
    run = brought(place, name, [f"{a}{b}" for a in "abcdefghijklmno" for b in "abcdefghijklmno"])
    step(place, run, "map", MAPPING)
    place.desk.import_work.advance(run)
    step(place, run, "start")
    before, kills, there = Counter(place.kinds()), 0, 0
    visitor = town.world.browser()
    while state(place, run) != "done":
        with town.world.core.database.write() as tx:
            # Whoever held it is dead; as if a minute had passed.
            tx.execute(text("UPDATE import_runs SET taken_until = 0"))
        town.wire.die = "after 1"
        with pytest.raises(Unacknowledged):
            visitor.request("GET", f"{WORK}imports/{run}")
        town.wire.die = ""
        assert town.life.is_over()
        town.restart()
        kills += 1
        then, there = there, count(place, THERE, name=f"{name}%")
        assert there > then or state(place, run) == "done"
        assert there == count(place, MADE, run=run, outcome="made")
        assert there == Counter(place.kinds())["account.created"] - before["account.created"]
    assert (kills, there) == (4, 225)
    assert find_halves(town.world) == []
    assert verify_audit(town.world).ok
