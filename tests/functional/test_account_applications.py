# SPDX-License-Identifier: Apache-2.0
"""« Applications »: what each learned, and taking back what was agreed to."""

import json

import pytest

from idp.login.freshness import FRESH_FOR
from tests.functional.account_kit import agree, alive, enter, entries, is_in, token_of, told
from tests.world import Browser, World

PHONE = "198.51.100.77"
HERE = "/account/applications"


@pytest.fixture
def claire(quick_world: World) -> Browser:
    """Claire at the page."""
    browser = enter(quick_world)
    browser.get(HERE)
    return browser


def test_what_was_agreed_to_is_shown_in_words(quick_world: World, claire: Browser):
    assert "No application holds your agreement" in claire.page.text
    agree(quick_world, quick_world.browser(PHONE), scope="openid profile email")
    claire.get(HERE)
    assert entries(claire, "#shared") == [
        {
            "": "OUTSIDE",
            "badge": "",
            "button": "Withdraw (OUTSIDE)",
            "Details shared": "Name, Identifier, Date of birth, E-mail",
            "Since": "21 September 2026",
        }
    ]
    assert not told(claire)


def test_every_application_used_is_shown_with_what_it_learned_last(
    quick_world: World, claire: Browser
):
    assert "None yet." in claire.page.text
    plain, dcc = quick_world.client("plain"), quick_world.client("dcc")
    plain.tokens(claire, scope="openid profile email phone")
    quick_world.clock.pass_by(60)
    dcc.tokens(claire, scope="openid")
    quick_world.clock.pass_by(60)
    plain.tokens(claire, scope="openid email")
    enter(quick_world, "patient")
    claire.get(HERE)
    used = [(one[""], one["Details received"], one["Last used"]) for one in entries(claire)]
    assert used == [
        ("PLAIN", "E-mail", "21 September 2026, 16:15"),
        ("DCC", "That you have logged in", "21 September 2026, 16:14"),
    ]


def test_the_page_shows_nothing_of_others(quick_world: World, claire: Browser):
    agree(quick_world, quick_world.browser(PHONE), "patient")
    claire.get(HERE)
    assert not entries(claire)


def test_oa_175_withdrawing_ends_every_token_at_once(quick_world: World, claire: Browser):
    client, tokens = agree(quick_world, claire)
    _, later = agree(quick_world, claire)
    unused = client.answered(client.ask(claire, scope="openid email"))["code"]
    plain = quick_world.client("plain")
    others = plain.redeem(plain.answered(plain.ask(claire))["code"]).json
    claire.get(HERE)
    claire.submit("/account/consents/outside/withdraw")
    assert "Your agreement is withdrawn" in told(claire)
    assert not entries(claire, "#shared")
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
    patient = quick_world.browser(PHONE)
    client, tokens = agree(quick_world, patient, "patient")
    claire.get(HERE)
    claire.submit("/withdraw")
    assert alive(client, tokens) == {"userinfo", "introspection", "refresh"}
    patient.get(HERE)
    assert len(entries(patient, "#shared")) == 1


def test_se_006_an_old_login_proves_itself_before_it_withdraws(quick_world: World, claire: Browser):
    client, tokens = agree(quick_world, claire)
    claire.get(HERE)
    url, fields = claire.form("/withdraw")
    quick_world.clock.pass_by(FRESH_FOR + 1)
    claire.post(url, fields)
    assert claire.form("/password")
    assert client.userinfo(tokens["access_token"]).status == 200
    claire.log_in()
    assert "OUTSIDE" in claire.page.h1.text
    claire.submit("/withdraw")
    assert "Your agreement is withdrawn" in told(claire)
    assert alive(client, tokens) == set()


@pytest.mark.parametrize("application", ["plain", "unknown", "%00", "a" * 300, "%C3%A9"])
def test_withdrawing_what_was_not_given_changes_nothing(
    quick_world: World, claire: Browser, application: str
):
    plain = quick_world.client("plain")
    tokens = plain.redeem(plain.answered(plain.ask(claire))["code"]).json
    claire.get("/account/profile")
    path = f"/account/consents/{application}/withdraw"
    for method in ("GET", "POST"):
        answer = claire.request(method, path, data={"csrf": token_of(claire)})
        assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
        claire.get("/account/profile")
    assert alive(plain, tokens) == {"userinfo", "introspection", "refresh"}


def test_wb_004_the_buttons_need_a_form_of_this_browser(quick_world: World, claire: Browser):
    client, tokens = agree(quick_world, claire)
    phone = enter(quick_world, address=PHONE)
    claire.get(HERE)
    paths = [claire.form("/withdraw")[0]]
    claire.get("/account/sessions")
    paths.append(claire.form("/end")[0])
    phone.get("/account/profile")
    for path in paths:
        for csrf in ("", "x" * 40, token_of(phone)):
            answer = claire.request("POST", path, data={"csrf": csrf})
            assert (answer.status_code, claire.problem) == (403, "form-expired")
    assert is_in(phone)
    assert alive(client, tokens) == {"userinfo", "introspection", "refresh"}


def test_a_visitor_is_asked_to_log_in(quick_world: World, claire: Browser):
    agree(quick_world, claire)
    visitor = quick_world.browser()
    for address in ("/account/consents/outside/withdraw", "/account/sessions/unknown/end"):
        visitor.get("/help")
        visitor.post(address, {"csrf": token_of(visitor)})
        assert visitor.form("/password")
    assert not quick_world.events("consent.withdrawn")
