# SPDX-License-Identifier: Apache-2.0
"""Introspection: told to those a token is meant for, one word to everybody else, signed on wish."""

import json

import pytest

from tests.cast import SECRET
from tests.protocol.kit import assert_error, register, send, settled
from tests.protocol.oidc.strict import check_headers, verify
from tests.world import RelyingParty, World

INACTIVE = {"active": False}
SIGNED = "application/token-introspection+jwt"
RESOURCE = {"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": []}


def robot_token(world: World) -> str:
    body = {"grant_type": "client_credentials"}
    return str(world.client("robot").post("/oidc/token", body).json["access_token"])


def signed(client: RelyingParty, token: str, accept: str = SIGNED):
    return send(
        client.world,
        "POST",
        "/oidc/introspect",
        form={"token": token},
        headers=client.basic() | {"Accept": accept},
    )


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_what_is_told_of_a_persons_token(shared: World, kind: str) -> None:
    client = register(shared, oidc={"access_token_format": kind, "audiences": ["resource"]})
    answer = client.redeem(client.code_for(settled(shared)))
    identity = verify(shared, answer.json["id_token"], "JWT").claims
    for reader in (client, shared.client("resource")):
        told = reader.introspect(answer.json["access_token"])
        check_headers(told.headers)
        now = shared.clock.now()
        assert told.json == {
            "active": True,
            "scope": "openid profile email",
            "client_id": client.key,
            "token_type": "Bearer",
            "exp": now + 600,
            "iat": now,
            "iss": shared.issuer,
            "aud": ["resource"],
            "sub": identity["sub"],
            "acr": "urn:sceau:level:1",
            "amr": ["pwd"],
            "auth_time": identity["auth_time"],
            "sid": identity["sid"],
        }


def test_what_is_told_of_an_applications_token(shared: World) -> None:
    told = shared.client("resource").introspect(robot_token(shared)).json
    assert (told["sub"], told["client_id"], told["active"]) == ("robot", "robot", True)
    assert not {"acr", "amr", "auth_time", "sid"} & set(told)


def test_a_refresh_token_is_told_to_its_owner_alone(shared: World) -> None:
    client = register(shared, oidc={"audiences": ["resource"]})
    token = client.tokens(settled(shared))["refresh_token"]
    assert client.introspect(token).json["token_type"] == "refresh_token"
    assert shared.client("resource").introspect(token).json == INACTIVE


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_oa_110_cve_2026_18208_somebody_it_is_not_meant_for(shared: World, kind: str) -> None:
    client = register(shared, oidc={"access_token_format": kind, "audiences": ["resource"]})
    tokens = client.tokens(settled(shared))
    stranger = shared.client("robot")
    for name in ("access_token", "refresh_token"):
        dead = stranger.introspect(tokens[name])
        assert dead.json == INACTIVE
        never = stranger.introspect("never-a-token")
        assert (dead.status, dead.json) == (never.status, never.json)
        assert dict(dead.headers) == dict(never.headers)


def test_oa_110_signed_for_somebody_it_is_not_meant_for(shared: World) -> None:
    token = shared.client("dcc").tokens(settled(shared))["access_token"]
    response = signed(shared.client("robot"), token)
    told = verify(shared, response.get_data(as_text=True), "token-introspection+jwt").claims
    assert told["token_introspection"] == INACTIVE


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}])
def test_oa_111_nobody(shared: World, headers: dict[str, str]) -> None:
    response = send(shared, "POST", "/oidc/introspect", form={"token": "x"}, headers=headers)
    assert_error(response, 401, "invalid_client")


def test_oa_111_a_public_client_may_not_look_up_even_its_own(shared: World) -> None:
    native = shared.client("native")
    token = native.tokens(settled(shared))["access_token"]
    answer = native.introspect(token)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_oa_111_a_thousand_guesses_find_nothing(shared: World) -> None:
    client = shared.client("resource")
    live = robot_token(shared)
    for number in range(1000):
        guess = live[:-4] + f"{number:04d}"
        if guess != live:
            assert client.introspect(guess).json == INACTIVE


def test_a_token_must_be_named(shared: World) -> None:
    for body in ({"token_type_hint": "access_token"}, {"token": ""}):
        answer = shared.client("resource").post("/oidc/introspect", body)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "x", ""])
