# SPDX-License-Identifier: Apache-2.0
"""What an application may ask of somebody elsewhere, word by word, and signed (CIBA §7.1, §13)."""

import json
from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.oidc.absent import CIBA
from idp.oidc.client import check_client
from idp.oidc.request_object import LONGEST
from tests.cast import application
from tests.protocol.kit import at_once, send, settled
from tests.protocol.oidc.absent import ASK, agreed, caller, links, signer
from tests.protocol.oidc.signing import DROP, b64, claims_for, new_key, presenting, sign
from tests.protocol.oidc.strict import verify
from tests.world import Answer, World

MINUTE = 60


def refused(answer: Answer, code: str, status: int = 400) -> None:
    assert (answer.status, answer.json["error"]) == (status, code), answer
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "scope", ["openid", "openid profile", "profile openid", "openid unknown", "profile  openid"]
)
def test_scopes_in_any_order(shared: World, scope: str) -> None:
    one = caller(shared)
    handle = one.asked(login_hint=f"nobody-{scope}", scope=scope)
    assert one.told(handle) == "authorization_pending"


@pytest.mark.parametrize("scope", [None, "", "profile", "openidx", "OPENID"])
def test_without_an_id_token_there_is_nothing_to_ask(shared: World, scope: str | None) -> None:
    refused(caller(shared).ask(scope=scope), "invalid_scope")


@pytest.mark.parametrize(
    "hints",
    [
        {},
        {"login_hint": "a", "id_token_hint": "b"},
        {"login_hint": "a", "login_hint_token": "b"},
        {"id_token_hint": "a", "login_hint_token": "b"},
        {"login_hint": "a", "login_hint_token": "b", "id_token_hint": "c"},
        {"login_hint_token": "a.b.c"},
        {"id_token_hint": "a.b.c"},
        {"id_token_hint": "x" * 20_000},
        {"login_hint": "x" * 257},
        {"login_hint": "a\x00b"},
    ],
    ids=lambda hints: " ".join(hints) or "none",
)
def test_oa_144_one_hint_and_no_more(shared: World, hints: dict[str, str]) -> None:
    refused(caller(shared).ask(**({"login_hint": None} | hints)), "invalid_request")


@pytest.mark.parametrize(
    "message",
    [
        "x" * 129,
        "two\nlines",
        "tab\there",
        "turned \u202e round",
        "mark \u200f here",
        "isolated \u2067 here",
        "hidden \u200b space",
        "joined \u200d letters",
        "line\u2028end",
        "שלום",
        "nul \x00",
        "unassigned \U0003ffff",
        "private \ue000",
    ],
)
def test_oa_144_a_message_that_a_person_could_misread(shared: World, message: str) -> None:
    refused(caller(shared).ask(binding_message=message), "invalid_binding_message")


@pytest.mark.parametrize("message", ["1234", "Été à l’hôpital № 5 – 12,50 €", "x" * 128, "日本"])
def test_oa_144_a_message_is_shown_as_it_is(world: World, message: str) -> None:
    caller(world).asked(binding_message=message)
    phone = settled(world)
    phone.get(links(phone)[0])
    assert phone.page.select_one("#request-told").get_text() == message


def test_wb_008_a_message_is_text(world: World) -> None:
    caller(world).asked(binding_message="<script>{{ 7*7 }}</script>")
    phone = settled(world)
    phone.get(links(phone)[0])
    assert phone.page.select_one("#request-told").get_text() == "<script>{{ 7*7 }}</script>"


def test_without_a_message(world: World) -> None:
    caller(world).asked(binding_message=None)
    phone = settled(world)
    phone.get(links(phone)[0])
    assert phone.page.select_one("#request-told") is None


@pytest.mark.parametrize(
    ("asked", "lives"), [(None, 300), ("1", 1), ("30", 30), ("600", 600), ("86400", 600)]
)
def test_for_how_long(shared: World, asked: str | None, lives: int) -> None:
    answer = caller(shared).ask(login_hint=f"nobody-for-{asked}", requested_expiry=asked)
    assert answer.json["expires_in"] == lives


