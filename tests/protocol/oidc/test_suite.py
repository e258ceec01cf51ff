# SPDX-License-Identifier: Apache-2.0
"""What the conformance suite's applications do, and no modern one does.

They sign by RS256, ask for what there is not, and leave requests unsigned: taken of those that are
invited so (`old_signatures`), and of no others.
"""

import hashlib
import hmac
import json
from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import settled
from tests.protocol.oidc.newcomers import Shelf, again, invite, own, post, refused
from tests.protocol.oidc.signing import b64, claims_for, new_key, presenting, public
from tests.protocol.oidc.strict import verify
from tests.protocol.oidc.suite import (
    BY_KEY,
    CALLBACK,
    SITE,
    TERMS,
    OfTheSuite,
    come,
    old_key,
    signed,
    unsigned,
    words,
)
from tests.world import World

LIES = f"{SITE}/requesturi/{'a' * 96}"
KEYS = f"{SITE}/client1_jwks"
# All that counts of a request lies elsewhere.
ELSEWHERE: dict[str, str | None] = {"state": None, "nonce": None}


def answered(client: OfTheSuite, **changes: str | None) -> dict[str, str]:
    browser = settled(client.world)
    return client.answered(client.ask_as_the_suite(browser, **(ELSEWHERE | changes)))


@pytest.mark.parametrize("named", ["the token endpoint", "the issuer"])
def test_it_proves_itself_by_rs256(inviting: World, named: str) -> None:
    client = come(inviting)
    meant = {} if named == "the token endpoint" else {"aud": inviting.issuer}
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    answer = client.proved(form | {"code": client.code(settled(inviting))}, **meant)
    assert answer.status == 200, answer
    assert verify(inviting, answer.json["id_token"], "JWT").header["alg"] == "RS256"


def test_its_keys_lie_at_an_address_and_change(inviting: World, shelf: Shelf) -> None:
    first, second = old_key("one"), old_key("two")
    shelf.held[KEYS] = json.dumps({"keys": [public(first)]}).encode()
    grants = ["authorization_code", "refresh_token"]
    client = come(inviting, first, jwks=None, jwks_uri=KEYS, grant_types=grants)
    scope = "openid offline_access"
    token = client.got(settled(inviting), scope=scope, prompt="consent").json["refresh_token"]
    client.key_of_its_own = second
    shelf.held[KEYS] = json.dumps({"keys": [public(second)]}).encode()
    inviting.clock.pass_by(60)
    form = {"grant_type": "refresh_token", "refresh_token": token, "scope": scope}
    refreshed = client.proved(form)
    assert (refreshed.status, refreshed.json["scope"]) == (200, "openid")
    assert client.userinfo(refreshed.json["access_token"]).status == 200


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_keys_that_it_does_not_need_hinder_nothing(inviting: World, method: str) -> None:
    assert come(inviting, token_endpoint_auth_method=method).told["client_secret"]


def test_a_request_that_nobody_signed_lies_at_its_address(inviting: World, shelf: Shelf) -> None:
    client = come(inviting, request_uris=[LIES])
    shelf.held[LIES] = unsigned(client.request()).encode()
    found = answered(client, request_uri=LIES)
    assert (found["state"], "code" in found) == ("state-within", True)


@pytest.mark.parametrize("said", [{}, {"request_object_signing_alg": "RS256"}], ids=["", "named"])
def test_a_request_by_rs256_lies_there(inviting: World, shelf: Shelf, said: dict[str, str]) -> None:
    client = come(inviting, request_uris=[LIES], **said)
    claims = client.request(iss=client.key, aud=inviting.issuer)
    shelf.held[LIES] = signed(client.key_of_its_own, claims).encode()
    found = answered(client, request_uri=LIES)
    assert (found["state"], "code" in found) == ("state-within", True)


