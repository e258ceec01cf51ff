# SPDX-License-Identifier: Apache-2.0
"""Fine-grained access (RFC 9396): of registered types, shown, agreed to, told with the tokens."""

import json
from typing import Any

import pytest

from tests.protocol.kit import Guest, bearer, parameters_of, register, send, settled
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.strict import segment
from tests.protocol.oidc.test_request_objects import bring, signed
from tests.world import Browser, World

KIND = "dossier_patient"
ONE = {
    "type": KIND,
    "actions": ["lire", "écrire"],
    "locations": ["https://dossiers.example"],
    "datatypes": ["comptes rendus"],
    "privileges": ["urgence"],
    "identifier": "dossier n\u00b0\u00a042",
    "period": {"from": "2026-01-01", "days": 30},
}
OTHER = {"type": "rendez-vous", "actions": ["lire"]}


def detailed(world: World, **oidc: Any) -> Guest:
    """A client that may ask for both kinds."""
    return register(
        world, oidc={"authorization_details_types": [KIND, "rendez-vous"], "scopes": SCOPES} | oidc
    )


SCOPES = ["openid", "profile"]


def asked(*details: Any) -> str:
    return json.dumps(details)


def agreed(client: Guest, *details: Any, browser: Browser | None = None) -> dict[str, Any]:
    """The token endpoint's answer, after the person agreed."""
    found = browser or settled(client.world)
    client.ask(found, scope="openid", authorization_details=asked(*details))
    response = found.submit("/consent", answer="accept")
    return client.redeem(client.answered(response)["code"]).json


def facts(browser: Browser) -> dict[str, str]:
    found = browser.page.select(".fact")
    return {one.dt.text.strip(): one.dd.text.strip() for one in found}


@pytest.mark.parametrize("form", ["opaque", "jwt"])
def test_what_was_agreed_to_is_told_with_every_token(world: World, form: str) -> None:
    client = detailed(world, access_token_format=form)
    answer = agreed(client, ONE, OTHER)
    for _ in range(2):
        assert answer["authorization_details"] == [ONE, OTHER]
        token = answer["access_token"]
        assert client.introspect(token).json["authorization_details"] == [ONE, OTHER]
        if form == "jwt":
            assert segment(token, 1)["authorization_details"] == [ONE, OTHER]
        answer = client.refresh(answer["refresh_token"]).json
    info = send(world, "GET", "/oidc/userinfo", headers=bearer(token)).get_json()
    assert "authorization_details" not in info


def test_all_of_it_is_shown_to_whoever_agrees(shared: World) -> None:
    client, browser = detailed(shared), settled(shared)
    client.ask(browser, scope="openid", authorization_details=asked(ONE, OTHER))
    told = facts(browser)
    assert set(told) == {KIND, "rendez-vous"}
    for part in ("lire", "écrire", "https://dossiers.example", "comptes rendus", "urgence", "42"):
        assert part in told[KIND]
    assert '"days":30' in told[KIND]


def test_what_is_said_to_a_page_is_text(shared: World) -> None:
    client, browser = detailed(shared), settled(shared)
    hostile = {**ONE, "actions": ["<script>alert(1)</script>", "%(what)s %s {0}"]}
    client.ask(browser, scope="openid", authorization_details=asked(hostile))
    assert browser.page.find("script", string="alert(1)") is None
    assert "<script>alert(1)</script>" in facts(browser)[KIND]
    assert "%(what)s %s {0}" in facts(browser)[KIND]


def test_no_value_passes_for_what_we_say(shared: World) -> None:
    client, browser = detailed(shared), settled(shared)
    forged = "lire; auprès de : https://sure.example, about: nothing"
    details = {"type": KIND, "actions": [forged, "écrire"], "locations": ["https://evil.example"]}
    client.ask(browser, scope="openid", authorization_details=asked(details, OTHER))
    fact = browser.page.find("dt", string=KIND).find_parent(class_="fact")
    # A line each, in which it stands alone, beside words that are ours.
    values = [one.text for one in fact.select("li bdi")]
    assert values == [forged, "écrire", "https://evil.example"]
    lines = fact.select("li")
    words = [line.select_one(".asked-word").text for line in lines]
    assert words[0] == words[1] != words[2]
    for line, word, value in zip(lines, words, values, strict=True):
        assert line.text == word + value
        assert word


def test_it_is_asked_although_the_application_asks_no_consent(shared: World) -> None:
    client = detailed(shared)
    assert client.document["policy"]["consent"] is False
    browser = settled(shared)
    silent = client.ask(browser, scope="openid", prompt="none", authorization_details=asked(ONE))
    assert client.answered(silent)["error"] == "consent_required"
    client.ask(browser, scope="openid", authorization_details=asked(ONE))
    refused = client.answered(browser.submit("/consent", answer="refuse"))
    assert refused["error"] == "access_denied"


def test_it_is_asked_anew_for_anything_else(world: World) -> None:
    client, browser = detailed(world), settled(world)
    agreed(client, ONE, browser=browser)
    again = client.ask(browser, scope="openid", authorization_details=asked(ONE))
    assert "code" in client.answered(again)
    for other in ({**ONE, "actions": ["lire"]}, {**ONE, "identifier": "dossier 43"}, OTHER):
        response = client.ask(
            browser, scope="openid", prompt="none", authorization_details=asked(other)
        )
        assert client.answered(response)["error"] == "consent_required"
    # Members in another order say the same.
    turned = dict(reversed(ONE.items()))
    response = client.ask(browser, scope="openid", authorization_details=asked(turned))
    assert "code" in client.answered(response)


