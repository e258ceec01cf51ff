# SPDX-License-Identifier: Apache-2.0
"""A logout that the browser carries, in real frames: seen, answered, and once more on a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.carried_to import NAMES, CarriedTo, carried_to
from tests.browser.figures import fits
from tests.browser.pages import Visit
from tests.servers import Site

STATE = "**/logout/*/state"


@pytest.fixture(scope="module")
def told(running: Site) -> Iterator[CarriedTo]:
    with carried_to(running) as found:
        yield found


def leave_all(somebody: Visit, *keys: str, script: bool = True) -> None:
    """Open these applications, then log out on our own page."""
    somebody.open("/login")
    somebody.log_in()
    for key in keys:
        somebody.open(f"/saml/start?application={key}")
        if not script:
            somebody.page.locator("form#post button").click()
        expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Arrived")
    somebody.open("/logout")
    somebody.page.locator("form[action='/logout'] button").click()


@contextmanager
def standing_still(somebody: Visit, reached: int) -> Iterator[None]:
    """The page under way goes no further once so many have answered: it is there for seconds."""
    kept: list[Any] = []

    def tell(route: Route) -> None:
        told = route.fetch().json()
        if [*told["states"].values()].count("reached") == reached:
            kept.append(told)
        route.fulfill(json=kept[0] if kept else told)

    somebody.page.clock.set_fixed_time(datetime.now(UTC))
    somebody.page.route(STATE, tell)
    yield
    # One that is being told has its answer first.
    somebody.page.unroute_all(behavior="wait")


def test_each_is_told_in_a_frame(visit, told: CarriedTo) -> None:
    told.asked.clear()
    somebody = visit()
    leave_all(somebody, "courrier", "planning")
    expect(somebody.page.locator(".reached-reached")).to_have_count(2)
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    assert sorted(told.asked) == [("courrier", "iframe"), ("planning", "iframe")]


def test_who_did_not_answer_in_its_frame_does_on_a_page(visit, told: CarriedTo, shots) -> None:
    told.asked.clear()
    somebody = visit()
    with standing_still(somebody, 2):
        leave_all(somebody, *NAMES)
        under_way = somebody.page.locator("[data-farewell]")
        expect(under_way.locator("li.reached-reached")).to_have_count(2)
        expect(under_way.locator("li.reached-waiting")).to_contain_text("Réunions")
        shots(somebody.page, "logout-under-way")
    again = somebody.page.locator("a.reached-again")
    expect(again).to_contain_text("Réunions")
    shots(somebody.page, "logout-one-silent")
    assert fits(somebody, "logout-one-silent") == []
    again.click()
    expect(somebody.page.locator(".reached-reached")).to_have_count(3)
    assert told.asked[-1] == ("shy", "document")


def test_without_a_script_the_page_comes_again_by_itself(visit, told: CarriedTo, shots) -> None:
    somebody = visit(javascript=False, width=390, dark=True)
    leave_all(somebody, "courrier", script=False)
    expect(somebody.page.locator("[data-farewell]")).to_be_visible()
    shots(somebody.page, "logout-under-way-dark")
    expect(somebody.page.locator(".reached-reached")).to_have_count(1)
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")


@pytest.mark.parametrize("script", [True, False])
def test_one_that_answers_nothing_hears_in_a_frame(visit, told: CarriedTo, script: bool) -> None:
    told.asked.clear()
    somebody = visit(javascript=script)
    somebody.open("/login")
    somebody.log_in()
    somebody.open(told.enter())
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Arrived")
    somebody.open("/logout")
    somebody.page.locator("form[action='/logout'] button").click()
    expect(somebody.page.locator(".reached-asked")).to_have_count(1)
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    assert told.asked == [("listening ['iss', 'sid']", "iframe")]


def test_one_that_is_not_there_is_not_said_to_be_logged_out(visit, told: CarriedTo) -> None:
    somebody = visit()
    somebody.page.route("**/listening/over*", lambda route: route.abort())
    somebody.open("/login")
    somebody.log_in()
    somebody.open(told.enter())
    somebody.open("/logout")
    somebody.page.locator("form[action='/logout'] button").click()
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    expect(somebody.page.locator("[data-ended=some]")).to_be_visible()
    expect(somebody.page.locator("a.reached-again")).to_be_visible()
