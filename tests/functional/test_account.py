# SPDX-License-Identifier: Apache-2.0
"""« My account »: ending a session elsewhere, and taking back what was agreed to."""

import json

import pytest

from tests.world import Browser, RelyingParty, World

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def claire(quick_world: World) -> Browser:
    """Claire at her account page."""
    return enter(quick_world)


def enter(world: World, who: str = "medecin", address: str = "192.0.2.10") -> Browser:
    browser = world.browser(address, **ENGLISH)
    browser.get("/login")
    browser.log_in(who)
    browser.get("/account")
    return browser


def agree(
    world: World, browser: Browser, who: str = "medecin", scope: str = "openid email"
) -> tuple[RelyingParty, dict]:
    """The application that asks for consent gets it; its tokens."""
    client = world.client("outside")
    response = client.ask(browser, scope=scope)
    if response.status_code == 200 and browser.page.find(id="identifier"):
        response = browser.log_in(who)
    if response.status_code == 200:
        response = browser.submit("/consent", answer="accept")
    return client, client.redeem(client.answered(response)["code"]).json


def rows(browser: Browser, title: str) -> list[list[str]]:
    """The cells of one of the page's two tables, in words."""
    table = browser.page.find("table", attrs={"aria-labelledby": title})
    found = table.select("tbody tr") if table else []
    return [[" ".join(cell.text.split()) for cell in row.select("td")] for row in found]


def token_of(browser: Browser) -> str:
    return str(browser.page.find("input", attrs={"name": "csrf"})["value"])


def told(browser: Browser) -> str:
    notice = browser.page.select_one(".notice-success")
    return notice.text.strip() if notice else ""


def is_in(browser: Browser) -> bool:
    return browser.request("GET", "/account").status_code == 200


def alive(client: RelyingParty, tokens: dict) -> set[str]:
    """Which of these tokens open anything; the refresh token is tried last, as it turns."""
    found = set()
    if client.userinfo(tokens["access_token"]).status == 200:
        found.add("userinfo")
    if client.introspect(tokens["access_token"]).json["active"]:
        found.add("introspection")
    if client.refresh(tokens["refresh_token"]).status == 200:
        found.add("refresh")
    return found


def test_the_page_shows_sessions_and_consents_in_words(quick_world: World, claire: Browser):
    assert "No application holds your agreement" in claire.page.text
    phone = quick_world.browser("198.51.100.77", **ENGLISH)
    agree(quick_world, phone, scope="openid profile email")
    claire.get("/account")
    sessions = {row[1]: row for row in rows(claire, "sessions-title")}
    # This browser's own session is ended by logging out.
    assert sessions["192.0.2.10"][4] == ""
    assert sessions["198.51.100.77"][3] == "OUTSIDE"
    assert sessions["198.51.100.77"][4] == "End (Firefox on Linux, 198.51.100.77)"
    [consent] = rows(claire, "shared-title")
    assert consent[0] == "OUTSIDE"
    assert consent[1] == "Name, Identifier, Date of birth, E-mail"
    assert consent[2] == "21 September 2026"
    assert consent[3] == "Withdraw (OUTSIDE)"
    assert not told(claire)


def test_the_page_shows_nothing_of_others(quick_world: World, claire: Browser):
    other = quick_world.browser("198.51.100.77", **ENGLISH)
    agree(quick_world, other, "patient")
    claire.get("/account")
    assert len(rows(claire, "sessions-title")) == 1
    assert not rows(claire, "shared-title")
    assert "198.51.100.77" not in claire.page.text


def test_oa_175_withdrawing_ends_every_token_at_once(quick_world: World, claire: Browser):
    client, tokens = agree(quick_world, claire)
    _, later = agree(quick_world, claire)
    unused = client.answered(client.ask(claire, scope="openid email"))["code"]
    plain = quick_world.client("plain")
    others = plain.redeem(plain.answered(plain.ask(claire))["code"]).json
    claire.get("/account")
    claire.submit("/account/consents/outside/withdraw")
    assert "Your agreement is withdrawn" in told(claire)
    assert not rows(claire, "shared-title")
    assert alive(client, tokens) == alive(client, later) == set()
    assert client.redeem(unused).json["error"] == "invalid_grant"
    # Nobody else pays for it: not the session, not the other applications.
    assert is_in(claire)
    assert alive(plain, others) == {"userinfo", "introspection", "refresh"}
    client.ask(claire, scope="openid email")
    assert claire.form("/consent")
    [withdrawn] = quick_world.events("consent.withdrawn")
    assert withdrawn.account == quick_world.cast["medecin"].id
    [revoked] = quick_world.events("grant.revoked")
    assert json.loads(revoked.detail) == {"why": "consent_withdrawn", "count": 3}


