# SPDX-License-Identifier: Apache-2.0
"""BR rows: a provider that we lean on, and all that it, or somebody between, may do wrong."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.demo.sandbox.trouble import HARMLESS, NOTICES, Trouble
from idp.outgoing import Fetcher
from tests import cast
from tests.prosante import (
    APPLICATIONS,
    known,
    leave_for,
    register,
)
from tests.security.prosante_scene import arrive, changed, nobody_is_in, told
from tests.security.troubles import DESCRIBED, TABLE, TROUBLES, Comes, is_clear
from tests.world import World, open_world

ELSEWHERE = "not-believed"


def test_every_trouble_has_its_row():
    """Of the sandbox's own list: a new one is looked at here before it is there."""
    assert set(TABLE) == set(Trouble)
    assert {one for one in TABLE if TABLE[one] == Comes()} == HARMLESS
    assert {one for one in TABLE if TABLE[one] == Comes(notice=TABLE[one].notice)} == (
        HARMLESS | NOTICES
    )


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.value)
def test_br_006_nobody_is_logged_in_by_an_answer_that_does_not_hold(here, there, trouble):
    browser = arrive(here)
    url = leave_for(browser)
    there.choose(trouble)
    browser.get(there.log_in(url, known("medecin")))
    assert nobody_is_in(here)
    assert told(here) == TROUBLES[trouble]
    # From which the login can be begun anew.
    is_clear(browser)
    there.choose(Trouble.NONE)
    answer = browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert "code" in here.client("broker").answered(answer)


@pytest.mark.parametrize("trouble", DESCRIBED, ids=lambda one: one.value)
def test_br_005_a_poisoned_description_sends_nobody_anywhere(here, there, trouble):
    there.choose(trouble)
    browser = arrive(here)
    assert leave_for(browser) == ""
    is_clear(browser)
    assert nobody_is_in(here)
    # And whoever runs the installation reads why.
    assert told(here) == DESCRIBED[trouble]


def test_br_005_the_last_good_description_outlives_a_poisoned_one(here, there, clock):
    leave_for(arrive(here))
    there.choose(Trouble.OTHER_DESCRIPTION)
    clock.pass_by(7200)
    assert leave_for(arrive(here)).startswith(there.address)


def test_br_001_an_answer_counts_in_the_browser_that_left_alone(here, there):
    mine, theirs = arrive(here), arrive(here)
    back = there.log_in(leave_for(mine), known("medecin"))
    theirs.get(back)
    assert nobody_is_in(here)
    assert theirs.problem == "journey-other-browser"
    # And the one who left has lost nothing.
    assert "code" in here.client("broker").answered(mine.get(back))


def test_br_002_a_state_is_no_session(here, there):
    browser = arrive(here)
    url = leave_for(browser)
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    thief = here.browser()
    for name in ("session", "browser"):
        thief.client.set_cookie(f"__Host-sceau_{name}", state, domain="sceau.example", secure=True)
    thief.get("/account")
    assert thief.last.status_code == 303 or "/login/" in thief.last.request.path
    assert nobody_is_in(here)


def test_br_003_an_answer_counts_once_and_not_for_long(here, there, clock):
    browser = arrive(here, "mixed")
    back = there.log_in(leave_for(browser), known("medecin"))
    browser.get(back)
    assert len(here.events("login.proved")) == 1
    browser.get(back)
    assert browser.problem == "journey-finished"
    assert len(here.events("login.proved")) == 1
    late = arrive(here)
    back = there.log_in(leave_for(late), known("medecin"))
    clock.pass_by(601)
    late.get(back)
    assert told(here)[0] == "expired"


def test_br_003_of_two_answers_at_once_one_counts(here, there):
    browser = arrive(here)
    url = leave_for(browser)
    back = there.log_in(url, known("medecin"))
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    journey = state.partition(".")[0]
    with here.core.database.write() as tx:
        first = here.core.journeys.take_aside(tx, journey, "psc", "state", state)
        second = here.core.journeys.take_aside(tx, journey, "psc", "state", state)
    assert first is not None
    assert second is None
    browser.get(back)
    assert told(here) == ("malformed", "answer: state")


def test_br_003_somebody_elses_guess_takes_nothing_away(here, there):
    browser = arrive(here)
    url = leave_for(browser)
    back = there.log_in(url, known("medecin"))
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    browser.get(changed(back, state=state + "x"))
    assert nobody_is_in(here)
    assert "code" in here.client("broker").answered(browser.get(back))


