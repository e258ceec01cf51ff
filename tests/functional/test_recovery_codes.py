# SPDX-License-Identifier: Apache-2.0
"""Ten codes on paper: shown until they are noted, each for once, renewed."""

import json
import re

import pytest
from sqlalchemy import text

from tests.functional.totp_kit import (
    CODES,
    NEW,
    Telephone,
    ask,
    bring_asking,
    enters,
    error,
    leave,
    log_in,
    messages,
    read_seed,
    set_up,
    shown_codes,
)
from tests.world import Browser, World

HOME = "/account/authenticator"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def both(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both databases."""
    return bring_asking(quick_world, monkeypatch)


@pytest.fixture
def one(quick: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """SQLite alone."""
    return bring_asking(quick, monkeypatch)


def left(browser: Browser) -> int:
    """How many codes the page of the app speaks of."""
    browser.get(HOME)
    section = browser.page.find("section", attrs={"aria-labelledby": "codes-title"})
    found = re.search(r"\d+", section.text.replace("30", ""))
    return int(found.group()) if found else 0


def scan(browser: Browser) -> Telephone:
    """Set up, up to the page of the codes."""
    browser.get(NEW)
    telephone = Telephone(browser.world, read_seed(browser))
    browser.submit(NEW, code=telephone.shows())
    return telephone


def test_each_code_opens_once(both: World):
    browser = log_in(both)
    _telephone, codes = set_up(browser)
    for _again in range(2):
        leave(browser)
        ask(browser)
        assert enters(browser, codes[3], "paper") is (_again == 0)
    assert error(browser)
    # The page still asks for a code on paper: the telephone is not there.
    assert enters(browser, codes[4], "paper")
    used = both.events("recovery.used")
    assert [json.loads(row.detail) for row in used] == [{"left": 9}, {"left": 8}]
    assert {row.account for row in used} == {both.cast["medecin"].id}


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "]
)
def test_a_code_is_taken_as_people_write_it(one: World, write):
    browser = log_in(one)
    _telephone, codes = set_up(browser)
    ask(browser)
    assert enters(browser, write(codes[0]), "paper")


def test_it_proves_level_two_and_leads_to_another_telephone(one: World):
    """The way out for whoever has lost theirs."""
    browser = log_in(one)
    old, codes = set_up(browser)
    leave(browser)
    ask(browser)
    assert enters(browser, codes[0], "paper")
    browser.get(NEW)
    telephone = Telephone(one, read_seed(browser))
    browser.submit(NEW, code=telephone.shows())
    one.clock.pass_by(30)
    leave(browser)
    ask(browser)
    assert not enters(browser, old.shows())
    assert enters(browser, telephone.shows())


def test_the_way_back_to_the_app_is_a_button(one: World):
    browser = log_in(one)
    telephone, _codes = set_up(browser)
    ask(browser)
    browser.submit("/totp", way="paper")
    assert browser.page.find(id="paper")
    assert not browser.page.find(id="code")
    browser.submit("/totp", way="app")
    assert enters(browser, telephone.shows())


def test_they_are_shown_until_they_are_noted(one: World):
    browser = log_in(one)
    scan(browser)
    codes = shown_codes(browser)
    assert len(codes) == 10
    browser.get(CODES)
    assert shown_codes(browser) == codes
    browser.submit("/noted")
    assert browser.page.select_one(".notice-success")
    one.clock.pass_by(30)
    browser.get(CODES)
    assert not shown_codes(browser)
    assert browser.get(f"{CODES}/file").mimetype == "text/html"


def test_another_session_of_the_same_person_is_not_shown_them(one: World):
    browser = log_in(one)
    scan(browser)
    other = log_in(one)
    for path in (CODES, f"{CODES}/file"):
        other.get(path)
        assert not shown_codes(other)
        assert other.page.find(id="code")


def test_they_go_after_a_quarter_of_an_hour(one: World):
    browser = log_in(one)
    telephone = scan(browser)
    one.clock.pass_by(901)
    browser.get(CODES)
    browser.log_in()
    browser.submit("/totp", code=telephone.shows())
    assert browser.last.request.path == CODES
    assert not shown_codes(browser)


def test_they_can_be_kept_as_a_file(one: World):
    browser = log_in(one)
    scan(browser)
    codes = shown_codes(browser)
    answer = browser.get(f"{CODES}/file", headers=ENGLISH)
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in answer.headers["Cache-Control"]
    lines = answer.get_data(as_text=True).split("\r\n")
    assert lines[0] == "Recovery codes for Sceau, Région"
    assert lines[3:13] == codes


def test_new_ones_end_the_old_ones(both: World):
    browser = log_in(both)
    telephone, old = set_up(browser)
    ask(browser)
    assert enters(browser, telephone.shows())
    browser.get(CODES)
    browser.submit("/renew")
    new = shown_codes(browser)
    assert len(new) == 10
    assert not set(new) & set(old)
    leave(browser)
    ask(browser)
    assert not enters(browser, old[0], "paper")
    assert enters(browser, new[0], "paper")
    assert left(browser) == 9
    assert len(both.events("recovery.renewed")) == 2
    # One mail for the app, one for the new codes.
    assert len(messages(both, "means-added")) == 2


def test_renewing_asks_for_the_second_factor_first(one: World):
    browser = log_in(one)
    set_up(browser)
    browser.get(CODES)
    assert browser.page.find(id="code")
    csrf = browser.page.find("input", attrs={"name": "csrf"})["value"]
    browser.post(f"{CODES}/renew", {"csrf": csrf})
    assert browser.page.find(id="code")
    assert len(one.events("recovery.renewed")) == 1


def test_the_page_says_when_it_is_time_for_new_ones(one: World):
    browser = log_in(one, **ENGLISH)
    _telephone, codes = set_up(browser)
    for count, code in enumerate(codes, 1):
        ask(browser)
        assert enters(browser, code, "paper")
        assert left(browser) == 10 - count
        told = browser.page.select_one(".notice-warning")
        assert bool(told) is (count >= 8)
        leave(browser)
    assert "No code is left" in told.text


def test_without_an_app_there_are_none(one: World):
    browser = log_in(one)
    browser.get(CODES)
    assert browser.last.request.path == HOME
    csrf = browser.page.find("input", attrs={"name": "csrf"})["value"]
    browser.post(f"{CODES}/renew", {"csrf": csrf})
    assert browser.last.request.path == HOME
    assert not one.events("recovery.renewed")
    with one.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM recovery_codes")).scalar() == 0


def test_a_visitor_notes_nothing(one: World):
    visitor = one.browser()
    visitor.get("/help")
    csrf = visitor.page.find("input", attrs={"name": "csrf"})["value"]
    answer = visitor.request("POST", f"{CODES}/noted", data={"csrf": csrf})
    assert answer.headers["Location"] == "/login"


def test_cr_012_a_code_is_not_used_up_while_nobody_is_let_in(one: World):
    """After too many wrong tries the right one is only told when to come back."""
    browser = log_in(one, **ENGLISH)
    _telephone, codes = set_up(browser)
    ask(browser)
    for _wrong in range(5):
        assert not enters(browser, "AAAAA-AAAAA-AAAAA", "paper")
    assert not enters(browser, codes[0], "paper")
    assert "paused until" in error(browser)
    assert not one.events("recovery.used")
    one.clock.pass_by(61)
    assert enters(browser, codes[0], "paper")
