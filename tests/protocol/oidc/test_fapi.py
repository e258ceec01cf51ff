# SPDX-License-Identifier: Apache-2.0
"""FAPI 2.0 as one switch: what it demands of an application, and grants to no other.

A whole login by a strict application first; then each word that the profile forbids.
"""

from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.oidc.client import check_client, read_client
from tests.cast import application
from tests.protocol.kit import Guest, parameters_of, register, settled
from tests.protocol.oidc.proofs import (
    CREDENTIALS,
    USERINFO,
    at_token,
    at_userinfo,
    code_form,
    proof,
    refresh_form,
)
from tests.protocol.oidc.signing import Key, assertion_form, new_key, public
from tests.protocol.oidc.strict import NONCE, check_id_token, verify
from tests.protocol.oidc.test_pushed_requests import PAR, address, asked
from tests.world import Answer, World

STRONG = {"token_endpoint_auth_method": "private_key_jwt"}


class Strict:
    """An application of the profile, with its two keys."""

    def __init__(self, world: World, **oidc: Any) -> None:
        self.world = world
        self.key = new_key("ES256")
        self.bound = new_key("ES256", None)
        settings = {"jwks": {"keys": [public(self.key)]}, "profile": "fapi2"} | STRONG | oidc
        self.client: Guest = register(world, oidc=settings)

    def proved(self, **changes: Any) -> dict[str, str]:
        named = {"aud": self.world.issuer} | changes
        return assertion_form(self.world, self.client.key, self.key, **named)

    def push(self, **changes: str | None) -> Answer:
        return self.client.post(PAR, asked(self.client, **changes) | self.proved())

    def code(self, **changes: str | None) -> str:
        answer = self.push(**changes)
        assert answer.status == 201, answer
        url = address(self.client, answer.json["request_uri"])
        return parameters_of(settled(self.world).request("GET", url))["code"]

    def at_token(self, form: dict[str, str], key: Key | None = None, **changes: Any) -> Answer:
        shown = proof(self.world, key or self.bound)
        return at_token(self.client, form | self.proved(**changes), shown)

    def tokens(self) -> dict[str, Any]:
        answer = self.at_token(code_form(self.client, self.code()))
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        return found


def refused(answer: Answer, status: int, code: str) -> None:
    """RFC 6749 §5.2."""
    assert (answer.status, answer.json["error"]) == (status, code), answer
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def strict(shared: World) -> Strict:
    return Strict(shared)


def test_a_whole_login(world: World) -> None:
    one = Strict(world)
    given = one.tokens()
    assert given["token_type"] == "DPoP"
    found = verify(world, given["id_token"], "JWT")
    check_id_token(world, one.client, found, nonce=NONCE, level=1, auth_time=None)
    assert found.header["alg"] != "RS256"
    token = given["access_token"]
    shown = proof(world, one.bound, "GET", USERINFO, token=token)
    assert at_userinfo(world, token, shown).json["sub"] == found.claims["sub"]
    other = proof(world, new_key("ES256", None), "GET", USERINFO, token=token)
    assert at_userinfo(world, token, other).status == 401


def test_requests_are_pushed(strict: Strict) -> None:
    response = settled(strict.world).request("GET", strict.client.authorize_url())
    assert parameters_of(response)["error"] == "invalid_request"


def test_a_pushed_request_names_where_it_leads(strict: Strict) -> None:
    for scope in ("openid", "profile"):
        assert strict.push(redirect_uri=None, scope=scope).status == 400
    refused(strict.push(redirect_uri="https://other.example/cb"), 400, "invalid_request")


@pytest.mark.parametrize("kind", ["code id_token", "id_token", "token", "code token"])
def test_it_is_answered_by_a_code_alone(strict: Strict, kind: str) -> None:
    refused(strict.push(response_type=kind), 400, "unsupported_response_type")