@pytest.mark.parametrize("asked", ["0", "-1", "soon", "3.5", "1e3", "٣", "9" * 30])
def test_for_no_time_at_all(shared: World, asked: str) -> None:
    refused(caller(shared).ask(requested_expiry=asked), "invalid_request")


def test_levels_and_user_codes_that_nobody_knows_are_left_aside(shared: World) -> None:
    one = caller(shared)
    handle = one.asked(login_hint="nobody-levels", acr_values="gold urn:x", user_code="1234")
    assert one.told(handle) == "authorization_pending"


def test_audiences_and_details_come_with_the_tokens(world: World) -> None:
    detail = {"type": "exam", "actions": ["read"], "identifier": "E-7"}
    one = caller(world, audiences=["resource"], authorization_details_types=["exam"])
    asked = json.dumps([detail])
    handle = one.asked(authorization_details=asked, resource="resource")
    phone = settled(world)
    phone.get(links(phone)[0])
    assert "E-7" in phone.page.select_one("#request").get_text()
    phone.submit("/agree")
    # What is asked in detail is agreed to as everywhere.
    phone.submit("/consent", answer="accept")
    given = one.come(handle)
    assert given.json["authorization_details"] == [detail]
    refused(one.ask(resource="https://other.example"), "invalid_target")
    refused(one.ask(authorization_details="[{}]"), "invalid_authorization_details")


def test_given_twice_or_by_another_way(shared: World) -> None:
    one = caller(shared)
    pairs = [("scope", "openid"), ("scope", "openid"), ("login_hint", "a")]
    assert send(shared, "POST", ASK, form=pairs, headers=one.client.basic()).status_code == 400
    assert send(shared, "GET", ASK, headers=one.client.basic()).status_code == 405
    body = json.dumps(one.wish())
    plain = send(
        shared, "POST", ASK, body=body, content_type="application/json", headers=one.client.basic()
    )
    assert plain.status_code == 415


def test_the_client_proves_itself(shared: World) -> None:
    one = caller(shared)
    for header in ("", "Basic eDp5", one.client.basic("wrong")["Authorization"]):
        answer = one.send(one.wish(), Authorization=header)
        refused(answer, "invalid_client", 401)
    other = caller(shared)
    refused(one.send(one.wish() | {"client_id": other.client.key}), "invalid_client", 401)


# Signed requests (CIBA §7.1.1).


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA"])
def test_a_signed_request(world: World, algorithm: str) -> None:
    one = signer(world, algorithm)
    answer = one.ask_signed(requested_expiry=45)
    assert (answer.status, answer.json.get("expires_in")) == (200, 45), answer
    handle = agreed(one, answer.json["auth_req_id"])
    given = one.come(handle)
    assert verify(world, given.json["id_token"], "JWT").claims["aud"] == one.client.key


@pytest.mark.parametrize("expiry", [30, "30"])
def test_an_expiry_as_number_or_text(shared: World, expiry: object) -> None:
    one = signer(shared)
    answer = one.ask_signed(requested_expiry=expiry, login_hint=f"nobody-{type(expiry).__name__}")
    assert answer.json["expires_in"] == 30


WRONG: dict[str, dict[str, Any]] = {
    "aud-missing": {"aud": DROP},
    "aud-bad": {"aud": "https://other.example"},
    "iss-missing": {"iss": DROP},
    "iss-bad": {"iss": "somebody"},
    "exp-missing": {"exp": DROP},
    "exp-over": {"exp": -5 * MINUTE},
    "exp-in-70-minutes": {"exp": 70 * MINUTE},
    "exp-text": {"exp": "soon"},
    "iat-missing": {"iat": DROP},
    "iat-ahead": {"iat": 10 * MINUTE},
    "nbf-missing": {"nbf": DROP},
    "nbf-in-10-minutes": {"nbf": 10 * MINUTE},
    "nbf-70-minutes-ago": {"nbf": -70 * MINUTE},
    "jti-missing": {"jti": DROP},
    "jti-number": {"jti": 5},
    "client-other": {"client_id": "somebody"},
    "sub-client": {"sub": "own"},
    "nested": {"request": "a.b.c"},
}


