# SPDX-License-Identifier: Apache-2.0
"""Discovery shows exactly what works, nothing more: each value advertised is exercised here."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from connectors.base import Level
from idp.oidc.levels import LEVEL
from tests.protocol.houses import house
from tests.protocol.kit import bearer, cancel, parameters_of, register, send, settled
from tests.protocol.oidc.absent_discovered import ABSENT
from tests.protocol.oidc.away import agreed
from tests.protocol.oidc.every_grant import grant_types
from tests.protocol.oidc.exercises import MORE
from tests.protocol.oidc.signing import ASSERTION_TYPE, assertion_form, new_key, public
from tests.protocol.oidc.strict import DISCOVERY, discovery, segment, verify
from tests.protocol.oidc.test_pushed_requests import asked
from tests.protocol.oidc.test_request_objects import bring, signed, signing
from tests.world import World

GOLDEN = Path(__file__).with_name("golden") / "discovery.json"
OAUTH = "/.well-known/oauth-authorization-server"
# A means of each level that somebody here can reach.
MEANS = {Level.PASSWORD: "password", Level.TWO_FACTORS: "totp", Level.CARD: "calculette"}
INTROSPECTED = "application/token-introspection+jwt"


def test_the_document_is_the_golden_one(shared: World) -> None:
    """Written anew by GOLDEN=rewrite, and then reviewed like code."""
    text = json.dumps(discovery(shared), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN") == "rewrite":
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


def test_both_addresses_say_the_same(shared: World) -> None:
    assert send(shared, "GET", OAUTH).data == send(shared, "GET", DISCOVERY).data


def test_every_member_is_exercised_below() -> None:
    assert set(json.loads(GOLDEN.read_text("utf-8"))) == set(EXERCISES)


@pytest.mark.parametrize("path", [DISCOVERY, "/oidc/jwks"])
def test_public_documents_are_cached_and_read_by_anybody(shared: World, path: str) -> None:
    response = send(shared, "GET", path)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Set-Cookie" not in response.headers
    again = send(shared, "GET", path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == response.headers["ETag"]
    assert send(shared, "HEAD", path).data == b""
    assert send(shared, "POST", path, form={"a": "b"}).status_code == 405


@pytest.mark.parametrize("name", json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else [])
def test_each_value_works(shared: World, name: str) -> None:
    EXERCISES[name](shared, discovery(shared)[name])


# One exercise a member. Each takes the world and what is advertised.


def issuer(world: World, value: str) -> None:
    assert value == world.issuer
    assert not value.endswith("/")


def endpoint(world: World, value: str) -> None:
    assert value.startswith(world.issuer + "/")
    answers = {
        send(world, one, value.removeprefix(world.issuer)).status_code for one in ("GET", "POST")
    }
    assert 404 not in answers


def scopes(world: World, value: list[str]) -> None:
    client = register(world, oidc={"scopes": value, "refresh": "lasting"})
    tokens = agreed(client, settled(world), scope=" ".join(value))
    assert tokens["scope"].split() == value


def response_types(world: World, value: list[str]) -> None:
    """Registered so; and none but the code without that."""
    grants = ["authorization_code", "implicit"]
    for kind in value:
        url = world.client("plain").authorize_url(response_type=kind)
        answered = parameters_of(settled(world).request("GET", url))
        assert ("error" in answered) is (kind != "code")
        client = register(world, oidc={"response_types": [kind], "grant_types": grants})
        response = settled(world).request("GET", client.authorize_url(response_type=kind))
        given = dict(parse_qsl(urlsplit(response.headers["Location"].replace("#", "?")).query))
        held = {"token": "access_token"}
        assert all(held.get(one, one) in given for one in kind.split(" "))


def response_modes(world: World, value: list[str]) -> None:
    for mode in value:
        url = world.client("plain").authorize_url(response_mode=mode)
        response = settled(world).request("GET", url)
        place = response.headers.get("Location", "")
        way, signed = mode.removesuffix(".jwt"), mode.endswith("jwt")
        assert response.status_code == (200 if way == "form_post" else 303)
        assert ("#" in place) is (way == "fragment")
        text = place or response.get_data(as_text=True)
        assert ("response" if signed else "code") in text


def userinfo_algorithms(world: World, value: list[str]) -> None:
    for algorithm in value:
        client = register(world, oidc={"userinfo_signed_response_alg": algorithm})
        token = client.tokens(settled(world))["access_token"]
        response = send(world, "GET", "/oidc/userinfo", headers=bearer(token))
        found = verify(world, response.get_data(as_text=True), "userinfo+jwt")
        assert found.header["alg"] == algorithm


def answer_algorithms(world: World, value: list[str]) -> None:
    for algorithm in value:
        client = register(world, oidc={"authorization_signed_response_alg": algorithm})
        response = settled(world).request("GET", client.authorize_url(response_mode="jwt"))
        token = parameters_of(response)["response"]
        assert verify(world, token, "oauth-authz-resp+jwt").header["alg"] == algorithm


def subject_types(world: World, value: list[str]) -> None:
    found = set()
    for kind in value:
        client = register(world, oidc={"subject_type": kind})
        found.add(segment(client.tokens(settled(world))["id_token"], 1)["sub"])
    assert len(found) == len(value) == 2


def id_token_algorithms(world: World, value: list[str]) -> None:
    for algorithm in value:
        client = register(world, oidc={"id_token_signed_response_alg": algorithm})
        token = client.tokens(settled(world))["id_token"]
        assert verify(world, token, "JWT").header["alg"] == algorithm


def auth_methods(path: str) -> Callable[[World, list[str]], None]:
    def exercise(world: World, value: list[str]) -> None:
        key = new_key("ES256")
        for method in value:
            oidc: dict[str, Any] = {"token_endpoint_auth_method": method}
            if method == "private_key_jwt":
                oidc["jwks"] = {"keys": [public(key)]}
            client = register(world, oidc=oidc)
            more = assertion_form(world, client.key, key) if "jwks" in oidc else {}
            form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
            answer = client.post(path, form | more)
            # The client is known: what is refused, if anything, is the token.
            assert answer.json.get("error") in {None, "invalid_grant"}, method

    return exercise


def assertion_algorithms(path: str) -> Callable[[World, list[str]], None]:
    def exercise(world: World, value: list[str]) -> None:
        for algorithm in value:
            key = new_key(algorithm)
            oidc = {
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [public(key)]},
            }
            client = register(world, oidc=oidc)
            form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
            form |= assertion_form(world, client.key, key)
            assert form["client_assertion_type"] == ASSERTION_TYPE
            assert segment(form["client_assertion"], 0)["alg"] == algorithm
            assert client.post(path, form).json.get("error") in {None, "invalid_grant"}

    return exercise


def introspection_algorithms(world: World, value: list[str]) -> None:
    for algorithm in value:
        client = register(world, oidc={"id_token_signed_response_alg": algorithm})
        headers = client.basic() | {"Accept": INTROSPECTED}
        response = send(world, "POST", "/oidc/introspect", form={"token": "x"}, headers=headers)
        token = response.get_data(as_text=True)
        assert verify(world, token, "token-introspection+jwt").header["alg"] == algorithm


def challenge_methods(world: World, value: list[str]) -> None:
    assert value == ["S256"]
    for method in ("S256", "plain"):
        url = world.client("plain").authorize_url(code_challenge_method=method)
        answered = parameters_of(settled(world).request("GET", url))
        assert ("code" in answered) is (method in value)


def acr_values(world: World, value: list[str]) -> None:
    """Each is reached by a means of this server; that those prove it is tested where they are."""
    reached = set()
    client = register(world, policy={"means": list(MEANS.values())})
    for acr in value:
        essential = json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})
        level = LEVEL[acr]
        browser = settled(world, level=level, means=MEANS[level])
        tokens = client.redeem(client.code_for(browser, claims=essential)).json
        reached.add(segment(tokens["id_token"], 1)["acr"])
    assert reached == set(value)


def claim_types(world: World, value: list[str]) -> None:
    assert value == ["normal"]


def claims(world: World, value: list[str]) -> None:
    """Each is told of somebody in the cast, in one place or the other."""
    # One who administers a house, and has come by two factors.
    house(world)
    policy = {"means": ["totp"]}
    scopes = discovery(world)["scopes_supported"]
    client = register(world, oidc={"scopes": scopes}, policy=policy)
    browser = settled(world, level=Level.TWO_FACTORS, means="totp")
    told: set[str] = set()
    every = json.dumps({"id_token": dict.fromkeys(value)})
    tokens = client.redeem(
        client.code_for(browser, scope=" ".join(client.settings["scopes"]), claims=every)
    ).json
    told |= set(segment(tokens["id_token"], 1))
    info = send(world, "GET", "/oidc/userinfo", headers=bearer(tokens["access_token"]))
    told |= set(info.get_json())
    protocol = {"iss", "aud", "azp", "exp", "iat", "nonce", "at_hash"}
    assert told - protocol == set(value)


def claims_parameter(world: World, value: bool) -> None:
    client = world.client("plain")
    code = client.code_for(settled(world), claims='{"id_token": {"email": null}}')
    assert ("email" in segment(client.redeem(code).json["id_token"], 1)) is value


def signed_requests(world: World, value: bool) -> None:
    key = new_key("ES256")
    client = signing(world, key)
    assert ("code" in bring(client, signed(client, key))) is value


def signed_algorithms(world: World, value: list[str]) -> None:
    # Those for whoever is registered so: test_weak_requests.py.
    assert value[-2:] == ["RS256", "none"]
    for algorithm in value[:-2]:
        key = new_key(algorithm)
        client = signing(world, key)
        assert "code" in bring(client, signed(client, key))


def named_requests(world: World, value: bool) -> None:
    """Those that were pushed; those that lie at an address: test_request_uris.py."""
    client = register(world)
    uri = client.post("/oidc/par", asked(client)).json["request_uri"]
    url = "/oidc/authorize?" + urlencode({"client_id": client.key, "request_uri": uri})
    assert ("code" in parameters_of(settled(world).request("GET", url))) is value


def of_each_application(world: World, value: bool) -> None:
    """Nothing is demanded of whoever is not registered so."""
    client = world.client("plain")
    answered = parameters_of(settled(world).request("GET", client.authorize_url()))
    assert ("code" in answered) is not value


def registered_addresses(world: World, value: bool) -> None:
    url = world.client("plain").authorize_url(request_uri="https://plain.example/request.jwt")
    answered = parameters_of(settled(world).request("GET", url))
    assert (answered.get("error") == "request_uri_not_supported") is value


def iss_parameter(world: World, value: bool) -> None:
    url = world.client("plain").authorize_url()
    answered = parameters_of(settled(world).request("GET", url))
    assert ("iss" in answered) is value


def prompts(world: World, value: list[str]) -> None:
    for prompt in value:
        browser = settled(world)
        response = browser.get(world.client("plain").authorize_url(prompt=prompt))
        if prompt == "none":
            assert "code" in parameters_of(response)
        else:
            # Something is asked of a person who could have passed without a word.
            assert response.status_code == 200
            cancel(browser)
    url = world.client("plain").authorize_url(prompt="create")
    assert "error" in parameters_of(settled(world).request("GET", url))


def locales(world: World, value: list[str]) -> None:
    for locale in value:
        browser = world.browser()
        world.client("plain").ask(browser, ui_locales=locale)
        assert browser.page.html["lang"] == locale


def backchannel(world: World, value: bool) -> None:
    """What is told, and to whom: test_backchannel.py."""
    teller = world.provider.edge.teller
    client = teller.clients.of(world.core.applications._parsed["plain"][1])
    token = teller.logout_token(client, world.cast["medecin"].id, "label")
    assert ("sid" in verify(world, token, "logout+jwt").claims) is value


def frontchannel(world: World, value: bool) -> None:
    """What is told, and to whom: test_frontchannel.py."""
    own = {"frontchannel_logout_uri": "https://guest.example/over"}
    client = register(world, "guest", oidc=own)
    with world.core.database.read() as tx:
        application = world.core.applications.load(tx, client.key)
    assert application is not None
    handover = world.provider.edge.parting.lead(application, "", "a session", "")
    told = parse_qs(urlsplit(handover.url if handover else "").query)
    assert ({"iss", "sid"} == set(told)) is value


EXERCISES: dict[str, Callable[[World, Any], None]] = {
    "issuer": issuer,
    "authorization_endpoint": endpoint,
    "token_endpoint": endpoint,
    "userinfo_endpoint": endpoint,
    "jwks_uri": endpoint,
    "introspection_endpoint": endpoint,
    "revocation_endpoint": endpoint,
    "end_session_endpoint": endpoint,
    "pushed_authorization_request_endpoint": endpoint,
    "device_authorization_endpoint": endpoint,
    "backchannel_authentication_endpoint": endpoint,
    **ABSENT,
    "scopes_supported": scopes,
    "response_types_supported": response_types,
    "response_modes_supported": response_modes,
    "grant_types_supported": grant_types,
    "subject_types_supported": subject_types,
    "id_token_signing_alg_values_supported": id_token_algorithms,
    "authorization_signing_alg_values_supported": answer_algorithms,
    "userinfo_signing_alg_values_supported": userinfo_algorithms,
    "token_endpoint_auth_methods_supported": auth_methods("/oidc/token"),
    "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms("/oidc/token"),
    "introspection_endpoint_auth_methods_supported": auth_methods("/oidc/introspect"),
    "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms(
        "/oidc/introspect"
    ),
    "introspection_signing_alg_values_supported": introspection_algorithms,
    "revocation_endpoint_auth_methods_supported": auth_methods("/oidc/revoke"),
    "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms("/oidc/revoke"),
    **MORE,
    "code_challenge_methods_supported": challenge_methods,
    "acr_values_supported": acr_values,
    "claim_types_supported": claim_types,
    "claims_supported": claims,
    "claims_parameter_supported": claims_parameter,
    "request_parameter_supported": signed_requests,
    "request_uri_parameter_supported": named_requests,
    "require_request_uri_registration": registered_addresses,
    "request_object_signing_alg_values_supported": signed_algorithms,
    "require_pushed_authorization_requests": of_each_application,
    "require_signed_request_object": of_each_application,
    "authorization_response_iss_parameter_supported": iss_parameter,
    "prompt_values_supported": prompts,
    "ui_locales_supported": locales,
    "backchannel_logout_supported": backchannel,
    "frontchannel_logout_supported": frontchannel,
    "frontchannel_logout_session_supported": frontchannel,
    "backchannel_logout_session_supported": backchannel,
}
