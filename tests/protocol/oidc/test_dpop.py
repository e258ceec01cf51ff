# SPDX-License-Identifier: Apache-2.0
"""DPoP (RFC 9449): tokens that are of use to the holder of a key alone."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import register, send, settled
from tests.protocol.oidc.proofs import (
    BOUND,
    CREDENTIALS,
    MACHINE,
    USERINFO,
    at_token,
    at_userinfo,
    code_form,
    holder,
    proof,
    refresh_form,
)
from tests.protocol.oidc.signing import Key, new_key
from tests.protocol.oidc.strict import segment
from tests.world import World

PAR = "/oidc/par"


def logged_in(world: World, key: Key, **oidc: Any) -> tuple[Any, dict[str, Any]]:
    """A client, and what it was given on a proof."""
    client = holder(world, **oidc)
    code = client.code_for(settled(world))
    answer = at_token(client, code_form(client, code), proof(world, key))
    assert answer.status == 200, answer
    return client, answer.json


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA"])
def test_a_token_is_bound_to_the_key_of_the_proof(shared: World, algorithm: str) -> None:
    key = new_key(algorithm, None)
    _client, given = logged_in(shared, key)
    assert given["token_type"] == "DPoP"
    token = given["access_token"]
    for method in ("GET", "POST"):
        shown = proof(shared, key, method, USERINFO, token=token)
        answer = at_userinfo(shared, token, shown, method=method)
        assert (answer.status, "sub" in answer.json) == (200, True)


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_the_scheme_is_written_as_one_likes(shared: World, scheme: str) -> None:
    key = new_key("ES256", None)
    token = logged_in(shared, key)[1]["access_token"]
    shown = proof(shared, key, "GET", USERINFO, token=token)
    assert at_userinfo(shared, token, shown, scheme).status == 200


def test_a_jwt_names_the_key_and_introspection_too(shared: World) -> None:
    key = new_key("ES256", None)
    client, given = logged_in(shared, key, method="client_secret_basic", access_token_format="jwt")
    expected = {"jkt": key.thumbprint()}
    token = given["access_token"]
    assert segment(token, 1)["cnf"] == expected
    told = client.introspect(token).json
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", expected)


def test_oa_115_control_what_nobody_knows_in_the_header_means_nothing(shared: World) -> None:
    """RFC 7515 §4; as `dpop-negative-tests` of the suite sends it."""
    key, client = new_key("ES256", None), register(shared, oidc=BOUND | MACHINE)
    for more in ({"tx_id": 1_790_003_600}, {"iss": "https://other.example"}, {"color": [None]}):
        shown = proof(shared, key, header=more, tx_id_key=1)
        assert at_token(client, CREDENTIALS, shown).status == 200
    large = at_token(client, CREDENTIALS, proof(shared, key, header={"color": "x" * 2048}))
    assert (large.status, large.json["error"]) == (400, "invalid_dpop_proof")


def test_a_proof_is_enough_where_none_is_demanded(shared: World) -> None:
    key, client = new_key("ES256", None), register(shared, oidc=MACHINE)
    form = CREDENTIALS
    assert at_token(client, form).json["token_type"] == "Bearer"
    bound = at_token(client, form, proof(shared, key)).json
    assert bound["token_type"] == "DPoP"
    told = client.introspect(bound["access_token"]).json
    assert told["cnf"] == {"jkt": key.thumbprint()}
    assert "cnf" not in client.introspect(at_token(client, form).json["access_token"]).json


@pytest.mark.parametrize("grant", ["code", "refresh", "credentials"])
def test_oa_115_no_grant_without_a_proof_where_it_is_demanded(world: World, grant: str) -> None:
    key = new_key("ES256", None)
    if grant == "credentials":
        client, form = register(world, oidc=MACHINE | BOUND), CREDENTIALS
    elif grant == "code":
        client = holder(world)
        form = code_form(client, client.code_for(settled(world)))
    else:
        client, given = logged_in(world, key)
        form = refresh_form(given["refresh_token"])
    refused = at_token(client, form)
    assert (refused.status, refused.json["error"]) == (400, "invalid_request")
    # Nothing was used up by it.
    assert at_token(client, form, proof(world, key)).status == 200


def test_oa_116_a_bound_token_is_no_bearer_token(shared: World) -> None:
    key = new_key("ES256", None)
    _client, given = logged_in(shared, key)
    token = given["access_token"]
    shown = proof(shared, key, "GET", USERINFO, token=token)
    for sent in ("", shown):
        answer = at_userinfo(shared, token, sent, "Bearer")
        assert answer.status == 401
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('DPoP realm="sceau", algs="ES256 PS256 EdDSA"')
        assert 'error="invalid_token"' in challenge
    form = {"access_token": token}
    assert send(shared, "POST", USERINFO, form=form).status_code == 401
    for other in ({"DPoP": shown}, {"Authorization": "DPoP ", "DPoP": shown}):
        assert send(shared, "POST", USERINFO, form=form, headers=other).status_code == 401


def test_oa_116_an_unbound_token_is_none_under_the_other_scheme(shared: World) -> None:
    token = shared.client("plain").tokens(settled(shared))["access_token"]
    key = new_key("ES256", None)
    answer = at_userinfo(shared, token, proof(shared, key, "GET", USERINFO, token=token))
    assert (answer.status, answer.json["error"]) == (401, "invalid_token")


def test_oa_116_another_key(shared: World) -> None:
    key, other = new_key("ES256", None), new_key("ES256", None)
    _client, given = logged_in(shared, key)
    token = given["access_token"]
    answer = at_userinfo(shared, token, proof(shared, other, "GET", USERINFO, token=token))
    assert (answer.status, answer.json["error"]) == (401, "invalid_token")


def test_oa_116_the_key_named_in_the_request_is_the_codes(world: World) -> None:
    key, other, client = new_key("ES256", None), new_key("ES256", None), holder(world)
    browser = settled(world)
    jkt = str(key.thumbprint())
    right = code_form(client, client.code_for(browser, dpop_jkt=jkt))
    assert at_token(client, right, proof(world, key)).status == 200
    wrong = code_form(client, client.code_for(browser, dpop_jkt=jkt))
    refused = at_token(client, wrong, proof(world, other))
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")


def test_oa_116_a_named_key_is_demanded_of_every_application(shared: World) -> None:
    key, client = new_key("ES256", None), register(shared)
    code = client.code_for(settled(shared), dpop_jkt=str(key.thumbprint()))
    refused = at_token(client, code_form(client, code))
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")


def pushed(client: Any, shown: str, **more: str) -> Any:
    """A request set aside, with a proof; the answer."""
    query = parse_qsl(urlsplit(client.authorize_url()).query)
    headers = {"DPoP": shown} if shown else {}
    return send(client.world, "POST", PAR, form=dict(query) | more, headers=headers)


def test_oa_116_a_proof_with_a_pushed_request_names_the_key(world: World) -> None:
    key, other, client = new_key("ES256", None), new_key("ES256", None), holder(world)
    jkt, browser = str(key.thumbprint()), settled(world)
    for more in ({}, {"dpop_jkt": jkt}):
        for used, status in ((key, 200), (other, 400)):
            told = pushed(client, proof(world, key, path=PAR), **more)
            assert told.status_code == 201, told.text
            reference = {"client_id": client.key, "request_uri": told.get_json()["request_uri"]}
            code = client.answered(browser.get(f"/oidc/authorize?{urlencode(reference)}"))["code"]
            given = at_token(client, code_form(client, code), proof(world, used))
            assert given.status == status
            assert status == 200 or given.json["error"] == "invalid_grant"
    for shown, more in (
        (proof(world, key, path=PAR), {"dpop_jkt": str(other.thumbprint())}),
        (proof(world, key), {}),
        ("x", {"dpop_jkt": jkt}),
    ):
        told = pushed(client, shown, **more)
        assert (told.status_code, told.get_json()["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("jkt", ["x", "x" * 44, "é" * 43, "+" * 43])
def test_oa_116_what_is_no_thumbprint_is_refused(shared: World, jkt: str) -> None:
    client = holder(shared)
    answered = client.answered(client.ask(settled(shared), dpop_jkt=jkt))
    assert answered["error"] == "invalid_request"


def test_oa_116_a_refresh_token_of_a_public_client_is_for_its_key(world: World) -> None:
    key, other = new_key("ES256", None), new_key("ES256", None)
    client, given = logged_in(world, key)
    form = refresh_form(given["refresh_token"])
    refused = at_token(client, form, proof(world, other))
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    renewed = at_token(client, form, proof(world, key))
    # A thief used nothing up, and ended nothing.
    assert renewed.status == 200, renewed
    again = refresh_form(renewed.json["refresh_token"])
    assert at_token(client, again, proof(world, other)).json["error"] == "invalid_grant"


def test_a_client_that_proves_itself_may_change_its_key(world: World) -> None:
    key, other = new_key("ES256", None), new_key("EdDSA", None)
    client, given = logged_in(world, key, method="client_secret_basic")
    renewed = at_token(client, refresh_form(given["refresh_token"]), proof(world, other))
    assert renewed.status == 200
    told = client.introspect(renewed.json["access_token"]).json
    assert told["cnf"] == {"jkt": other.thumbprint()}


IMPLICIT: dict[str, Any] = {
    "grant_types": ["authorization_code", "implicit"],
    "response_types": ["code", "code token", "id_token token", "code id_token"],
}


def test_oa_116_no_token_through_the_browser_where_it_must_be_bound() -> None:
    for how in ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens"):
        document = application("front", oidc=IMPLICIT | {how: True})
        faults = check_client(read_registration(document, frozenset({"password"})))
        assert [one.what.key for one in faults] == ["bound-front"]
        alone = application("front", oidc=document["oidc"] | {"response_types": ["code id_token"]})
        assert check_client(read_registration(alone, frozenset({"password"}))) == []


@pytest.mark.parametrize("kind", ["code token", "id_token token"])
def test_oa_116_nor_where_a_key_was_named(shared: World, kind: str) -> None:
    client, jkt = register(shared, oidc=IMPLICIT), str(new_key("ES256", None).thumbprint())
    url = client.authorize_url(response_type=kind, dpop_jkt=jkt)
    location = settled(shared).request("GET", url).headers["Location"]
    assert "error=invalid_request" in location
    assert "access_token" not in location


def test_tokens_are_bound_to_one_thing() -> None:
    both = BOUND | {"tls_client_certificate_bound_access_tokens": True}
    faults = check_client(
        read_registration(application("both", oidc=both), frozenset({"password"}))
    )
    assert [one.what.key for one in faults] == ["bound-twice"]


def test_discovery_names_what_is_verified(shared: World) -> None:
    told = send(shared, "GET", "/.well-known/openid-configuration").get_json()
    assert told["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA"]
