# SPDX-License-Identifier: Apache-2.0
"""Which pages may reach programs of the computer that shows them (AG-006)."""

import pytest

from tests import cast
from tests.cards import APPLICATIONS, Desk, show_card_page
from tests.security.crawl import Seen
from tests.world import open_world

ALLOWED = {"local-network-access=(self)", "loopback-network=(self)"}
DENIED = {"local-network-access=()", "loopback-network=()"}


def about_programs(headers) -> set[str]:
    """What the one Permissions-Policy of an answer says of this computer's programs."""
    [policy] = headers.get_all("Permissions-Policy")
    return {one for one in policy.split(", ") if one.startswith(("local-network", "loopback"))}


@pytest.fixture
def desk(sqlite_world, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(sqlite_world)


def arrive(world):
    browser = world.browser()
    world.client("either").ask(browser)
    return browser


def test_ag_006_the_card_page_and_the_toolbox_may_reach_the_agent(desk):
    browser = arrive(desk.world)
    assert show_card_page(browser).status_code == 200
    assert browser.page.select_one("[data-agents]")
    assert about_programs(browser.last.headers) == ALLOWED
    browser.get("/toolbox")
    assert browser.page.select_one("[data-agents]")
    assert about_programs(browser.last.headers) == ALLOWED


def test_ag_006_no_other_page_may(desk):
    browser = arrive(desk.world)
    browser.get(f"{browser.last.request.path}?means=password")
    assert not browser.page.select_one("[data-agents]")
    assert about_programs(browser.last.headers) == DENIED
    for path in ("/", "/help", "/nothing"):
        browser.get(path)
        assert about_programs(browser.last.headers) == DENIED, path


def test_ag_006_where_no_agent_is_asked_no_page_may(sqlite_url):
    world = open_world(sqlite_url, CARDS_AGENTS="")
    browser = world.browser()
    browser.get("/toolbox")
    assert about_programs(browser.last.headers) == DENIED
    world.provider.close()


def test_ag_006_of_all_answers_only_those_that_ask_an_agent_may(ours: list[Seen]):
    for answer in ours:
        asks = answer.kind == "text/html" and answer.html.select_one("[data-agents]")
        assert about_programs(answer.headers) == (ALLOWED if asks else DENIED), str(answer)
