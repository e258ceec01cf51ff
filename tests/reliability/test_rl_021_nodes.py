# SPDX-License-Identifier: Apache-2.0
"""What SAML and headers take once, and what they end, on two nodes and across their deaths."""

from collections.abc import Iterator

import pytest

from tests.reliability import headers, saml
from tests.reliability.nodes import Nodes
from tests.reliability.nursery import Nursery
from tests.reliability.operations import HTML, Scene, fill_in, is_withdrawn, settle
from tests.reliability.oracle import find_halves, verify_audit
from tests.reliability.saml import parties_of
from tests.saml_logout import answer_of
from tests.world import open_world


@pytest.fixture(scope="module")
def both(module_url: str, nursery: Nursery) -> Iterator[Nodes]:
    """Two nodes for all of this file."""
    world = open_world(module_url)
    opened = Nodes(module_url, world, nursery)
    yield opened
    opened.close()
    world.close()


@pytest.fixture
def nodes(both: Nodes) -> Iterator[Nodes]:
    """Both alive; and nothing half done is left behind."""
    yield both
    dead = [number for number, life in enumerate(both.lives) if life.is_gone()]
    both.restart(*dead)
    assert find_halves(both.world) == []
    assert verify_audit(both.world).ok


def test_rl_021_sm_073_an_artifact_is_resolved_once(nodes: Nodes) -> None:
    """Given by one node that is gone by then, and asked for at both, before and after a kill."""
    ready = saml.with_artifact(nodes.world)
    nodes.restart(0)
    answers = nodes.everywhere(lambda: saml.resolve(ready))
    assert [one.status_code for one in answers] == [200] * len(answers)
    assert sum(saml.has_more(one) for one in answers) == 1
    nodes.restart(0, 1)
    for again in nodes.everywhere(lambda: saml.resolve(ready), 1):
        assert again.status_code == 200
        assert not saml.has_more(again)


def test_rl_021_sm_032_a_request_is_taken_once(nodes: Nodes) -> None:
    """By many browsers of one person at both nodes, then after both have been killed."""
    ready = saml.logged_in(nodes.world)
    several = [another(ready) for _ in range(6)]
    answers = nodes.everywhere(lambda: saml.go(several.pop()))
    assert sorted(one.status_code for one in answers) == [200] + [400] * 5
    assert [saml.has_assertion(one) for one in answers].count(True) == 1
    nodes.restart(0, 1)
    for again in nodes.everywhere(lambda: saml.go(another(ready)), 1):
        assert 'data-error="journey-expired"' in again.get_data(as_text=True)


def test_rl_021_a_posted_request_waits_for_one_at_whichever_node(nodes: Nodes) -> None:
    """Kept by a node that is gone when the browser comes back with its cookies."""
    ready = saml.coming_back(nodes.world)
    nodes.kill(0)
    with nodes.at(1):
        assert saml.has_assertion(saml.go(ready))
        assert saml.go(ready).status_code == 410


def test_rl_021_sm_060_a_logout_is_asked_for_once(nodes: Nodes) -> None:
    ready = saml.leaving_by_soap(nodes.world)
    answers = nodes.everywhere(lambda: saml.ask_to_leave(ready))
    assert sorted(one.status_code for one in answers) == [200] + [403] * 5
    nodes.restart(0, 1)
    for again in nodes.everywhere(lambda: saml.ask_to_leave(ready), 1):
        assert again.status_code == 403
    assert saml.is_out(ready)


def test_rl_021_oa_031_a_handle_opens_one_stay(nodes: Nodes) -> None:
    """Whoever brings it once more ends what it opened: nobody knows which of them was meant."""
    ready = headers.coming_back(nodes.world)
    cookies = dict(headers.visitor_of(ready).cookies)
    several = [Scene(ready.world, ready.browser, ready.client, dict(ready.held)) for _ in range(6)]
    for one in several:
        one.held["visitor"] = headers.Visitor(nodes.world, one.browser, cookies=dict(cookies))
    asking = list(several)
    answers = nodes.everywhere(lambda: headers.come_back(asking.pop()))
    assert sum(headers.has_entered(one) for one in answers) == 1
    assert sum(headers.is_stopped(one) for one in answers) == 5
    for one in several:
        assert headers.check(one).status_code == 401


