# SPDX-License-Identifier: Apache-2.0
"""A sensitive page asks for a fresh proof, and leads back to where one was (SE-006)."""

import pytest

from connectors.base import Level
from idp.clock import DRIFT
from idp.http.wire import Answer, Reply
from idp.login.freshness import FRESH_FOR
from idp.web.fresh import fresh_proof
from idp.web.visit import Visit
from tests.functional.conftest import prove
from tests.world import Browser, World

PAGE = "/account/trial"


def sensitive(world: World, level: Level | None = None, page: str = PAGE) -> None:
    """A page that shows what it guards only after a fresh proof."""
    services = world.provider.services

    def show() -> Answer:
        return fresh_proof(services, Visit(services), page, level) or Reply(200, [], b"guarded")

    world.provider.web.page(page, f"trial_{level}", show, methods=["GET", "POST"])


def is_open(browser: Browser) -> bool:
    return browser.last.get_data() == b"guarded"


def enter(world: World, who: str = "medecin") -> Browser:
    browser = world.browser()
    browser.get("/login")
    browser.log_in(who)
    return browser


def test_a_proof_just_given_is_enough_for_five_minutes(quick_world: World):
    sensitive(quick_world)
    claire = enter(quick_world)
    quick_world.clock.pass_by(FRESH_FOR)
    claire.get(PAGE)
    assert is_open(claire)
    quick_world.clock.pass_by(1)
    claire.get(PAGE)
    assert not is_open(claire)
    # Who it is is known: only the password is left to type.
    assert claire.page.find(id="identifier")["value"] == "cdurand"
    claire.log_in()
    assert is_open(claire)
    assert claire.last.request.path == PAGE


def test_it_is_asked_again_when_the_form_comes_back(quick: World):
    sensitive(quick)
    claire = enter(quick)
    claire.get(PAGE)
    quick.clock.pass_by(FRESH_FOR + 1)
    csrf = enter_form(claire)
    claire.post(PAGE, {"csrf": csrf})
    assert not is_open(claire)
    claire.log_in()
    assert is_open(claire)


def enter_form(browser: Browser) -> str:
    browser.get("/account")
    return str(browser.page.find("input", attrs={"name": "csrf"})["value"])


def test_a_stranger_logs_in_first_and_arrives(quick: World):
    sensitive(quick)
    browser = quick.browser()
    browser.get(PAGE)
    assert not is_open(browser)
    browser.log_in()
    assert is_open(browser)


def test_somebody_else_who_proves_themselves_does_not_get_there(quick: World):
    sensitive(quick)
    claire = enter(quick)
    quick.clock.pass_by(FRESH_FOR + 1)
    claire.get(PAGE)
    claire.log_in("patient")
    assert not is_open(claire)
    assert claire.problem == "other-person"


def test_whoever_has_two_factors_proves_both(levels: World):
    sensitive(levels)
    claire = enter(levels)
    claire.get(PAGE)
    assert not is_open(claire)
    prove(claire, levels)
    assert is_open(claire)
    levels.clock.pass_by(FRESH_FOR + 1)
    # A password typed again makes the second factor no fresher.
    claire.get(PAGE)
    prove(claire, levels)
    assert is_open(claire)


def test_whoever_has_set_up_no_second_factor_proves_the_password(
    levels: World, monkeypatch: pytest.MonkeyPatch
):
    attempts = levels.provider.services.attempts
    monkeypatch.setattr(attempts, "lacks", lambda _kind, _account: "not-set-up")
    sensitive(levels)
    claire = enter(levels)
    claire.get(PAGE)
    assert is_open(claire)


def test_a_level_that_nothing_reaches_says_so_and_never_turns_in_circles(quick: World):
    """He is a patient, and has neither a card nor a calculette."""
    sensitive(quick, Level.CARD)
    gaetan = enter(quick, "patient")
    for _again in range(2):
        gaetan.get(PAGE)
        assert not is_open(gaetan)
        assert gaetan.page.select_one(".notice-warning")
        assert not gaetan.page.select(".door-main form")


def test_rl_009_a_proof_from_the_future_counts_as_old(quick: World):
    sensitive(quick)
    claire = enter(quick)
    quick.clock.pass_by(-DRIFT)
    claire.get(PAGE)
    assert is_open(claire)
    quick.clock.pass_by(-7200)
    claire.get(PAGE)
    assert not is_open(claire)
    claire.log_in()
    assert is_open(claire)
