# SPDX-License-Identifier: Apache-2.0
"""The rules shown while somebody types: the server's own judgement, for whom the form is shown."""

import threading

import pytest

from idp.credentials.passwords import Reason
from idp.login import rules_met
from tests.cast import PASSWORD
from tests.functional.test_forgotten import follow, helped
from tests.functional.test_password_renewal import FRESH, give_temporary, log_in
from tests.world import Browser, World

# The last name of the cast's professional with figures around, and a word that all guess first.
OWN, GUESSED = "xx-{name}-7294-kz", "motdepasse1234"


def at_the_account(world: World) -> Browser:
    world.clock.pass_by(2 * 86_400)
    browser, _ = log_in(world, PASSWORD)
    browser.get("/account/password")
    return browser


def at_the_login(world: World) -> Browser:
    return log_in(world, give_temporary(world, reason=Reason.FIRST))[0]


def behind_the_link(world: World) -> Browser:
    return follow(world, helped(world, "medecin").values["link"])


def look(browser: Browser, password: str, **changes: str):
    part = browser.page.select_one("[data-new-password]")
    fields = {"csrf": browser.form("")[1]["csrf"], "password": password} | changes
    return browser.request("POST", part["data-look"], data=fields)


FORMS = pytest.mark.parametrize("arrive", [at_the_account, at_the_login, behind_the_link])


@FORMS
def test_what_is_shown_is_what_the_form_will_say(quick: World, arrive):
    browser = arrive(quick)
    name = quick.cast["medecin"].person.last_name
    for typed in ("", "court", GUESSED, OWN.format(name=name), FRESH):
        page = browser.last
        told = look(browser, typed)
        assert told.status_code == 200
        browser.last = page
        judged = quick.core.renewal.judge_first(quick.cast["medecin"].person, typed)
        states = {True: "met", False: "unmet"}
        assert told.json["rules"] == {one.key: states[one.met] for one in judged.results}
    assert told.json["strength"] >= 2
    assert told.headers["Cache-Control"] == "no-store"


def test_own_words_guessed_words_and_strength_are_all_told(quick: World):
    browser = at_the_account(quick)
    page, name = browser.last, quick.cast["medecin"].person.last_name
    rules = look(browser, OWN.format(name=name)).json["rules"]
    assert rules["own-words"] == "unmet"
    browser.last = page
    told = look(browser, GUESSED).json
    assert (told["rules"]["known"], told["rules"]["strength"]) == ("unmet", "unmet")
    assert told["strength"] < 2


def test_cr_036_nobody_learns_whether_a_guess_was_ever_the_password(quick: World):
    browser = at_the_account(quick)
    page = browser.last
    known = look(browser, PASSWORD)
    browser.last = page
    assert "history" not in known.json["rules"]
    assert set(look(browser, FRESH).json["rules"]) == set(known.json["rules"])


@FORMS
def test_cr_030_nobody_asks_for_somebody_elses_form(quick: World, arrive):
    browser = arrive(quick)
    address = browser.page.select_one("[data-new-password]")["data-look"]
    other = quick.browser()
    other.get("/login")
    csrf = other.form("/password")[1]["csrf"]
    response = other.request("POST", address, data={"csrf": csrf, "password": FRESH})
    assert (response.status_code, response.json) == (403, {"error": "over"})


@FORMS
def test_wb_004_only_a_form_of_ours_asks(quick: World, arrive):
    browser = arrive(quick)
    response = look(browser, FRESH, csrf="made-up")
    assert (response.status_code, browser.problem) == (403, "form-expired")


@FORMS
def test_looking_changes_nothing(quick: World, arrive):
    browser = arrive(quick)
    before = len(quick.events())
    page = browser.last
    for _time in range(3):
        browser.last = page
        look(browser, FRESH)
    assert len(quick.events()) == before
    browser.last = page
    assert browser.form("")


def test_whoever_comes_beyond_what_the_machine_takes_asks_again(
    quick: World, monkeypatch: pytest.MonkeyPatch
):
    browser = at_the_account(quick)
    page = browser.last
    held, free = threading.Semaphore(0), threading.Event()
    judge = quick.core.renewal.judge_first

    def slowly(self, person, candidate):
        held.release()
        free.wait(30)
        return judge(person, candidate)

    monkeypatch.setattr(type(quick.core.renewal), "judge_first", slowly)
    person = quick.cast["medecin"].person
    busy = [
        threading.Thread(target=quick.core.rules_met.look, args=(person, FRESH))
        for _one in range(rules_met.AT_ONCE)
    ]
    for one in busy:
        one.start()
    for _one in busy:
        assert held.acquire(timeout=30)
    response = look(browser, FRESH)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    free.set()
    for one in busy:
        one.join(30)
    monkeypatch.undo()
    browser.last = page
    assert look(browser, FRESH).status_code == 200


def test_without_javascript_the_form_says_it_when_it_comes_back(quick: World):
    browser = at_the_account(quick)
    name = quick.cast["medecin"].person.last_name
    typed = OWN.format(name=name)
    browser.submit("/account/password", password=typed, again=typed)
    assert browser.page.select_one("[data-rule=own-words]")["data-state"] == "unmet"
    assert browser.page.select_one("[data-strength]").has_attr("hidden")