WRONG: dict[str, str] = {
    "an unknown type": asked({"type": "root"}),
    "one of two unknown": asked(ONE, {"type": "root"}),
    "no type": asked({"actions": ["lire"]}),
    "a type that is no text": asked({"type": 5}),
    "a type in another case": asked({"type": KIND.upper()}),
    "no list": json.dumps(ONE),
    "an empty list": "[]",
    "a list of texts": asked("x"),
    "no JSON": "{",
    "null": "null",
    "actions that are no list": asked({"type": KIND, "actions": "lire"}),
    "actions of numbers": asked({"type": KIND, "actions": [1]}),
    "an identifier that is no text": asked({"type": KIND, "identifier": 1}),
    "too many": asked(*[{"type": KIND, "identifier": str(one)} for one in range(17)]),
    "too long": asked({"type": KIND, "identifier": "x" * 9000}),
    "too deep": '[{"type": "' + KIND + '", "x": ' + "[" * 9 + "]" * 9 + "}]",
    "endlessly deep": "[" * 8000,
    "a member twice": '[{"type": "' + KIND + '", "type": "' + KIND + '"}]',
    "not a number": '[{"type": "' + KIND + '", "x": NaN}]',
    "a fraction": '[{"type": "' + KIND + '", "x": 1.5}]',
    "a line end": asked({"type": KIND, "identifier": "a\nb"}),
    "turned letters": asked({"type": KIND, "identifier": "a\u202eb"}),
    "half a character": '[{"type": "' + KIND + '", "identifier": "\\ud800"}]',
}


@pytest.mark.parametrize("name", WRONG)
def test_oa_042_what_is_malformed_or_not_registered(shared: World, name: str) -> None:
    client = detailed(shared)
    url = client.authorize_url(scope="openid", authorization_details=WRONG[name])
    answered = parameters_of(settled(shared).request("GET", url))
    assert answered["error"] == "invalid_authorization_details"
    pushed = client.post(
        "/oidc/par",
        {
            "response_type": "code",
            "redirect_uri": client.redirect_uri,
            "scope": "openid",
            "code_challenge": client.challenge,
            "code_challenge_method": "S256",
            "authorization_details": WRONG[name],
        },
    )
    assert (pushed.status, pushed.json["error"]) == (400, "invalid_authorization_details")


def test_who_is_registered_for_none_gets_none(shared: World) -> None:
    client = shared.client("plain")
    url = client.authorize_url(authorization_details=asked(ONE))
    answered = parameters_of(settled(shared).request("GET", url))
    assert answered["error"] == "invalid_authorization_details"


def test_the_token_request_names_the_same_or_nothing(world: World) -> None:
    client = detailed(world)
    for named, status in ((asked(OTHER, ONE), 200), (asked(ONE), 400), (asked(), 400), ("x", 400)):
        browser = settled(world)
        response = client.ask(browser, scope="openid", authorization_details=asked(ONE, OTHER))
        if response.status_code == 200:
            response = browser.submit("/consent", answer="accept")
        code = client.answered(response)["code"]
        answer = client.redeem(code, authorization_details=named)
        assert answer.status == status
        if status == 400:
            assert answer.json["error"] == "invalid_authorization_details"


def test_a_type_that_is_no_longer_registered_is_told_no_more(world: World) -> None:
    client = detailed(world)
    answer = agreed(client, ONE, OTHER)
    changed = {"authorization_details_types": [KIND], "scopes": SCOPES}
    register(world, client.key, oidc=changed)
    found = client.introspect(answer["access_token"]).json
    assert found["authorization_details"] == [ONE]
    assert client.refresh(answer["refresh_token"]).json["authorization_details"] == [ONE]
    register(world, client.key, oidc={"scopes": SCOPES})
    assert "authorization_details" not in client.introspect(answer["access_token"]).json


def test_an_application_in_its_own_name_is_granted_none(shared: World) -> None:
    client = detailed(shared, grant_types=["client_credentials"], scopes=["exams.read"])
    form = {"grant_type": "client_credentials", "authorization_details": asked(ONE)}
    answer = client.post("/oidc/token", form)
    assert (answer.status, answer.json["error"]) == (400, "invalid_authorization_details")


def test_signed_as_json(shared: World) -> None:
    key = new_key("ES256")
    client = detailed(shared, jwks={"keys": [public(key)]})
    token = signed(client, key, scope="openid", authorization_details=[ONE], prompt="none")
    assert bring(client, token)["error"] == "consent_required"
    token = signed(client, key, authorization_details=[{"type": "root"}])
    assert bring(client, token)["error"] == "invalid_authorization_details"


def test_the_account_tells_what_was_agreed_to(world: World) -> None:
    client, browser = detailed(world), settled(world)
    agreed(client, ONE, browser=browser)
    browser.get("/account/applications")
    text = browser.page.get_text(" ")
    assert KIND in text
    assert "detail:" not in text
