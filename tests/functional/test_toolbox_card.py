# SPDX-License-Identifier: Apache-2.0
"""The toolbox and the card: what the page may reach; a trial tells one word and keeps nothing."""

import pytest

from connectors import registry
from connectors.cps_card.trial import CardTrial
from tests.card_kit import CardDouble
from tests.connectors.test_card_trial import Judge, answer, issued
from tests.world import open_world


class TriedCard(CardDouble):
    """The double of cards by TLS, with the real trial."""

    def __init__(self, host):
        self._trial = CardTrial(Judge(), host.challenges, host.clock, host.site, test_cards=False)

    def trial(self, visitor):
        return self._trial.trial(visitor)

    def judge_trial(self, visitor, form):
        return self._trial.judge_trial(visitor, form)


@pytest.fixture
def world(sqlite_url, monkeypatch):
    monkeypatch.setattr(registry, "KINDS", {**registry.KINDS, "cps": TriedCard})
    world = open_world(sqlite_url)
    yield world
    world.provider.close()


def connects(browser):
    policy = browser.last.headers["Content-Security-Policy"]
    [found] = [each for each in policy.split("; ") if each.startswith("connect-src")]
    return found


def test_the_page_may_reach_the_program_of_the_workstation_and_nothing_else(world):
    browser = world.browser()
    browser.get("/toolbox")
    assert connects(browser) == "connect-src 'self' http://localhost:8006"
    browser.get("/help")
    assert connects(browser) == "connect-src 'self'"


def test_where_no_program_is_looked_for_nothing_is_said_of_cards(sqlite_url):
    world = open_world(sqlite_url, CARDS_AGENTS="")
    browser = world.browser()
    browser.get("/toolbox")
    assert connects(browser) == "connect-src 'self'"
    assert not browser.page.select("[data-check=agent], [data-trial], [data-agents]")
    world.provider.close()


def links_to_the_program(world):
    browser = world.browser()
    browser.get("/toolbox")
    found = browser.page.select("[data-answer=absent] a, [data-answer=other] a")
    return [each["href"] for each in found]


def test_the_toolbox_leads_to_the_program_where_the_region_has_a_page_for_it(sqlite_url):
    there = "https://poste.region.example/agent?os=windows"
    world = open_world(sqlite_url, REGION_AGENT_URL=there)
    assert links_to_the_program(world) == [there, there]
    world.provider.close()


def test_without_such_a_page_the_toolbox_promises_none(world):
    assert links_to_the_program(world) == []


def asked(browser):
    """Opens the page; what its card is to sign."""
    browser.get("/toolbox")
    url, fields = browser.form("/toolbox/card")
    return browser.get(url).get_json()["statement"], fields


def verdict(browser, fields):
    browser.post("/toolbox/card", data=fields)
    return browser.last.get_json()["verdict"]


def test_a_card_that_signs_is_told_what_the_server_thinks_of_it(world):
    browser = world.browser()
    text, fields = asked(browser)
    before = world.events()
    assert verdict(browser, fields | answer(text, issued())) == "accepted"
    assert browser.last.headers["Cache-Control"] == "no-store"
    assert world.events() == before
    assert "session" not in browser.last.headers.get("Set-Cookie", "")


def test_ag_001_what_another_browser_asked_for_is_too_late(world):
    text, _ = asked(world.browser())
    other = world.browser()
    _, fields = asked(other)
    assert verdict(other, fields | answer(text, issued())) == "late"


def test_a_trial_is_asked_for_by_our_own_page_alone(world):
    browser = world.browser()
    text, _ = asked(browser)
    browser.post("/toolbox/card", data=answer(text, issued()))
    assert browser.last.status_code in {400, 403}
    assert browser.last.mimetype == "text/html"