def test_a_hint_changes_nothing(shared: World, hint: str) -> None:
    client = shared.client("plain")
    token = client.tokens(settled(shared))["access_token"]
    body = {"token": token, "token_type_hint": hint}
    assert client.post("/oidc/introspect", body).json["active"] is True


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_rfc_9701_a_signed_answer(shared: World, algorithm: str) -> None:
    resource = register(shared, oidc=RESOURCE | {"id_token_signed_response_alg": algorithm})
    client = register(shared, oidc={"audiences": [resource.key]})
    token = client.tokens(settled(shared))["access_token"]
    response = signed(resource, token)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == SIGNED
    assert response.headers["Cache-Control"] == "no-store"
    found = verify(shared, response.get_data(as_text=True), "token-introspection+jwt")
    assert found.header["alg"] == algorithm
    # RFC 9701 §5: these members and no sub or exp, or it could pass for an access token.
    assert set(found.claims) == {"iss", "aud", "iat", "token_introspection"}
    assert found.claims["iss"] == shared.issuer
    assert found.claims["aud"] == resource.key
    assert found.claims["iat"] == shared.clock.now()
    assert found.claims["token_introspection"] == resource.introspect(token).json


def test_rfc_9701_only_for_who_asks(shared: World) -> None:
    token = robot_token(shared)
    for accept in ("application/json", "*/*", "", "application/jwt"):
        response = signed(shared.client("resource"), token, accept)
        assert response.headers["Content-Type"] == "application/json"
        assert json.loads(response.data)["active"] is True


def test_rfc_9701_a_refusal_stays_plain(shared: World) -> None:
    response = send(
        shared, "POST", "/oidc/introspect", form={"token": "x"}, headers={"Accept": SIGNED}
    )
    assert_error(response, 401, "invalid_client")


def test_rfc_9701_a_signed_answer_is_no_token(shared: World) -> None:
    client = shared.client("plain")
    token = client.tokens(settled(shared))["access_token"]
    answer = signed(client, token).get_data(as_text=True)
    assert client.userinfo(answer).status == 401
    assert client.introspect(answer).json == INACTIVE


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_oa_112_a_token_of_another_client_is_left_alone(world: World, kind: str) -> None:
    owner = register(world, oidc={"access_token_format": kind})
    tokens = owner.tokens(settled(world))
    thief = world.client("robot")
    for name in ("access_token", "refresh_token"):
        answer = thief.post("/oidc/revoke", {"token": tokens[name]})
        never = thief.post("/oidc/revoke", {"token": "never-a-token"})
        assert (answer.status, answer.json) == (never.status, never.json) == (200, {})
    assert owner.userinfo(tokens["access_token"]).status == 200
    assert owner.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_oa_113_revoking_an_access_token_ends_it_alone(world: World, kind: str) -> None:
    client = register(world, oidc={"access_token_format": kind})
    tokens = client.tokens(settled(world))
    assert client.post("/oidc/revoke", {"token": tokens["access_token"]}).status == 200
    assert client.introspect(tokens["access_token"]).json == INACTIVE
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_oa_113_revoking_a_refresh_token_ends_the_family(world: World) -> None:
    client = world.client("dcc")
    first = client.tokens(settled(world))
    second = client.refresh(first["refresh_token"]).json
    assert client.post("/oidc/revoke", {"token": second["refresh_token"]}).status == 200
    for tokens in (first, second):
        assert client.introspect(tokens["access_token"]).json == INACTIVE
    assert client.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
    # RFC 7009 §2.2: a second time is no error.
    assert client.post("/oidc/revoke", {"token": second["refresh_token"]}).status == 200


def test_oa_113_a_used_refresh_token_revokes_its_family_too(sqlite_world: World) -> None:
    client = sqlite_world.client("dcc")
    first = client.tokens(settled(sqlite_world))
    second = client.refresh(first["refresh_token"]).json
    client.post("/oidc/revoke", {"token": first["refresh_token"]})
    assert client.userinfo(second["access_token"]).status == 401


def test_a_public_client_may_give_its_own_tokens_back(shared: World) -> None:
    native = shared.client("native")
    tokens = native.tokens(settled(shared))
    assert native.post("/oidc/revoke", {"token": tokens["refresh_token"]}).status == 200
    assert native.userinfo(tokens["access_token"]).status == 401


def test_revocation_needs_a_client_and_a_token(shared: World) -> None:
    assert_error(send(shared, "POST", "/oidc/revoke", form={"token": "x"}), 401, "invalid_client")
    answer = shared.client("plain").post("/oidc/revoke", {"token": ""})
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    wrong = shared.client("plain").basic("x" * len(SECRET))
    response = send(shared, "POST", "/oidc/revoke", form={"token": "x"}, headers=wrong)
    assert_error(response, 401, "invalid_client")