def test_an_unsigned_request_by_value_is_heard(inviting: World) -> None:
    client = come(inviting)
    request = unsigned(client.request())
    found = answered(client, request=request)
    assert (found["state"], "code" in found) == ("state-within", True)
    # How it is to be answered is said inside alone.
    browser = settled(inviting)
    by_form = unsigned(client.request(response_mode="form_post"))
    assert client.ask_as_the_suite(browser, **(ELSEWHERE | {"request": by_form})).status_code == 200
    assert browser.form(CALLBACK)[1]["state"] == "state-within"
    # Where the answer would lead elsewhere, nobody is led anywhere.
    wrong = client.ask_as_the_suite(settled(inviting), request=request, redirect_uri=f"{SITE}/x")
    assert (wrong.status_code, "Location" in wrong.headers) == (400, False)


def test_oa_092_a_request_that_says_how_it_is_signed_is_signed_so(
    inviting: World, shelf: Shelf
) -> None:
    client = come(inviting, request_uris=[LIES], request_object_signing_alg="RS256")
    shelf.held[LIES] = unsigned(client.request()).encode()
    assert answered(client, request_uri=LIES)["error"] == "invalid_request_object"


def test_oa_092_what_it_says_is_for_us_and_from_it(inviting: World, shelf: Shelf) -> None:
    client = come(inviting, request_uris=[LIES])
    for changes in ({"iss": "somebody"}, {"aud": "https://other.example"}, {"exp": 1}):
        shelf.held[LIES] = unsigned(client.request(**changes)).encode()
        inviting.clock.pass_by(10)
        assert answered(client, request_uri=LIES)["error"] == "invalid_request_object", changes


def test_oa_055_of_another_it_proves_nothing(inviting: World) -> None:
    usual = {name: value for name, value in TERMS.items() if name != "old_signatures"}
    refused(post(inviting, words(old_key()), invite(inviting, **usual)), "invalid_client_metadata")
    # Nor does it help to ask for it.
    asked = words(new_key("PS256"), old_signatures=True)
    told = post(inviting, asked, invite(inviting, **usual)).get_json()
    client = OfTheSuite(inviting, told["client_id"])
    client.key_of_its_own = new_key("PS256")
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": "x"}
    answer = client.proved(form)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_oa_055_nor_does_what_is_weaker_still(inviting: World) -> None:
    client = come(inviting)
    claims = claims_for(inviting, client.key)
    by_public_key = f"{b64({'alg': 'HS256'})}.{b64(claims)}"
    secret = json.dumps(public(client.key_of_its_own)).encode()
    mac = hmac.new(secret, by_public_key.encode(), hashlib.sha256).digest()
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK}
    for made in (unsigned(claims), f"{by_public_key}.{b64(mac)}"):
        answer = client.post("/oidc/token", form | presenting(made))
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_an_update_keeps_what_it_was_invited_for(inviting: World) -> None:
    client = come(inviting)
    changed = own(inviting, client.told, "PUT", again(client.told, client_name="Suite"))
    assert changed.status_code == 200, changed.get_json()
    assert client.got(settled(inviting)).status == 200


PUBLIC = {"keys": [public(new_key("PS256", alg="RS256"))]}
SETTINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "keys for RS256 alone": ({"old_signatures": True, "jwks": PUBLIC}, True),
    "without it": ({"jwks": PUBLIC}, False),
    "no switch": ({"old_signatures": "yes", "jwks": PUBLIC}, False),
    "FAPI 2.0": ({"old_signatures": True, "jwks": PUBLIC, "profile": "fapi2"}, False),
}


@pytest.mark.parametrize(("settings", "fits"), SETTINGS.values(), ids=SETTINGS)
def test_who_may_be_registered_so(settings: dict[str, Any], fits: bool) -> None:
    document = application("guest", oidc={"token_endpoint_auth_method": BY_KEY} | settings)
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert (faults == []) is fits, faults


def test_oa_093_who_must_sign_does(inviting: World, shelf: Shelf) -> None:
    client = come(inviting, request_uris=[LIES], require_signed_request_object=True)
    shelf.held[LIES] = unsigned(client.request()).encode()
    assert answered(client, request_uri=LIES)["error"] == "invalid_request_object"
