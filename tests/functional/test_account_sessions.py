# SPDX-License-Identifier: Apache-2.0
"""« Open sessions »: what is shown, ending one or all others, at once and everywhere."""

import json

import pytest

from idp.login.freshness import FRESH_FOR
from tests.functional.account_kit import (
    alive,
    enter,
    entries,
    is_in,
    sessions,
    token_of,
    told,
)
from tests.world import Browser, World

PHONE = "198.51.100.77"
CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0"}


@pytest.fixture
def claire(quick_world: World) -> Browser:
    """Claire, logged in."""
    return enter(quick_world)


def test_a_session_is_shown_with_all_that_tells_it_from_another(
    quick_world: World, claire: Browser
):
    phone = quick_world.browser(PHONE, **CHROME)
    quick_world.client("dcc").tokens(phone)
    enter(quick_world, "patient", "203.0.113.9")
    quick_world.clock.pass_by(240)
    shown = {one["Place"]: one for one in sessions(claire)}
    assert set(shown) == {"192.0.2.10", PHONE}
    assert shown[PHONE] == {
        "": "Chrome on Windows",
        "badge": "",
        "button": f"End (Chrome on Windows, {PHONE})",
        "Place": PHONE,
        "Since": "21 September 2026, 16:13",
        "Last used": "21 September 2026, 16:13",
        "Logged in by": "Identifier and password",
        "Strength": "Simple login",
        "Applications": "DCC",
    }
    mine = shown["192.0.2.10"]
    assert (mine["badge"], mine["button"], mine["Applications"]) == ("This one", "", "None")


def test_se_005_ending_a_session_ends_it_in_the_other_browser_at_once(
    quick_world: World, claire: Browser
):
    phone = quick_world.browser(PHONE)
    dcc = quick_world.client("dcc")
    tokens = dcc.tokens(phone)
    sessions(claire)
    claire.submit("/end")
    assert "The session has ended" in told(claire)
    assert [one["Place"] for one in entries(claire)] == ["192.0.2.10"]
    assert is_in(claire)
    assert not is_in(phone)
    assert alive(dcc, tokens) == set()
    dcc.ask(phone)
    assert phone.form("/password")
    [ended] = quick_world.events("session.ended")
    assert json.loads(ended.detail) == {"why": "person"}
    assert ended.address == "192.0.2.10"


def test_se_005_all_others_end_together_and_this_one_stays(quick_world: World, claire: Browser):
    others = [quick_world.browser(f"198.51.100.{number}") for number in range(3)]
    dcc = quick_world.client("dcc")
    tokens = [dcc.tokens(one) for one in others]
    stranger = enter(quick_world, "patient")
    claire.get("/account/sessions")
    claire.get(claire.page.select_one("a.button-danger")["href"])
    assert "3 other browsers are logged out at once" in claire.page.main.text
    assert [one.text for one in claire.page.select(".plain-list li")] == ["DCC"]
    claire.submit("/others")
    assert told(claire).startswith("All other sessions have ended")
    assert [one["badge"] for one in entries(claire)] == ["This one"]
    assert is_in(claire)
    assert is_in(stranger)
    assert not any(is_in(one) for one in others)
    assert not any(alive(dcc, one) for one in tokens)
    assert len(quick_world.events("session.ended")) == 3
    # Nothing is left to end, and nothing is offered.
    assert not claire.page.select("a.button-danger")
    claire.get("/account/sessions/others")
    assert claire.last.request.path == "/account/sessions"


def test_what_could_not_be_told_is_said(quick_world: World, claire: Browser):
    quick_world.client("plain").tokens(quick_world.browser(PHONE))
    sessions(claire)
    claire.submit("/end")
    assert "could not be told" in told(claire)
    enter(quick_world, address="198.51.100.78")
    sessions(claire)
    claire.submit("/end")
    assert told(claire) == "The session has ended."


def test_an_idle_session_is_shown_as_such_and_ended_with_its_tokens(
    quick_world: World, claire: Browser
):
    phone = quick_world.browser(PHONE)
    dcc = quick_world.client("dcc")
    tokens = dcc.tokens(phone)
    for _half_hour in range(3):
        quick_world.clock.pass_by(1800)
        claire.get("/account")
    claire.get("/account/password")
    claire.log_in()
    [idle] = [one for one in sessions(claire) if one["Place"] == PHONE]
    assert idle["badge"] == "Not used for a while"
    claire.submit("/end")
    assert "The session has ended" in told(claire)
    assert dcc.refresh(tokens["refresh_token"]).status == 400


def test_se_006_an_old_login_proves_itself_before_it_ends_another(
    quick_world: World, claire: Browser
):
    """ASVS 7.5.2; what was wished is asked once more, not lost."""
    phone = enter(quick_world, address=PHONE)
    for action in ("/end", "/others"):
        sessions(claire)
        if action == "/others":
            claire.get("/account/sessions/others")
        url, fields = claire.form(action)
        quick_world.clock.pass_by(FRESH_FOR + 1)
        claire.post(url, fields)
        assert claire.form("/password")
        assert is_in(phone)
        claire.log_in()
        # The question, with its button.
        assert claire.last.request.path == url
        claire.submit(action)
        assert "ended" in told(claire)
        assert not is_in(phone)
        phone = enter(quick_world, address=PHONE)


def test_another_persons_session_is_as_unknown_as_none(quick_world: World, claire: Browser):
    other = enter(quick_world, "patient", PHONE)
    core = quick_world.core
    with core.database.read() as tx:
        [session] = core.sessions.of_account(tx, quick_world.cast["patient"].id)
    claire.get("/account/profile")
    pages, csrf = set(), token_of(claire)
    for name in (session.id, "unknown", "%00", "x" * 300):
        path = f"/account/sessions/{name}/end"
        for method in ("GET", "POST"):
            answer = claire.request(method, path, data={"csrf": csrf})
            assert (answer.status_code, claire.problem) == (404, "not-found")
            pages.add(claire.page.main.text)
    assert len(pages) == 1
    assert is_in(other)
    assert not quick_world.events("session.ended")


def test_the_current_session_is_ended_by_logging_out(quick_world: World, claire: Browser):
    core = quick_world.core
    with core.database.read() as tx:
        [session] = core.sessions.of_account(tx, quick_world.cast["medecin"].id)
    path = f"/account/sessions/{session.id}/end"
    claire.get("/account/profile")
    answer = claire.request("POST", path, data={"csrf": token_of(claire)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/logout")
    assert is_in(claire)


@pytest.mark.parametrize("word", ["", "other", "<b>", "SESSION", "session-", "x" * 5000])
def test_only_our_own_sentences_are_shown(quick: World, word: str):
    browser = enter(quick)
    for page in ("/account", "/account/sessions", "/account/profile", "/account/applications"):
        browser.get(f"{page}?done={word}")
        assert browser.last.status_code == 200
        assert not told(browser)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "172.31.0.9", "192.168.1.20", "fd00::7", "fe80::1"]
)
def test_an_address_of_a_hospitals_own_network_is_called_that(quick: World, address: str):
    claire = enter(quick, address=address)
    assert [one["Place"] for one in sessions(claire)] == [f"{address} (internal network)"]


@pytest.mark.parametrize("address", ["203.0.113.9", "172.32.0.9", "2001:db8::1"])
def test_any_other_address_stands_alone(quick: World, address: str):
    claire = enter(quick, address=address)
    assert [one["Place"] for one in sessions(claire)] == [address]
