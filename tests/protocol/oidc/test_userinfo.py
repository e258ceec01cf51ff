# SPDX-License-Identifier: Apache-2.0
"""Userinfo: a bearer token by one method, and never in the address."""

import pytest

from idp.grants import tokens
from idp.oidc.userinfo import NUMBER
from tests.cast import APPLICATIONS
from tests.protocol.kit import (
    bearer,
    parameters_of,
    register,
    send,
    settled,
    statements_of,
    store,
)
from tests.protocol.oidc.proofs import at_token, at_userinfo, code_form, holder, proof
from tests.protocol.oidc.signing import new_key
from tests.protocol.oidc.strict import verify
from tests.world import World

PATH = "/oidc/userinfo"


@pytest.fixture(scope="module")
def token(shared: World) -> str:
    return str(shared.client("plain").tokens(settled(shared))["access_token"])


def test_by_header_or_by_form(shared: World, token: str) -> None:
    answers = [
        send(shared, "GET", PATH, headers=bearer(token)),
        send(shared, "POST", PATH, headers=bearer(token)),
        send(shared, "POST", PATH, form={"access_token": token}),
        send(shared, "GET", PATH, headers={"Authorization": f"bearer {token}"}),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
    head = send(shared, "HEAD", PATH, headers=bearer(token))
    assert (head.status_code, head.data) == (200, b"")


def test_what_is_kept_of_a_token_is_kept_without_the_registration(world: World) -> None:
    """Long as it may be, and changed as it is: the next request is answered by the new one."""
    client = world.client("plain")
    held = bearer(str(client.tokens(settled(world))["access_token"]))
    assert send(world, "GET", PATH, headers=held).status_code == 200
    before = tokens._read_bearer.cache_info().misses
    store(world, {**APPLICATIONS["plain"], "name": "Another name"})
    assert send(world, "GET", PATH, headers=held).status_code == 200
    assert tokens._read_bearer.cache_info().misses == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oa_114_a_token_in_the_address(shared: World, token: str, method: str) -> None:
    for headers in ({}, bearer(token)):
        response = send(shared, method, PATH, query={"access_token": token}, headers=headers)
        assert (response.status_code, response.get_json()["error"]) == (400, "invalid_request")
        assert token not in response.get_data(as_text=True)


@pytest.mark.parametrize("second", ["same", "other"])
def test_oa_114_two_methods_at_once(shared: World, token: str, second: str) -> None:
    form = {"access_token": token if second == "same" else "x"}
    response = send(shared, "POST", PATH, form=form, headers=bearer(token))
    assert (response.status_code, response.get_json()["error"]) == (400, "invalid_request")


def test_oa_114_a_token_given_twice(shared: World, token: str) -> None:
    twice = [("access_token", token), ("access_token", token)]
    response = send(shared, "POST", PATH, form=twice)
    assert (response.status_code, response.get_json()["error"]) == (400, "invalid_request")


def test_no_token_gets_a_bare_challenge(shared: World) -> None:
    """RFC 6750 §3.1: no error code where nothing was presented."""
    for options in ({}, {"headers": {"Authorization": "Basic eDp5"}}, {"headers": bearer("")}):
        response = send(shared, "GET", PATH, **options)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="sceau"'


@pytest.mark.parametrize("wrong", ["x", "x" * 43, "x" * 9000, "a b", "a, b", '"', "tökén"])
def test_a_wrong_token(shared: World, wrong: str) -> None:
    headers = {"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
    response = send(shared, "GET", PATH, headers=headers)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert wrong not in response.headers["WWW-Authenticate"] or len(wrong) == 1


def test_a_token_without_openid(shared: World) -> None:
    client = shared.client("plain")
    token = client.redeem(client.code_for(settled(shared), scope="email")).json["access_token"]
    response = send(shared, "GET", PATH, headers=bearer(token))
    assert (response.status_code, response.get_json()["error"]) == (403, "insufficient_scope")


def test_the_number_of_an_exchange_comes_back(shared: World, token: str) -> None:
    """FAPI 1.0 Part 1 §6.2.1, which FAPI-CIBA stands on."""
    name, sent = "x-fapi-interaction-id", "c770aef3-6784-41f7-8E0E-ff5f97bddb3a"
    answer = send(shared, "GET", PATH, headers=bearer(token) | {name: sent})
    assert answer.headers[name] == sent
    assert name not in send(shared, "GET", PATH, headers=bearer(token)).headers
    # What is none is replaced; whose token is bound to something is told one all the same.
    for wrong in ("x", sent + "0", sent.replace("-", ""), sent[:-1] + "g"):
        answer = send(shared, "GET", PATH, headers=bearer(token) | {name: wrong})
        assert NUMBER.fullmatch(answer.headers[name])
        assert answer.headers[name] != wrong
    key = new_key("ES256", None)
    client = holder(shared)
    form = code_form(client, client.code_for(settled(shared)))
    bound = at_token(client, form, proof(shared, key)).json["access_token"]
    seen = {
        at_userinfo(shared, bound, proof(shared, key, "GET", PATH, token=bound)).headers[name]
        for _ in range(2)
    }
    assert len(seen) == 2


def test_an_applications_own_token_speaks_of_nobody(shared: World) -> None:
    body = {"grant_type": "client_credentials"}
    token = shared.client("robot").post("/oidc/token", body).json["access_token"]
    response = send(shared, "GET", PATH, headers=bearer(token))
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(shared: World, token: str, method: str) -> None:
    response = send(shared, method, PATH, headers=bearer(token))
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", '{"access_token": "x"}', 401),
        ("application/x-www-form-urlencoded", "access_token=" + "x" * 100_000, 413),
        ("application/x-www-form-urlencoded", b"access_token=\xff", 400),
        ("application/x-www-form-urlencoded", "access_token=%ff", 400),
    ],
)
def test_a_body_that_cannot_be_read(
    shared: World, kind: str, body: str | bytes, status: int
) -> None:
    response = send(shared, "POST", PATH, body=body, content_type=kind)
    assert response.status_code == status