@pytest.mark.parametrize("name", WRONG)
def test_oa_092_a_signed_request_that_is_not_for_us_now(shared: World, name: str) -> None:
    one = signer(shared)
    now = shared.clock.now()
    changes = {
        claim: now + value if type(value) is int and claim != "jti" else value
        for claim, value in WRONG[name].items()
    }
    if name == "sub-client":
        changes = {"sub": one.client.key}
    refused(one.ask_signed(login_hint="nobody", **changes), "invalid_request")


def test_oa_092_signed_by_nobody_by_another_or_too_weakly(shared: World) -> None:
    one, other = signer(shared), signer(shared)
    token = one.sign()
    header, payload, _signature = token.split(".")
    none = f"{b64({'alg': 'none'})}.{payload}."
    weak = signer(shared, "PS256")
    tokens = {
        "none": none,
        "cut": f"{header}.{payload}.",
        "other": one.sign(key=other.key, header={"kid": one.key.kid if one.key else ""}),
        "bad algorithm": f"{b64({'alg': 'HS256'})}.{payload}.{_signature}",
        "encrypted": "a.b.c.d.e",
        "long": "x" * (LONGEST + 1),
        "text": "request",
    }
    for name, wrong in tokens.items():
        answer = one.send({"request": wrong})
        assert (answer.status, answer.json.get("error")) == (400, "invalid_request"), name
    rs256 = weak.sign(header={"alg": "RS256"})
    refused(weak.send({"request": rs256}), "invalid_request")
    # Registered for one algorithm, signed by another key of its own.
    second = new_key("EdDSA", "key-2")
    refused(one.send({"request": one.sign(key=second)}), "invalid_request")


@pytest.mark.parametrize("told", ["", "ES256"])
def test_oa_092_who_is_let_off_elsewhere_signs_this_as_all_do(shared: World, told: str) -> None:
    """CIBA §7.1.1: for us, for so long, and once; old applications of logins are not so strict."""
    algorithm = {"backchannel_authentication_request_signing_alg": told}
    one = signer(shared, old_signatures=True, **algorithm)
    none = f"{b64({'alg': 'none'})}.{one.sign(login_hint='nobody-old').split('.')[1]}."
    refused(one.send({"request": none}), "invalid_request")
    for claim in ("iss", "aud", "exp"):
        refused(one.ask_signed(login_hint="nobody-old", **{claim: DROP}), "invalid_request")
    far = shared.clock.now() + 70 * MINUTE
    refused(one.ask_signed(login_hint="nobody-old", exp=far), "invalid_request")
    assert one.ask_signed(login_hint="nobody-old").status == 200


def test_oa_092_whoever_signs_must_sign(shared: World) -> None:
    one = signer(shared)
    refused(one.ask(), "invalid_request")
    refused(one.send({"request": one.sign(), "login_hint": "cdurand"}), "invalid_request")
    refused(one.send({"request": one.sign(), "scope": "openid"}), "invalid_request")
    refused(
        one.send({"request": one.sign(), "request_uri": "https://a.example"}), "invalid_request"
    )
    refused(one.send({"request_uri": "urn:x", **one.wish()}), "invalid_request")


def test_who_has_no_keys_signs_nothing(shared: World) -> None:
    one = caller(shared)
    one.key = new_key("ES256")
    refused(one.ask_signed(), "invalid_request")


def test_who_may_sign_may_leave_it(shared: World) -> None:
    one = signer(shared, backchannel_authentication_request_signing_alg="")
    assert one.ask(login_hint="nobody-unsigned").status == 200
    assert one.ask_signed(login_hint="nobody-signed").status == 200


