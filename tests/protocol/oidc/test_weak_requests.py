# SPDX-License-Identifier: Apache-2.0
"""Requests that nobody signs, or as one no longer does: of applications registered so, no others.

The conformance suite's profile of dynamic registration asks for both (OIDC Core §6).
"""

import json
from typing import Any

import pytest

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.administration.belonging import NOWHERE
from idp.administration.rules.protocols import Complaint
from idp.applications.registration import read_registration
from idp.oidc.client import check_client
from idp.oidc.registering import OidcRegistering
from tests.cast import application
from tests.protocol.kit import Guest, register
from tests.protocol.oidc.newcomers import Shelf
from tests.protocol.oidc.signing import (
    DROP,
    Key,
    assertion_form,
    b64,
    claims_for,
    new_key,
    public,
    sign,
)
from tests.protocol.oidc.test_request_objects import bring as bring_value
from tests.protocol.oidc.test_request_objects import claims
from tests.protocol.oidc.test_request_uris import URI, bring
from tests.world import World

RSA = new_key("PS256", "rsa-1", alg="RS256")


@pytest.fixture
def shelf(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(sqlite_world.core.fetcher, "fetch", made.fetch)
    return made


def registered(world: World, algorithm: str, **more: Any) -> Guest:
    settings = {"request_object_signing_alg": algorithm, "request_uris": [URI]} | more
    return register(world, oidc=settings)


def unsigned(client: Guest, header: dict[str, Any] | None = None, tail: str = "", **changes: Any):
    said = b64({"alg": "none"} if header is None else header)
    return f"{said}.{b64(claims(client, **changes))}.{tail}"


def old(client: Guest, key: Key = RSA, alg: str = "RS256", **changes: Any) -> str:
    return sign(key, {"alg": alg, "kid": "rsa-1"}, claims(client, **changes))


def test_an_unsigned_request_where_it_is_registered(sqlite_world: World, shelf: Shelf) -> None:
    client = registered(sqlite_world, "none")
    # OIDC Core §6.1: it need not say who made it, nor for whom.
    for changes in ({}, dict.fromkeys(("iss", "aud", "exp", "nbf", "iat"), DROP)):
        shelf.held[URI] = unsigned(client, **changes).encode()
        sqlite_world.clock.pass_by(10)
        answered = bring(client, URI)
        assert (answered.get("state"), "code" in answered) == ("state-within", True), answered


@pytest.mark.parametrize("algorithm", ["", "ES256", "RS256"])
def test_oa_092_an_unsigned_request_of_another(
    sqlite_world: World, shelf: Shelf, algorithm: str
) -> None:
    key = RSA if algorithm == "RS256" else new_key("ES256")
    client = registered(sqlite_world, algorithm, jwks={"keys": [public(key)]})
    shelf.held[URI] = unsigned(client).encode()
    answered = bring(client, URI, redirect_uri=client.redirect_uri)
    assert answered["error"] == "invalid_request_object"


def test_oa_092_an_unsigned_request_comes_from_its_address_alone(
    sqlite_world: World, shelf: Shelf
) -> None:
    plain = registered(sqlite_world, "none")
    answered = bring_value(plain, unsigned(plain), redirect_uri=plain.redirect_uri)
    assert answered["error"] == "request_not_supported"
    keyed = registered(sqlite_world, "none", jwks={"keys": [public(new_key("ES256"))]})
    answered = bring_value(keyed, unsigned(keyed), redirect_uri=keyed.redirect_uri)
    assert answered["error"] == "invalid_request_object"
    pushed = keyed.post("/oidc/par", {"request": unsigned(keyed), "client_id": keyed.key})
    assert (pushed.status, pushed.json["error"]) == (400, "invalid_request_object")
    assert shelf.asked == []


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "somebody"},
    "another audience": {"aud": "https://other.example"},
    "another client": {"client_id": "plain"},
    "over": {"exp": 1},
    "another address": {"redirect_uri": "https://evil.example/cb"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("algorithm", ["none", "RS256"])
def test_oa_092_a_weak_request_that_is_wrong(
    sqlite_world: World, shelf: Shelf, algorithm: str, changes: dict[str, Any]
) -> None:
    client = registered(sqlite_world, algorithm, jwks={"keys": [public(RSA)]})
    made = unsigned if algorithm == "none" else old
    shelf.held[URI] = made(client, **changes).encode()
    location = bring_or_page(client)
    assert "code" not in location


def bring_or_page(client: Guest) -> dict[str, str]:
    """A refusal may be a page, where no address can be believed."""
    try:
        return bring(client, URI)
    except KeyError:
        return {}


@pytest.mark.parametrize(
    ("header", "tail"),
    [
        ({"alg": "none"}, "c2lnbmVk"),
        ({"alg": "None"}, ""),
        ({"alg": "none", "kid": "x"}, ""),
        ({"alg": "HS256"}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_oa_092_what_only_looks_unsigned(
    sqlite_world: World, shelf: Shelf, header: dict[str, Any], tail: str
) -> None:
    client = registered(sqlite_world, "none")
    shelf.held[URI] = unsigned(client, header, tail).encode()
    answered = bring(client, URI, redirect_uri=client.redirect_uri)
    assert answered["error"] == "invalid_request_object"


def test_a_request_signed_by_rs256_where_it_is_registered(
    sqlite_world: World, shelf: Shelf
) -> None:
    client = registered(sqlite_world, "RS256", jwks={"keys": [public(RSA)]})
    shelf.held[URI] = old(client).encode()
    assert "code" in bring(client, URI)
    assert "code" in bring_value(client, old(client))
    stolen = old(client, new_key("ES256", "rsa-1"), "ES256")
    answered = bring_value(client, stolen, redirect_uri=client.redirect_uri)
    assert answered["error"] == "invalid_request_object"


def test_keys_for_rs256_at_an_address(sqlite_world: World, shelf: Shelf) -> None:
    where = "https://guest.example/keys"
    client = registered(sqlite_world, "RS256", jwks_uri=where)
    shelf.held[where] = json.dumps({"keys": [public(RSA)]}).encode()
    shelf.held[URI] = old(client).encode()
    assert "code" in bring(client, URI)


def test_oa_055_rs256_proves_no_client_even_so(sqlite_world: World) -> None:
    # As an RSA key stands in most sets: for any algorithm of its family.
    key = new_key("PS256", "rsa-1")
    keys = {"jwks": {"keys": [public(key)]}, "token_endpoint_auth_method": "private_key_jwt"}
    client = registered(sqlite_world, "RS256", grant_types=["client_credentials"], **keys)
    form = {"grant_type": "client_credentials", "scope": "openid"}
    proof = assertion_form(sqlite_world, client.key, key)
    assert client.post("/oidc/token", form | proof).json.get("error") != "invalid_client"
    weak = sign(key, {"alg": "RS256", "kid": "rsa-1"}, claims_for(sqlite_world, client.key))
    answer = client.post("/oidc/token", form | proof | {"client_assertion": weak})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("settings", "fits"),
    [
        ({"request_object_signing_alg": "none", "request_uris": [URI]}, True),
        ({"request_object_signing_alg": "none"}, False),
        ({"request_object_signing_alg": "RS256"}, False),
        (
            {
                "request_object_signing_alg": "none",
                "request_uris": [URI],
                "require_signed_request_object": True,
            },
            False,
        ),
        ({"request_object_signing_alg": "HS256", "request_uris": [URI]}, False),
        (
            {
                "request_object_signing_alg": "RS256",
                "jwks": {"keys": [public(new_key("ES256"))]},
                "token_endpoint_auth_method": "private_key_jwt",
                "profile": "fapi2",
            },
            False,
        ),
        (
            {
                "request_object_signing_alg": "none",
                "request_uris": [URI],
                "jwks": {"keys": [public(new_key("ES256"))]},
                "token_endpoint_auth_method": "private_key_jwt",
                "profile": "fapi2",
            },
            False,
        ),
    ],
    ids=lambda one: str(one)[:48],
)
def test_who_may_be_registered_so(settings: dict[str, Any], fits: bool) -> None:
    document = application("guest", oidc=settings)
    faults = check_client(read_registration(document, frozenset({"password"})))
    assert (faults == []) is fits, faults


@pytest.mark.parametrize(
    ("algorithm", "old", "warns"),
    [("none", False, True), ("RS256", False, True), ("", False, False), ("", True, True)],
)
def test_the_console_warns_of_them(
    sqlite_world: World, algorithm: str, old: bool, warns: bool
) -> None:
    keys = {"keys": [public(new_key("PS256"))]}
    client = registered(sqlite_world, algorithm, jwks=keys, old_signatures=old)
    speaks = OidcRegistering(Subjects(bytes(32)), sqlite_world.issuer, lambda _one, _two: NOWHERE)
    with sqlite_world.core.database.read() as tx:
        known = sqlite_world.core.applications.load(tx, client.key)
        account = accounts.load(tx, sqlite_world.cast["medecin"].id)
    assert known is not None
    assert account is not None
    told = speaks.told(known, account, None).complaints
    assert any(one.what is Complaint.WEAK_REQUESTS for one in told) is warns
