# SPDX-License-Identifier: Apache-2.0
"""SM-061: a logout comes to its end, whatever the applications do; and ours is over before it."""

from typing import Any

import pytest
from lxml import etree

from idp.post_office import patience
from idp.sessions.farewells import PATIENCE
from tests.ports import free_port
from tests.protocol.kit import session_of, settled
from tests.protocol.saml.test_logout_carried import carried, frames, log_out, states
from tests.protocol.saml.test_logout_told import Servers, listening, servers, told
from tests.saml_logout import (
    SLO_SOAP,
    answer_of,
    ask,
    ask_by_soap,
    enter,
    logout_request,
    logout_response,
    party_with_slo,
    soap_answer,
)
from tests.world import ISSUER, World, open_world

__all__ = ["servers"]


def test_sm_061_all_of_it_takes_ten_seconds_at_most(sqlite_world: World) -> None:
    """As set by default: the servers at once and once for all, then the browser."""
    assert patience(sqlite_world.core.settings) + PATIENCE <= 10


def test_sm_061_twenty_applications_some_of_them_dead(sqlite_url: str, servers: Servers) -> None:
    nobody = free_port()
    world = open_world(
        sqlite_url,
        OUTGOING_ALLOW=f"127.0.0.1:{servers.port},127.0.0.1:{nobody}",
        OUTGOING_TIMEOUT="5",
    )
    silent = [{"url": servers.url("/silent"), "binding": "soap"}]
    absent = [{"url": f"http://127.0.0.1:{nobody}/slo", "binding": "soap"}]
    asking = party_with_slo(world)
    dead = [party_with_slo(world, slo=one) for one in (silent, silent, silent, absent, absent)]
    alive = [listening(world, servers, f"alive-{n}", logout_response) for n in range(14)]
    browser = settled(world)
    known = enter(asking, browser)
    for one in (*dead, *alive):
        enter(one, browser)
    message = logout_request(asking, known.name, known.index, Destination=ISSUER + SLO_SOAP)
    answered = soap_answer(asking, ask_by_soap(asking, message))
    assert answered.codes == ["Success", "PartialLogout"]
    assert session_of(world, browser) is None
    assert [len(told(one, servers)) for one in alive] == [1] * len(alive)
    # Those that did not answer are told again by whoever delivers messages.
    with world.core.database.read() as tx:
        waiting = tx.exec_driver_sql(
            "SELECT count(*) FROM messages WHERE channel = 'logout' AND state = 'queued'"
        ).scalar_one()
    assert waiting == len(dead)
    world.provider.close()


def test_sm_061_an_application_that_answers_by_a_request_of_its_own(sqlite_world: World) -> None:
    """In its frame: it is answered at once, and nothing begins anew."""
    asking, looping = (party_with_slo(sqlite_world, key=key) for key in ("asking", "looping"))
    browser = settled(sqlite_world)
    known, theirs = enter(asking, browser), enter(looping, browser)
    where = log_out(asking, browser, known)
    carried(looping, browser, frames(browser)[0])
    for _time in range(3):
        ask(looping, browser, logout_request(looping, theirs.name, theirs.index))
        assert answer_of(looping, browser).codes == ["Success"]
    assert set(states(browser, where).values()) == {"waiting"}
    sqlite_world.clock.pass_by(PATIENCE)
    assert set(states(browser, where).values()) == {"failed"}


def test_sm_061_servers_that_ask_each_other(sqlite_url: str, servers: Servers) -> None:
    """Told by SOAP, its server asks by SOAP before it answers."""
    world = open_world(
        sqlite_url, OUTGOING_ALLOW=f"127.0.0.1:{servers.port}", OUTGOING_TIMEOUT="30"
    )
    back: list[Any] = []

    def ask_back(party: Any, request: str) -> bytes:
        told_of = etree.fromstring(servers.told[f"/{party.key}"][-1])[0][0]
        name, index = (told_of.findtext(f"{{*}}{one}") for one in ("NameID", "SessionIndex"))
        message = logout_request(party, name, index, Destination=ISSUER + SLO_SOAP)
        back.append(soap_answer(party, ask_by_soap(party, message)).codes)
        return logout_response(party, request)

    asking = party_with_slo(world)
    looping = listening(world, servers, "looping", ask_back)
    browser = settled(world)
    known = enter(asking, browser)
    enter(looping, browser)
    ask(asking, browser, logout_request(asking, known.name, known.index))
    assert answer_of(asking, browser).codes == ["Success"]
    assert back == [["Success"]]
    assert len(told(looping, servers)) == 1
    world.provider.close()


@pytest.mark.parametrize("name", ["<b>x</b>", "'\"><script>1</script>"])
def test_sm_061_what_an_application_is_called_is_text(sqlite_world: World, name: str) -> None:
    asking = party_with_slo(sqlite_world, key="asking")
    other = party_with_slo(sqlite_world, key="other")
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.register(tx, other.document | {"name": name})
    browser = settled(sqlite_world)
    known = enter(asking, browser)
    enter(other, browser)
    log_out(asking, browser, known)
    assert browser.page.find(class_="reached-name").text == name
    assert browser.page.find("iframe")["title"] == name