@pytest.mark.parametrize(
    "changes",
    [{"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}],
    ids=str,
)
def test_a_challenge_is_always_there(strict: Strict, changes: dict[str, str | None]) -> None:
    refused(strict.push(**changes), 400, "invalid_request")


def test_the_order_of_scopes_means_nothing(strict: Strict) -> None:
    for scope in ("openid profile email", "email openid profile"):
        given = strict.at_token(code_form(strict.client, strict.code(scope=scope))).json
        assert sorted(given["scope"].split()) == ["email", "openid", "profile"]


def test_a_clock_that_is_a_little_ahead(strict: Strict) -> None:
    now = strict.world.clock.now()
    for ahead, status in ((8, 201), (61, 401)):
        form = asked(strict.client) | strict.proved(nbf=now + ahead, iat=now + ahead)
        assert strict.client.post(PAR, form).status == status


def test_a_code_without_a_proof_gives_nothing(strict: Strict) -> None:
    form = code_form(strict.client, strict.code()) | strict.proved()
    refused(at_token(strict.client, form), 400, "invalid_request")


def test_an_assertion_is_meant_for_the_issuer_alone(strict: Strict) -> None:
    issuer = strict.world.issuer
    for meant in (f"{issuer}/oidc/token", f"{issuer}{PAR}", [issuer], f"{issuer}/"):
        form = asked(strict.client) | strict.proved(aud=meant)
        refused(strict.client.post(PAR, form), 401, "invalid_client")
    # An application without the profile may name the endpoint, as OpenID Connect lets it.
    other = Strict(strict.world, profile="")
    meant = f"{issuer}/oidc/token"
    assert other.client.post(PAR, asked(other.client) | other.proved(aud=meant)).status == 201


def test_a_refresh_token_stays(world: World) -> None:
    one = Strict(world)
    first = one.tokens()
    for _again in range(3):
        world.clock.pass_by(5)
        answer = one.at_token(refresh_form(first["refresh_token"]))
        assert answer.status == 200, answer
        assert "refresh_token" not in answer.json
        assert answer.json["access_token"] != first["access_token"]
    # RFC 9449 §5: who proves itself anew each time may change its key, and not do without.
    again = refresh_form(first["refresh_token"])
    assert one.at_token(again, new_key("ES256", None)).status == 200
    refused(at_token(one.client, again | one.proved()), 400, "invalid_request")
    # It is the application's own, and ends with what it stands on.
    other = Strict(world)
    answer = other.at_token(refresh_form(first["refresh_token"]))
    refused(answer, 400, "invalid_grant")
    one.client.post("/oidc/revoke", {"token": first["refresh_token"]} | one.proved())
    refused(one.at_token(refresh_form(first["refresh_token"])), 400, "invalid_grant")


def test_what_it_may_see_of_a_person_without_an_id_token(shared: World) -> None:
    """The suite's `plain_oauth`, which calls an interface with what it was given."""
    one = Strict(shared, scopes=["profile", "email"])
    given = one.at_token(code_form(one.client, one.code(scope="email profile", nonce=None))).json
    assert "id_token" not in given
    token = given["access_token"]
    shown = proof(shared, one.bound, "GET", USERINFO, token=token)
    person = at_userinfo(shared, token, shown).json
    assert {"sub", "email", "name"} <= set(person)
    less = one.at_token(code_form(one.client, one.code(scope="email", nonce=None))).json
    shown = proof(shared, one.bound, "GET", USERINFO, token=less["access_token"])
    person = at_userinfo(shared, less["access_token"], shown).json
    assert set(person) == {"sub", "email", "email_verified"}


def test_oa_105_a_refresh_token_that_stays_ends_with_the_grant(world: World) -> None:
    one = Strict(world)
    token = one.tokens()["refresh_token"]
    world.clock.pass_by(world.core.settings.tokens.refresh_absolute + 1)
    refused(one.at_token(refresh_form(token)), 400, "invalid_grant")


def test_oa_100_others_use_theirs_once(shared: World) -> None:
    client = shared.client("plain")
    token = client.tokens(settled(shared))["refresh_token"]
    assert client.refresh(token).status == 200
    refused(client.refresh(token), 400, "invalid_grant")


def test_an_application_in_its_own_name_is_held_to_it(shared: World) -> None:
    own = {"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": ["x"]}
    one = Strict(shared, **own)
    assert one.at_token(dict(CREDENTIALS)).json["token_type"] == "DPoP"
    form = CREDENTIALS | one.proved()
    refused(at_token(one.client, form), 400, "invalid_request")


def test_with_signed_requests_others_are_refused(shared: World) -> None:
    one = Strict(shared, profile="fapi2-signed")
    answer = one.push()
    refused(answer, 400, "invalid_request")
    assert "sign" in answer.json["error_description"]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"token_endpoint_auth_method": "client_secret_basic"}, "fapi-proof"),
    ({"token_endpoint_auth_method": "none"}, "fapi-proof"),
    ({"pkce": "optional"}, "fapi-pkce"),
    ({"id_token_signed_response_alg": "RS256"}, "fapi-algorithm"),
    ({"authorization_signed_response_alg": "RS256"}, "fapi-algorithm"),
    ({"userinfo_signed_response_alg": "RS256"}, "fapi-algorithm"),
    (
        {
            "response_types": ["code", "code id_token"],
            "grant_types": ["authorization_code", "implicit"],
        },
        "fapi-code",
    ),
)


@pytest.mark.parametrize(("changes", "why"), WRONG, ids=str)
def test_what_contradicts_it_is_told(changes: dict[str, Any], why: str) -> None:
    settings = {"profile": "fapi2", "jwks": {"keys": [public(new_key("ES256"))]}} | STRONG
    good = application("guest", oidc=settings)
    assert check_client(read_registration(good, frozenset({"password"}))) == []
    wrong = application("guest", oidc=settings | changes)
    faults = check_client(read_registration(wrong, frozenset({"password"})))
    assert why in [one.what.key for one in faults]


@pytest.mark.parametrize("method", ["tls_client_auth", "private_key_jwt"])
def test_tokens_are_bound_to_what_it_proves_itself_by(method: str) -> None:
    by_name = {"tls_client_auth_san_dns": "guest.example"} if method == "tls_client_auth" else {}
    keys = {} if by_name else {"jwks": {"keys": [public(new_key("ES256"))]}}
    settings = {"profile": "fapi2", "token_endpoint_auth_method": method, **by_name, **keys}
    document = application("guest", oidc=settings)
    client = read_client(read_registration(document, frozenset({"password"})), "RS256")
    assert (client.bound.to_certificate, client.bound.to_key) == (bool(by_name), not by_name)
    assert client.asking.must_push
    assert client.id_token_algorithm == "ES256"
