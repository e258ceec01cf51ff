# SPDX-License-Identifier: Apache-2.0
"""Consent: what is shown is what is released, remembered, and asked again for more."""

import json

import pytest

from tests.functional.conftest import twin
from tests.world import Browser, RelyingParty, World

# What the consent page calls each claim that userinfo may release.
LABELS = {
    "name": "Name",
    "preferred_username": "Identifier",
    "birthdate": "Date of birth",
    "email": "E-mail",
    "phone_number": "Phone",
}
ENGLISH = {"Accept-Language": "en"}


def ask(world: World, scope: str = "openid profile email", **changes: str | None):
    """At the consent page of the application that asks for it."""
    browser, client = world.browser(**ENGLISH), world.client("outside")
    client.ask(browser, scope=scope, **changes)
    browser.log_in()
    assert browser.form("/consent")
    return browser, client


def accept(browser: Browser, **more: str):
    return browser.submit("/consent", answer="accept", **more)


def shown(browser: Browser) -> dict[str, str]:
    facts = browser.page.select(".fact")
    return {one.dt.text.strip(): one.dd.text.strip() for one in facts}


def released(client: RelyingParty, response) -> dict[str, str]:
    tokens = client.redeem(client.answered(response)["code"]).json
    return client.userinfo(tokens["access_token"]).json


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid profile email phone", None),
        ("openid email", None),
        ("openid", None),
        ("openid", {"userinfo": {"email": None}}),
    ],
)
def test_exactly_what_is_released_is_shown(quick: World, scope, claims):
    asked = {"claims": json.dumps(claims)} if claims else {}
    browser, client = ask(quick, scope, prompt="consent", **asked)
    facts = shown(browser)
    given = released(client, accept(browser))
    values = " ".join(facts.values())
    # As people read it.
    given |= {"birthdate": "12 April 1975"} if "birthdate" in given else {}
    for claim, value in given.items():
        if claim in LABELS:
            assert facts[LABELS[claim]] == value
    for claim, label in LABELS.items():
        if claim not in given and claim != "birthdate":
            assert label not in facts
    if set(given) <= {"sub", "updated_at"}:
        assert "claire" not in values.lower()


def test_consent_is_remembered_and_asked_again_for_more(world: World):
    browser, client = ask(world, "openid email")
    assert accept(browser).status_code == 303
    assert "code" in client.answered(client.ask(browser, scope="openid email"))
    assert "code" in client.answered(client.ask(browser, scope="openid"))
    client.ask(browser, scope="openid email phone")
    assert set(shown(browser)) == {"E-mail", "Phone"}
    assert accept(browser).status_code == 303
    # In another browser too: it is the person who agreed.
    other = world.browser()
    assert "code" in client.answered(client_login(client, other, "openid email phone"))
    told = world.events("consent.given")
    assert [json.loads(row.detail)["scope"] for row in told] == ["email", "email phone"]


def client_login(client: RelyingParty, browser: Browser, scope: str):
    client.ask(browser, scope=scope)
    return browser.log_in()


def test_consent_of_one_is_no_consent_of_another(quick: World):
    browser, client = ask(quick)
    accept(browser)
    browser.get("/logout")
    browser.submit("/logout")
    client.ask(browser)
    browser.log_in("patient")
    assert browser.form("/consent")


def test_refusing_tells_the_application_and_remembers_nothing(world: World):
    browser, client = ask(world)
    answer = client.answered(browser.submit("/consent", answer="refuse"))
    assert answer["error"] == "access_denied"
    assert "code" not in answer
    client.ask(browser)
    assert browser.form("/consent")
    assert not world.events("consent.given")


@pytest.mark.parametrize("answer", ["", "ACCEPT", "yes", "accept "])
def test_only_accepting_accepts(quick: World, answer):
    browser, client = ask(quick)
    assert client.answered(browser.submit("/consent", answer=answer))["error"] == "access_denied"


def test_oa_174_what_the_form_says_beside_the_answer_changes_nothing(quick: World):
    browser, client = ask(quick, "openid email")
    response = accept(
        browser, scope="openid profile email phone", claims="phone", redirect_uri="https://evil"
    )
    given = released(client, response)
    assert "email" in given
    assert not {"name", "phone_number"} & set(given)
    client.ask(browser, scope="openid profile")
    assert browser.form("/consent")


