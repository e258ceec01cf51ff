# SPDX-License-Identifier: Apache-2.0
"""PKCE: S256 and nothing weaker, bound to the code, for everybody who isn't excused by name."""

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from tests.cast import SECRET, application
from tests.protocol.kit import parameters_of, register, settled
from tests.protocol.oidc.test_codes import refused
from tests.world import World

WRONG = {
    "empty": "",
    "another": "v" * 43,
    "too short": "v" * 42,
    "too long": "v" * 129,
    "illegal characters": "v" * 42 + "+",
    "space": "v" * 42 + " ",
    "not ascii": "v" * 42 + "é",
    "line feed at the end": "v" * 43 + "\n",
    "nul": "v" * 43 + "\x00",
}


@pytest.mark.parametrize("key", ["dcc", "native"])
@pytest.mark.parametrize("verifier", WRONG.values(), ids=list(WRONG))
def test_oa_035_a_wrong_verifier(shared: World, key: str, verifier: str) -> None:
    client = shared.client(key)
    refused(client.redeem(client.code_for(settled(shared)), code_verifier=verifier))


@pytest.mark.parametrize("key", ["dcc", "native"])
def test_oa_035_no_verifier(shared: World, key: str) -> None:
    client = shared.client(key)
    body = {"grant_type": "authorization_code", "redirect_uri": client.redirect_uri}
    refused(client.post("/oidc/token", body | {"code": client.code_for(settled(shared))}))


def test_oa_035_the_challenge_is_not_the_verifier(shared: World) -> None:
    client = shared.client("dcc")
    refused(client.redeem(client.code_for(settled(shared)), code_verifier=client.challenge))


def test_oa_035_a_right_verifier_cut_or_lengthened(shared: World) -> None:
    client = shared.client("dcc")
    for wrong in (client.verifier[:-1], client.verifier + "a", client.verifier.swapcase()):
        refused(client.redeem(client.code_for(settled(shared)), code_verifier=wrong))


@pytest.mark.parametrize("length", [43, 128])
def test_oa_035_verifiers_of_each_allowed_length(shared: World, length: int) -> None:
    client = shared.client("dcc")
    client.verifier = ("aZ09-._~" * 16)[:length]
    assert client.redeem(client.code_for(settled(shared))).status == 200


@pytest.mark.parametrize("key", ["dcc", "native", "posting"])
def test_oa_036_a_request_without_a_challenge(shared: World, key: str) -> None:
    client = shared.client(key)
    url = client.authorize_url(code_challenge=None, code_challenge_method=None)
    answered = parameters_of(settled(shared).request("GET", url))
    assert answered["error"] == "invalid_request"
    assert "code_challenge" in answered["error_description"]


def test_oa_036_a_verifier_where_the_challenge_was_stripped(shared: World) -> None:
    client = register(shared, oidc={"pkce": "optional"})
    stripped = {"code_challenge": None, "code_challenge_method": None}
    refused(client.redeem(client.code_for(settled(shared), **stripped)))


def test_oa_036_a_client_excused_by_name_may_go_without(shared: World) -> None:
    client = register(shared, oidc={"pkce": "optional"})
    stripped = {"code_challenge": None, "code_challenge_method": None}
    body = {"grant_type": "authorization_code", "redirect_uri": client.redirect_uri}
    body |= {"code": client.code_for(settled(shared), **stripped)}
    assert client.post("/oidc/token", body).status == 200
    # Excused, not exempt: where it began with a challenge, the verifier is due.
    body |= {"code": client.code_for(settled(shared))}
    refused(client.post("/oidc/token", body))


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge_method": ""},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge_method": "S256 plain"},
        {"code_challenge": ""},
        {"code_challenge": "c" * 42},
        {"code_challenge": "c" * 44},
        {"code_challenge": "c" * 42 + "="},
        {"code_challenge": "c" * 42 + "+"},
        {"code_challenge": "c" * 43 + "\n"},
        {"code_challenge": "é" * 43},
    ],
    ids=str,
)
@pytest.mark.parametrize("pkce", ["required", "optional"])
def test_oa_037_a_weak_or_malformed_challenge(
    shared: World, pkce: str, changes: dict[str, str | None]
) -> None:
    client = register(shared, oidc={"pkce": pkce})
    answered = parameters_of(settled(shared).request("GET", client.authorize_url(**changes)))
    assert answered["error"] == "invalid_request"
    assert "code" not in answered


def test_oa_037_a_method_given_twice(shared: World) -> None:
    url = shared.client("dcc").authorize_url() + "&code_challenge_method=plain"
    answered = parameters_of(settled(shared).request("GET", url))
    assert answered["error"] == "invalid_request"


def test_oa_038_a_secret_does_not_excuse_a_public_client(shared: World) -> None:
    client = shared.client("native")
    code = client.code_for(settled(shared))
    body = {"grant_type": "authorization_code", "redirect_uri": client.redirect_uri, "code": code}
    # RFC 6749 §3.1: an empty one is not sent at all.
    refused(client.post("/oidc/token", body | {"client_secret": ""}))
    code = client.code_for(settled(shared))
    body["code"] = code
    for secret in ("x", SECRET):
        answer = client.post("/oidc/token", body | {"client_secret": secret})
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    answer = client.post("/oidc/token", body, **client.basic("anything"))
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    refused(client.post("/oidc/token", body))


def test_oa_038_a_public_client_cannot_be_registered_without_pkce() -> None:
    document = application("guest", oidc={"token_endpoint_auth_method": "none", "pkce": "optional"})
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert any(fault.place == "oidc.pkce" for fault in faults)