def test_rl_021_a_stay_is_good_at_the_other_node_and_after_a_kill(nodes: Nodes) -> None:
    """Opened at one node, which is killed as soon as it has answered."""
    ready = headers.staying(nodes.world)
    nodes.kill(0)
    with nodes.at(1):
        assert headers.is_known(headers.check(ready))
    nodes.restart(0, 1)
    assert headers.is_known(headers.forward(ready))


def log_out_by_saml(nodes: Nodes, ready: Scene) -> None:
    """An application asks from server to server."""
    known = saml.enter(parties_of(nodes.world).asking, ready.browser)
    ready.held |= {"party": parties_of(nodes.world).asking, "known": known}
    message = saml.logout_request(ready.held["party"], known.name, known.index, Destination=None)
    ready.held["message"] = ready.held["party"].signed(message)
    assert saml.is_done(saml.ask_to_leave(ready))


def log_out_there(_nodes: Nodes, ready: Scene) -> None:
    """By the application's own logout; its cookie is shown all the same."""
    visitor = headers.visitor_of(ready)
    kept = dict(visitor.cookies)
    assert headers.is_sent_out(headers.leave(ready))
    visitor.cookies = kept


def log_out_here(_nodes: Nodes, ready: Scene) -> None:
    """On our own page."""
    ready.browser.get("/logout")
    ready.held["form"] = ready.browser.form("/logout")
    assert fill_in(ready).status_code == 303 or ready.browser.last.status_code == 200


def close_the_account(_nodes: Nodes, ready: Scene) -> None:
    """A patient withdraws: the account is disabled."""
    ready.browser.get("/account/withdraw")
    ready.held["form"] = ready.browser.form("/account/withdraw")
    assert is_withdrawn(fill_in(ready, understood="yes"))


ENDS = {
    "a logout by SAML": (log_out_by_saml, "medecin"),
    "a logout of the application": (log_out_there, "medecin"),
    "a logout here": (log_out_here, "medecin"),
    "an account disabled": (close_the_account, "patient"),
}


@pytest.mark.parametrize("name", ENDS)
def test_rl_021_oa_047_what_ends_at_one_node_is_over_at_the_other(nodes: Nodes, name: str) -> None:
    """At the very next question of the proxy, though it was answered a moment ago."""
    end, who = ENDS[name]
    ready = headers.staying(nodes.world, who)
    with nodes.at(1):
        assert headers.is_known(headers.check(ready))
        assert headers.is_known(headers.forward(ready))
    end(nodes, ready)
    with nodes.at(1):
        assert headers.check(ready).status_code == 401
        assert "/headers/enter" in headers.forward(ready).headers["Location"]
    nodes.restart(0, 1)
    assert headers.check(ready).status_code == 401


def test_rl_021_sm_061_a_farewell_outlives_the_node_that_began_it(nodes: Nodes) -> None:
    """Asked at one node, answered at the other, told to whoever asked by the first one anew."""
    ready = saml.under_way(nodes.world)
    nodes.kill(0)
    with nodes.at(1):
        ready.browser.request("GET", ready.held["farewell"])
        assert "LED" in ready.browser.page.get_text()
        ready.held["url"] = saml.answer_to(ready, saml.framed(ready))
    nodes.restart(0, 1)
    assert saml.is_noted(saml.framed(ready))
    nodes.restart(0)
    with nodes.at(1):
        ready.browser.request("GET", ready.held["farewell"])
        done = answer_of(ready.held["party"], ready.browser)
    assert (done.codes, done.relay) == (["Success"], "their-own")
    assert saml.is_out(ready)


def another(ready: Scene) -> Scene:
    """Another browser of the same person, with the same request."""
    browser = settle(ready.world, ready.world.browser(**HTML))
    return Scene(ready.world, browser, ready.client, dict(ready.held))
