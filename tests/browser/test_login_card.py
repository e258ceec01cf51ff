# SPDX-License-Identifier: Apache-2.0
"""The login page and the card in a reader: each state that its program may tell has its words."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.browser.test_toolbox_card import AGENT, answer, reader

HEADERS = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
SAID = "form[data-card] [data-said]"
BUTTON = "form[data-card] button[name=way]"
FINE = reader(label="CLAIRE DURAND 2600301752")
STATES = {
    "no-agent": None,
    "other-version": answer([FINE], version=2),
    "no-reader": answer([]),
    "no-card": answer([reader(card="absent")]),
    "reading": answer([reader(card="reading")]),
    "mute": answer([reader(card="mute")]),
    "blocked": answer([reader(tries=0)]),
    "last-try": answer([reader(tries=1)]),
    "present": answer([FINE]),
    "untold": answer([FINE | {"tries": None}]),
}
USABLE = {"present", "untold"}
REFUSALS = {
    "busy": "busy",
    "too-often": "too-often",
    "cancelled": "cancelled",
    "no-card": "removed",
    "no-reader": "removed",
    "version": "version",
    "refused": "failed",
}


class Agent:
    """A program that tells this of its readers, and refuses to sign for this reason."""

    def __init__(self, somebody: Visit, state: str | None, refusal: str = "") -> None:
        self.state = state
        self.refusal = refusal
        somebody.page.route(AGENT, self._fulfil)

    def _fulfil(self, route) -> None:
        if route.request.url.endswith("/v1/sign"):
            told = json.dumps({"error": self.refusal})
            route.fulfill(status=409, body=told, headers=HEADERS)
        elif self.state is None:
            route.abort("connectionrefused")
        else:
            route.fulfill(status=200, body=self.state, headers=HEADERS)


def choose_card(somebody: Visit) -> None:
    somebody.open("/login")
    somebody.follow(somebody.page.locator("a[href*='means=cps']"))


def expect_state(somebody: Visit, word: str) -> None:
    expect(somebody.page.locator(f"form[data-card][data-state={word}]")).to_be_visible()
    expect(somebody.page.locator(f"{SAID} .reader-now")).to_have_count(1)
    ready = None if word in USABLE else "true"
    assert somebody.page.locator(BUTTON).get_attribute("aria-disabled") == ready


def title_of(somebody: Visit, word: str) -> str:
    """The first words of the page for this."""
    script = "(one) => one.content.querySelector('.notice-title, .reader-title').textContent"
    return somebody.page.locator(f"template[data-says={word}]").evaluate(script).strip()


@pytest.mark.parametrize("word", STATES)
def test_each_state_has_its_words_and_is_accessible(visit, shots, word: str) -> None:
    somebody = visit()
    Agent(somebody, STATES[word])
    choose_card(somebody)
    expect_state(somebody, word)
    said = somebody.page.locator(SAID)
    expect(said).to_contain_text(title_of(somebody, word))
    for mark in ("⟨", "null", "undefined"):
        expect(said).not_to_contain_text(mark)
    shots(somebody.page, f"login-card-{word}")
    somebody.page.evaluate(UNDRESS)
    faults = examine(somebody.page, word)
    for width in (390, 320):
        somebody.page.set_viewport_size({"width": width, "height": 640})
        shots(somebody.page, f"login-card-{word}-{width}")
        assert somebody.sideways() == 0
    assert faults == []


def test_the_tries_left_are_told_with_the_card_and_unknown_ones_are_not(visit) -> None:
    somebody = visit()
    agent = Agent(somebody, STATES["present"])
    choose_card(somebody)
    expect_state(somebody, "present")
    expect(somebody.page.locator(SAID)).to_contain_text("3")
    sentence = somebody.page.locator(f"{SAID} .reader-sentence")
    expect(sentence).to_contain_text("CLAIRE DURAND 2600301752")
    told = sentence.inner_text().replace("2600301752", "")
    assert "3" in told
    agent.state = STATES["untold"]
    expect_state(somebody, "untold")
    expect(sentence).to_contain_text("CLAIRE DURAND 2600301752")
    assert not any(each.isdigit() for each in sentence.inner_text().replace("2600301752", ""))


TOGETHER = {
    "last try and fine": ([reader(tries=1), FINE], "present"),
    "blocked and untold": ([reader(tries=0), FINE | {"tries": None}], "untold"),
    "blocked and last try": ([reader(tries=0), reader(tries=1)], "last-try"),
    "mute and fine": ([reader(card="mute"), FINE], "present"),
    "empty and mute": ([reader(card="absent"), reader(card="mute")], "mute"),
}


# Each differs from the one before: what is waited for was not there yet.
def test_of_several_cards_the_usable_one_is_shown(visit) -> None:
    somebody = visit()
    agent = Agent(somebody, STATES["no-card"])
    choose_card(somebody)
    for readers, word in TOGETHER.values():
        agent.state = answer(readers)
        expect_state(somebody, word)


def test_an_agent_of_another_version_is_forgotten_once_the_right_one_answers(visit) -> None:
    somebody = visit()
    agent = Agent(somebody, STATES["other-version"])
    choose_card(somebody)
    expect_state(somebody, "other-version")
    expect(somebody.page.locator(f"{SAID} a[href='/toolbox']")).to_be_visible()
    wrong = title_of(somebody, "other-version")
    agent.state = STATES["present"]
    expect_state(somebody, "present")
    expect(somebody.page.locator(SAID)).not_to_contain_text(wrong)


@pytest.mark.parametrize("error", REFUSALS)
def test_each_reason_why_nothing_was_signed_is_told(visit, shots, error: str) -> None:
    somebody = visit()
    Agent(somebody, STATES["present"], error)
    choose_card(somebody)
    expect_state(somebody, "present")
    somebody.page.locator(BUTTON).click()
    notice = somebody.page.locator(f"{SAID} .notice-warning")
    expect(notice).to_contain_text(title_of(somebody, REFUSALS[error]))
    # The card stands, and another try is open.
    expect_state(somebody, "present")
    shots(somebody.page, f"login-card-refused-{error}")
    if error == "busy":
        somebody.page.evaluate(UNDRESS)
        assert examine(somebody.page, error) == []


def test_a_card_that_came_to_its_last_try_says_so_once(visit) -> None:
    somebody = visit()
    agent = Agent(somebody, STATES["present"], "last-try")
    choose_card(somebody)
    expect_state(somebody, "present")
    agent.state = STATES["last-try"]
    somebody.page.locator(BUTTON).click()
    expect_state(somebody, "last-try")
    expect(somebody.page.locator(f"{SAID} .notice")).to_have_count(0)