def test_oa_175_one_persons_withdrawal_is_not_anothers(quick_world: World, claire: Browser):
    agree(quick_world, claire)
    patient = quick_world.browser("198.51.100.77", **ENGLISH)
    client, tokens = agree(quick_world, patient, "patient")
    claire.get("/account")
    claire.submit("/withdraw")
    assert alive(client, tokens) == {"userinfo", "introspection", "refresh"}
    patient.get("/account")
    assert len(rows(patient, "shared-title")) == 1


@pytest.mark.parametrize("application", ["plain", "unknown", "%00", "a" * 300, "%C3%A9"])
def test_withdrawing_what_was_not_given_changes_nothing(
    quick_world: World, claire: Browser, application: str
):
    plain = quick_world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(claire))["code"]).json
    claire.get("/account")
    path = f"/account/consents/{application}/withdraw"
    answer = claire.request("POST", path, data={"csrf": token_of(claire)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert alive(plain, tokens) == {"userinfo", "introspection", "refresh"}


def test_ending_a_session_ends_it_in_the_other_browser_at_once(quick_world: World, claire: Browser):
    phone = quick_world.browser("198.51.100.77", **ENGLISH)
    dcc = quick_world.client("dcc")
    tokens = dcc.tokens(phone)
    claire.get("/account")
    claire.submit("/end")
    assert "The session has ended" in told(claire)
    assert [row[1] for row in rows(claire, "sessions-title")] == ["192.0.2.10"]
    assert is_in(claire)
    assert not is_in(phone)
    assert alive(dcc, tokens) == set()
    dcc.ask(phone)
    assert phone.form("/password")
    [ended] = quick_world.events("session.ended")
    assert json.loads(ended.detail) == {"why": "person"}
    assert ended.address == "192.0.2.10"


def test_what_could_not_be_told_is_said(quick_world: World, claire: Browser):
    quick_world.client("plain").tokens(quick_world.browser("198.51.100.77"))
    claire.get("/account")
    claire.submit("/end")
    assert "could not be told" in told(claire)
    enter(quick_world, address="198.51.100.78")
    claire.get("/account")
    claire.submit("/end")
    assert told(claire) == "The session has ended."


def test_a_session_that_has_been_idle_is_ended_too(quick_world: World, claire: Browser):
    phone = quick_world.browser("198.51.100.77", **ENGLISH)
    dcc = quick_world.client("dcc")
    tokens = dcc.tokens(phone)
    quick_world.clock.pass_by(1800)
    claire.get("/account")
    url, fields = claire.form("/end")
    quick_world.clock.pass_by(1900)
    claire.post(url, fields)
    assert "The session has ended" in told(claire)
    assert dcc.refresh(tokens["refresh_token"]).status == 400


def test_another_persons_session_is_as_unknown_as_none(quick_world: World, claire: Browser):
    other = enter(quick_world, "patient", "198.51.100.77")
    core = quick_world.core
    with core.database.read() as tx:
        [session] = core.sessions.of_account(tx, quick_world.cast["patient"].id)
    pages, csrf = set(), token_of(claire)
    for name in (session.id, "unknown", "%00", "x" * 300):
        path = f"/account/sessions/{name}/end"
        answer = claire.request("POST", path, data={"csrf": csrf})
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
    answer = claire.request("POST", path, data={"csrf": token_of(claire)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/logout")
    assert is_in(claire)


def test_wb_004_the_buttons_need_a_form_of_this_browser(quick_world: World, claire: Browser):
    client, tokens = agree(quick_world, claire)
    phone = enter(quick_world, address="198.51.100.77")
    claire.get("/account")
    paths = [claire.form(action)[0] for action in ("/end", "/withdraw")]
    for path in paths:
        for csrf in ("", "x" * 40, token_of(phone)):
            answer = claire.request("POST", path, data={"csrf": csrf})
            assert (answer.status_code, claire.problem) == (403, "form-expired")
        assert claire.request("GET", path).status_code == 405
    assert is_in(phone)
    assert alive(client, tokens) == {"userinfo", "introspection", "refresh"}


def test_a_visitor_is_asked_to_log_in(quick_world: World, claire: Browser):
    agree(quick_world, claire)
    claire.get("/account")
    path = claire.form("/withdraw")[0]
    visitor = quick_world.browser()
    visitor.get("/help")
    csrf = token_of(visitor)
    for address in (path, "/account/sessions/unknown/end"):
        answer = visitor.request("POST", address, data={"csrf": csrf})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert not quick_world.events("consent.withdrawn")


@pytest.mark.parametrize("word", ["", "other", "<b>", "SESSION"])
def test_only_our_own_sentences_are_shown(quick: World, word: str):
    browser = enter(quick)
    browser.get("/account?done=" + word)
    assert not told(browser)