def test_br_004_an_answer_comes_back_to_the_address_of_whom_it_was_asked(here, there):
    browser = arrive(here, "mixed")
    back = there.log_in(leave_for(browser), known("medecin"))
    for other in ("password", "cps", "nobody"):
        browser.get(back.replace("/upstream/psc", f"/upstream/{other}"))
        assert nobody_is_in(here)
    assert "code" in here.client("mixed").answered(browser.get(back))


def test_br_006_parameters_that_come_twice_mean_nothing(here, there):
    browser = arrive(here)
    back = there.log_in(leave_for(browser), known("medecin"))
    browser.get(f"{back}&code=another")
    assert nobody_is_in(here)


def test_br_009_a_code_of_another_login_is_worth_nothing(here, there):
    mine, theirs = arrive(here), arrive(here)
    stolen = there.log_in(leave_for(theirs), known("infirmiere"))
    back = there.log_in(leave_for(mine), known("medecin"))
    code = dict(parse_qsl(urlsplit(stolen).query))["code"]
    mine.get(changed(back, code=code))
    assert nobody_is_in(here)
    assert told(here) == (ELSEWHERE, "invalid_grant")


def test_what_is_their_fault_shuts_nobody_out(here_strict, there):
    there.choose(Trouble.EXPIRED)
    for _ in range(4):
        browser = arrive(here_strict)
        browser.get(there.log_in(leave_for(browser), known("medecin")))
        assert told(here_strict) == TROUBLES[Trouble.EXPIRED]
    there.choose(Trouble.NONE)
    browser = arrive(here_strict)
    answer = browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert "code" in here_strict.client("broker").answered(answer)


@pytest.fixture
def here_strict(there, clock, sqlite_url, monkeypatch) -> Iterator[World]:
    """Where an address has two tries."""
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    few = {"THROTTLE_ADDRESS_FREE": "2", "THROTTLE_STRANGER_FREE": "2", "THROTTLE_FREE_TRIES": "2"}
    opened = open_world(sqlite_url, clock, **there.changes(**few))
    register(opened.core)
    yield opened
    opened.close()


def test_made_up_codes_are_counted(here_strict, there):
    for _ in range(3):
        browser = arrive(here_strict)
        back = there.log_in(leave_for(browser), known("medecin"))
        browser.get(changed(back, code="made-up"))
    assert told(here_strict)[0] == "address_blocked"


def test_the_page_after_it_has_no_code_in_its_address(here, there):
    browser = arrive(here, "consenting")
    back = there.log_in(leave_for(browser), known("medecin"))
    browser.get(back)
    assert browser.last.request.path.startswith("/login/")
    assert not browser.last.request.query_string
    assert browser.page.select_one("button[value=accept]") is not None
    # And what was used up is no failure of somebody who is in.
    browser.get(back)
    assert browser.page.select_one("button[value=accept]") is not None
    assert not here.events("login.failed")


def test_br_018_keys_that_were_renewed_are_asked_for_again(here, there, clock):
    first = arrive(here)
    first.get(there.log_in(leave_for(first), known("medecin")))
    there.choose(Trouble.RENEWED_KEYS)
    second = arrive(here)
    answer = second.get(there.log_in(leave_for(second), known("infirmiere")))
    assert "code" in here.client("broker").answered(answer)


def test_br_018_unknown_keys_don_t_make_us_ask_more_often(here, there, clock, monkeypatch):
    first = arrive(here)
    first.get(there.log_in(leave_for(first), known("medecin")))
    asked: list[str] = []
    fetch = Fetcher.fetch

    def counted(self: Fetcher, method: str, url: str, **more: Any) -> Any:
        asked.append(url)
        return fetch(self, method, url, **more)

    monkeypatch.setattr(Fetcher, "fetch", counted)
    there.choose(Trouble.UNKNOWN_KEY)
    for seconds in (0, 10, 15):
        clock.pass_by(seconds)
        browser = arrive(here)
        browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert sum(url.endswith("/certs") for url in asked) == 1
    clock.pass_by(30)
    browser = arrive(here)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert sum(url.endswith("/certs") for url in asked) == 2


def test_turning_back_there_is_no_failure(here, there):
    browser = arrive(here, "mixed")
    browser.get(there.turn_back(leave_for(browser)))
    assert told(here)[0] == "cancelled"
    assert browser.page.select_one("#form-error") is not None
    # Not counted against anybody, and another way is open at once.
    browser.get(browser.page.select_one("a[href*='means=password']")["href"])
    answer = browser.log_in()
    assert "code" in here.client("mixed").answered(answer)