def test_oa_094_rl_021_a_signed_request_is_used_once(world: World) -> None:
    one = signer(world)
    token = one.sign(login_hint="nobody")
    answers = at_once(6, lambda _: one.send({"request": token}))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 5
    # Also in the name of another kind of request.
    par = one.client.post("/oidc/par", {"request": token} | one.proof())
    assert par.status == 400


# Who proves itself by keys, and where (FAPI-CIBA §5.2.2).


def test_oa_054_assertions_name_us_one_way_or_another(shared: World) -> None:
    one = signer(shared)
    for audience in (shared.issuer, shared.issuer + ASK, shared.issuer + "/oidc/token"):
        form = {"request": one.sign(login_hint="nobody-aud")} | one.proof(aud=audience)
        assert one.client.post(ASK, form).status in {200, 403}
        token = {"grant_type": CIBA, "auth_req_id": "x"} | one.proof(aud=audience)
        refused(one.client.post("/oidc/token", token), "invalid_grant")
    form = {"request": one.sign()} | one.proof(aud="https://other.example")
    refused(one.client.post(ASK, form), "invalid_client", 401)


def test_oa_053_without_an_assertion_or_by_a_weak_one(shared: World) -> None:
    one, weak = signer(shared), signer(shared, "PS256")
    named = {"client_id": one.client.key}
    refused(one.client.post(ASK, {"request": one.sign()} | named), "invalid_client", 401)
    token = {"grant_type": CIBA, "auth_req_id": "x"}
    refused(one.client.post("/oidc/token", token | named), "invalid_client", 401)
    claims = claims_for(shared, weak.client.key)
    assert weak.key is not None
    rs256 = presenting(sign(weak.key, {"alg": "RS256", "kid": weak.key.kid}, claims))
    refused(weak.client.post(ASK, {"request": weak.sign()} | rs256), "invalid_client", 401)
    refused(weak.client.post("/oidc/token", token | rs256), "invalid_client", 401)


def test_oa_140_in_the_name_of_another(shared: World) -> None:
    one, other = signer(shared), signer(shared)
    handle = one.ask_signed(login_hint="nobody-other").json["auth_req_id"]
    named = {"client_id": other.client.key}
    refused(
        one.client.post(ASK, {"request": one.sign()} | named | one.proof()), "invalid_client", 401
    )
    token = {"grant_type": CIBA, "auth_req_id": handle}
    refused(one.client.post("/oidc/token", token | named | one.proof()), "invalid_client", 401)
    refused(other.client.post("/oidc/token", token | other.proof()), "invalid_grant")
    # Its own proof, and another's request.
    refused(one.send({"request": other.sign()}), "invalid_request")


# The settings.


SETTINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "whole": ({}, []),
    "none": ({"token_endpoint_auth_method": "none"}, ["oidc.grant_types"]),
    "push": (
        {"backchannel_token_delivery_mode": "push"},
        ["oidc.backchannel_token_delivery_mode"],
    ),
    "ping": (
        {"backchannel_token_delivery_mode": "ping"},
        ["oidc.backchannel_client_notification_endpoint"],
    ),
    "address": (
        {"backchannel_client_notification_endpoint": "http://plain.example"},
        ["oidc.backchannel_client_notification_endpoint"],
    ),
    "rs256": (
        {"backchannel_authentication_request_signing_alg": "RS256"},
        ["oidc.backchannel_authentication_request_signing_alg"],
    ),
    "no keys": (
        {"backchannel_authentication_request_signing_alg": "ES256"},
        ["oidc.backchannel_authentication_request_signing_alg"],
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_how_it_is_registered(shared: World, name: str) -> None:
    changes, faults = SETTINGS[name]
    base = caller(shared).client.document["oidc"]
    document = application("judged", oidc={**base, **changes})
    read = read_registration(document, frozenset({"password"}))
    assert [one.place for one in check_client(read)] == faults