def test_a_session_cookie_is_no_token(shared: World) -> None:
    browser = settled(shared)
    assert browser.request("GET", PATH).status_code == 401
    secret = browser.cookie("session")
    assert send(shared, "GET", PATH, headers=bearer(secret)).status_code == 401


def test_the_persons_details_are_those_of_now(sqlite_world: World) -> None:
    world = sqlite_world
    client = world.client("plain")
    tokens = client.tokens(settled(world))
    before = client.userinfo(tokens["access_token"]).json
    with world.core.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE accounts SET last_name = 'Martin' WHERE id = ?", (world.cast["medecin"].id,)
        )
    after = client.userinfo(tokens["access_token"]).json
    assert (before["family_name"], after["family_name"]) == ("Durand", "Martin")


def test_one_statement_answers_all(world: World) -> None:
    client = world.client("plain")
    token = client.tokens(settled(world))["access_token"]
    assert client.userinfo(token).status == 200
    with statements_of(world) as run:
        assert client.userinfo(token).status == 200
    assert len(run) == 1, run


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_details_come_signed_where_an_application_is_registered_so(
    shared: World, algorithm: str
) -> None:
    """OIDC Core §5.3.2."""
    client = register(shared, oidc={"userinfo_signed_response_alg": algorithm})
    token = str(client.tokens(settled(shared))["access_token"])
    response = send(shared, "GET", PATH, headers=bearer(token))
    assert response.headers["Content-Type"] == "application/jwt"
    assert response.headers["Cache-Control"] == "no-store"
    signed = response.get_data(as_text=True)
    found = verify(shared, signed, "userinfo+jwt")
    assert found.header["alg"] == algorithm
    assert (found.claims["iss"], found.claims["aud"]) == (shared.issuer, client.key)
    plain = register(shared)
    told = send(
        shared, "GET", PATH, headers=bearer(str(plain.tokens(settled(shared))["access_token"]))
    ).get_json()
    assert told.keys() == found.claims.keys() - {"iss", "aud"}
    # OA-079: it names nobody where a token of ours would.
    asked = client.authorize_url(id_token_hint=signed)
    assert parameters_of(settled(shared).request("GET", asked))["error"] == "invalid_request"
