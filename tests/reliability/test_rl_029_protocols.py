# SPDX-License-Identifier: Apache-2.0
"""Every statement of what SAML and headers do failing in turn: told calmly, nothing half done.

A proxy that asks meanwhile is told 503 and of nobody: it closes.
"""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from idp.headers.edge import PROXIED
from tests.reliability import headers, saml
from tests.reliability.faults import Blow, Fuse, put_in
from tests.reliability.operations import Operation
from tests.reliability.oracle import find_halves, rows_of, verify_audit
from tests.reliability.test_rl_029_faults import check_points, check_told
from tests.world import World, open_world

OPERATIONS = saml.OPERATIONS | headers.OPERATIONS
# As the pages of people, whose statements are those of every login.
ELSEWHERE = ("SAML login", "headers: login", "headers: login begun")
EACH = tuple(name for name in OPERATIONS if name not in ELSEWHERE)
# The same code runs on both databases; on PostgreSQL, what matters most.
ON_BOTH = ("SAML artifact", "headers: way back", "headers: forward")
# Whoever asks without a browser is told in a word, not by a page.
PROGRAMS = ("SAML artifact", "SAML logout by SOAP")
Place = tuple[World, Fuse]


def opened(url: str) -> Iterator[Place]:
    """One provider for all."""
    world = open_world(url)
    yield world, put_in(world.core.database)
    world.close()


@pytest.fixture(scope="module")
def here(sqlite_module_url: str) -> Iterator[Place]:
    yield from opened(sqlite_module_url)


@pytest.fixture(scope="module")
def there(postgres_module_url: str) -> Iterator[Place]:
    yield from opened(postgres_module_url)


def check_foreign(answer: TestResponse, where: str) -> None:
    """A proxy may show it at its application's address: nobody is named, and nothing set there."""
    assert not [one for one, _ in answer.headers if one.startswith("X-Remote")], where
    for ours in ("Set-Cookie", "Strict-Transport-Security", "Content-Security-Policy"):
        assert ours not in answer.headers, where
    # No file of ours is there, and no form of ours leads anywhere.
    page = answer.get_data(as_text=True)
    assert not [one for one in ("<link", "<script", "<img", "<form", "href=") if one in page], where


@pytest.mark.parametrize("name", EACH)
def test_rl_029_every_statement_failing_in_turn(here: Place, name: str) -> None:
    world, fuse = here
    assert check_points(world, fuse, name, OPERATIONS[name], Blow.OUTAGE) > 0
    assert verify_audit(world).ok


@pytest.mark.parametrize("name", ON_BOTH)
def test_rl_029_every_connection_lost_in_turn(there: Place, name: str) -> None:
    world, fuse = there
    assert check_points(world, fuse, name, OPERATIONS[name], Blow.LOST) > 0
    assert verify_audit(world).ok


@pytest.mark.parametrize("name", OPERATIONS)
def test_rl_029_the_database_goes_and_stays_away(here: Place, name: str) -> None:
    goes(here, OPERATIONS[name], name, Blow.OUTAGE)


@pytest.mark.parametrize("name", ON_BOTH)
def test_rl_029_postgresql_goes_and_stays_away(there: Place, name: str) -> None:
    goes(there, OPERATIONS[name], name, Blow.LOST)


def goes(place: Place, operation: Operation, name: str, how: Blow) -> None:
    """A page that needs no database, or 503 for a proxy; and all is as before once it is back."""
    world, fuse = place
    ready = operation.prepare(world)
    before = rows_of(world)
    for point in (1, 2, 3):
        with fuse.set_to(point, how, stays=True):
            answer = operation.act(ready)
        if not fuse.blown:
            # It has done with the database by then.
            break
        where = f"{name}, from statement {point} on"
        check_told(answer, 503, where)
        if answer.request.path in PROXIED:
            check_foreign(answer, where)
        assert (answer.mimetype == "text/html") == (name not in PROGRAMS), where
        assert rows_of(world) == before, where
        before = rows_of(world)
    else:
        answer = operation.act(ready)
    assert operation.done(answer)
    assert find_halves(world) == []
