# SPDX-License-Identifier: Apache-2.0
"""Every statement of what a program writes failing in turn: told as a problem, and done once."""

from collections.abc import Iterator

import pytest

from tests.reliability.faults import Blow, put_in
from tests.reliability.oracle import find_halves, rows_of
from tests.reliability.programs import AFTERWARDS, OPERATIONS
from tests.reliability.requests import at_work
from tests.reliability.verbs import MOST, Place
from tests.world import open_world

# One that carries an idempotency key, and one that doesn't.
NAMES = ("account made by a program", "SCIM: changed")


@pytest.fixture(scope="module")
def place(module_url: str) -> Iterator[Place]:
    """One office for all."""
    world = open_world(module_url)
    office, _browser = at_work(world)
    yield Place(office, put_in(world.core.database))
    world.close()


@pytest.mark.parametrize("name", NAMES)
def test_rl_029_every_statement_of_a_write_failing_in_turn(place: Place, name: str) -> None:
    operation, world = OPERATIONS[name], place.office.world
    how = Blow.OUTAGE if place.core.database.is_sqlite else Blow.LOST
    ready = operation.prepare(world)
    before = rows_of(world)
    for point in range(1, MOST):
        with place.fuse.set_to(point, how):
            answer = operation.act(ready)
        where = f"statement {point}: {place.fuse.passed[-1]}"
        if not place.fuse.blown:
            break
        assert answer.status_code == 503, where
        assert "Retry-After" in answer.headers, where
        assert "blown" not in answer.text, where
        assert rows_of(world) == before, where
    assert point > 10
    assert operation.done(answer)
    assert find_halves(world) == []
    again = operation.act(ready)
    assert AFTERWARDS[name](ready, again), again.status_code
