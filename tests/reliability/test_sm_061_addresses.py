# SPDX-License-Identifier: Apache-2.0
"""SM-061: applications' servers that hang, tear down, or answer anything; and a kill in between.

Ours is over first, and stays so; whoever asked hears in time that not everybody could be told; and
those who could not are told later, by whoever is there then.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from idp.post_office import hold, open_delivery, tellers_of
from tests.messages.kit import work
from tests.reliability import saml
from tests.reliability.addresses import WAYS, Addresses, misbehaving
from tests.reliability.nursery import Nursery
from tests.reliability.operations import Scene
from tests.reliability.oracle import beside, find_halves, verify_audit
from tests.reliability.town import Town
from tests.saml_logout import soap_answer
from tests.world import START, World, open_world

QUEUED = "SELECT count(*) FROM messages WHERE channel = 'logout' AND state = 'queued'"


@pytest.fixture(scope="module")
def addresses() -> Iterator[Addresses]:
    with misbehaving() as found:
        yield found


@pytest.fixture(scope="module")
def town(sqlite_module_url: str, nursery: Nursery, addresses: Addresses) -> Iterator[Town]:
    """Servers that may reach them."""
    settings = {"OUTGOING_ALLOW": f"127.0.0.1:{addresses.port}", "OUTGOING_TIMEOUT": "2"}
    world = open_world(sqlite_module_url, **settings)
    opened = Town(sqlite_module_url, world, nursery, settings)
    for key in ("well", *WAYS):
        saml.parties_of(world).told.append(addresses.party(world, key))
    yield opened
    opened.life.end()
    world.close()


@pytest.fixture
def leaving(town: Town, addresses: Addresses) -> Scene:
    """Somebody who is at all of them; no one was told of anything yet."""
    # As the servers' clocks, which stand.
    town.world.clock.at = START
    ready = saml.leaving_by_soap(town.world)
    addresses.told.clear()
    addresses.mended = False
    return ready


def told_again(world: World, seconds: int) -> None:
    """What another node's worker does after a while."""
    provider = world.provider
    world.clock.pass_by(seconds)
    work(open_delivery(world.core, tellers_of(provider.edge.teller, provider.saml.teller)))


def queued(world: World) -> int:
    """How many notices wait."""
    with beside(world).read() as tx:
        return int(tx.execute(text(QUEUED)).scalar_one())


def check_over(town: Town, ready: Scene) -> None:
    """Ours is done, whatever became of the server that did it."""
    assert saml.is_out(ready)
    town.life.end()
    town.restart()
    assert saml.is_out(ready)
    assert find_halves(town.world) == []
    assert verify_audit(town.world).ok


def test_sm_061_servers_that_do_anything_but_answer(
    town: Town, addresses: Addresses, leaving: Scene
) -> None:
    answer = saml.ask_to_leave(leaving)
    # Those that hang and those that go on for ever still do.
    assert not addresses.closing.is_set()
    party = leaving.held["party"]
    assert soap_answer(party, answer).codes == ["Success", "PartialLogout"]
    assert {key: len(ids) for key, ids in addresses.told.items()} == dict.fromkeys(
        ("well", *WAYS), 1
    )
    check_over(town, leaving)
    assert queued(town.world) == len(WAYS)
    addresses.mended = True
    told_again(town.world, 60)
    assert {key: len(ids) for key, ids in addresses.told.items()} == {"well": 1} | dict.fromkeys(
        WAYS, 2
    )
    assert queued(town.world) == 0


def test_sm_061_a_server_that_dies_before_it_tells_anybody(
    town: Town, addresses: Addresses, leaving: Scene
) -> None:
    """The notices stand with the session's end: another node's worker tells each of them once."""
    addresses.mended = True
    assert town.kill(leaving, saml.ask_to_leave, "after 1") is None
    town.restart()
    assert addresses.told == {}
    # The same message again: nobody knows whether it was answered.
    assert saml.ask_to_leave(leaving).status_code == 403
    check_over(town, leaving)
    # They are held for whoever ended the session, as long as it might take.
    told_again(town.world, 1)
    assert addresses.told == {}
    told_again(town.world, hold(town.world.core.settings))
    assert {key: len(ids) for key, ids in addresses.told.items()} == dict.fromkeys(
        ("well", *WAYS), 1
    )
    assert queued(town.world) == 0