def test_oa_174_a_ticket_shown_for_less_does_not_open_more(quick: World):
    browser, client = ask(quick, "openid email")
    _, small = browser.form("/consent")
    client.ask(browser, scope="openid email phone profile")
    url, large = browser.form("/consent")
    for ticket in (small["ticket"], "", large["ticket"][1:], large["ticket"] + "x"):
        browser.post(url, large | {"answer": "accept", "ticket": ticket})
        assert browser.form("/consent")[0] == url
    assert not quick.events("consent.given")


def test_oa_171_consent_is_bound_to_the_browser_that_was_shown_it(quick: World):
    browser, client = ask(quick)
    url, fields = browser.form("/consent")
    fields |= {"answer": "accept"}
    thief = quick.browser()
    client.ask(thief)
    thief.log_in("patient")
    own = thief.form("/consent")[1]
    for body in (fields, fields | {"csrf": own["csrf"]}):
        thief.post(url, body)
        assert thief.problem in {"form-expired", "journey-other-browser"}
    forged = twin(browser, "browser")
    forged.post(url, fields)
    assert forged.form("/password")
    assert not quick.events("consent.given")


def test_oa_171_consent_is_bound_to_the_person_who_was_shown_it(quick: World):
    """Somebody else logs in meanwhile, in another tab: what Claire was shown is not theirs."""
    browser, _client = ask(quick)
    url, fields = browser.form("/consent")
    quick.client("plain").ask(browser, prompt="login")
    browser.log_in("patient")
    browser.post(url, fields | {"answer": "accept"})
    assert browser.form("/consent")[0] == url
    assert shown(browser)["Name"] == "Gaëtan Ébeaupré"
    assert not quick.events("consent.given")


def test_a_ticket_grows_old(quick: World, monkeypatch):
    import idp.http.tickets

    browser, _ = ask(quick)
    monkeypatch.setattr(idp.http.tickets, "LIFE", -1)
    accept(browser)
    assert browser.form("/consent")
    assert not quick.events("consent.given")


def test_oa_173_the_consents_address_before_any_login(quick: World):
    browser, client = quick.browser(), quick.client("outside")
    client.ask(browser)
    url = browser.form("/password")[0].replace("/password", "/consent")
    csrf = browser.form("/password")[1]["csrf"]
    browser.get(url)
    assert browser.form("/password")
    browser.post(url, {"csrf": csrf, "answer": "accept"})
    assert browser.form("/password")
    # Nor does a refusal before anybody is there end the journey.
    browser.post(url, {"csrf": csrf, "answer": "refuse"})
    assert browser.form("/password")


def test_prompt_consent_asks_although_it_was_given(quick: World):
    browser, client = ask(quick)
    accept(browser)
    client.ask(browser, prompt="consent")
    assert accept(browser).status_code == 303
    plain = quick.client("plain")
    plain.ask(browser, prompt="consent")
    assert set(shown(browser)) >= {"Name", "E-mail"}


def test_what_is_not_known_is_said_so(quick: World):
    browser, _client = ask(quick, "openid phone profile")
    assert shown(browser)["Phone"] == "+33612345678"
    other, client = quick.browser(**ENGLISH), quick.client("outside")
    client.ask(other, scope="openid phone")
    other.log_in("patient")
    assert shown(other)["Phone"] == "Not given"


def test_reload_and_back_on_the_consent_page(quick: World):
    browser, _client = ask(quick)
    url, _fields = browser.form("/consent")
    browser.get(url)
    assert browser.form("/consent")[0] == url
    browser.get(url.removesuffix("/consent"))
    assert accept(browser).status_code == 303
    browser.get(url)
    assert browser.problem == "journey-finished"


def test_consent_withdrawn_is_asked_again(world: World):
    browser, client = ask(world)
    accept(browser)
    core, claire = world.core, world.cast["medecin"].id
    from idp.origin import Origin

    with core.database.write() as tx:
        assert core.consents.withdraw(tx, claire, "outside", Origin("", "", ""))
        assert not core.consents.withdraw(tx, claire, "outside", Origin("", "", ""))
    client.ask(browser)
    assert browser.form("/consent")
