# SPDX-License-Identifier: Apache-2.0
"""Tokens bound to a certificate (RFC 8705 §3), and DPoP where one is shown as well."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.answers import Answer
from tests.card_kit import CARD_ADDRESS, PROXY, CardWorld, Paper
from tests.protocol.kit import Guest, register, settled
from tests.protocol.oidc.certificates import by_itself, jwks_of, made, open_both, post, userinfo
from tests.protocol.oidc.proofs import CREDENTIALS, MACHINE, code_form, proof, refresh_form
from tests.protocol.oidc.signing import new_key
from tests.protocol.oidc.strict import segment

TOKEN, USERINFO = "/oidc/token", "/oidc/userinfo"
BOUND: dict[str, Any] = {"tls_client_certificate_bound_access_tokens": True}
OWN, OTHER = by_itself("CN=agenda"), by_itself("CN=other")


@pytest.fixture
def both(database_url: str) -> Iterator[CardWorld]:
    """Both addresses, over each database."""
    opened = open_both(database_url)
    yield opened
    opened.door.close()
    opened.world.close()


def thumbprint(paper: Paper) -> str:
    return urlsafe_b64encode(sha256(paper.der).digest()).rstrip(b"=").decode()


def ask(
    opened: CardWorld, client: Guest, form: dict[str, str], paper: Paper | None, **more: Any
) -> Answer:
    """The token endpoint, as the client is registered."""
    if client.settings.get("token_endpoint_auth_method", "client_secret_basic").endswith("basic"):
        more |= client.basic()
    else:
        form = form | {"client_id": client.key}
    return post(opened, TOKEN, form, paper, **more)


def logged_in(opened: CardWorld, paper: Paper = OWN, **oidc: Any) -> tuple[Guest, dict[str, Any]]:
    client = register(opened.world, oidc=BOUND | oidc)
    code = client.code_for(settled(opened.world))
    given = ask(opened, client, code_form(client, code), paper)
    assert given.status == 200, given
    return client, given.json


METHODS: dict[str, dict[str, Any]] = {
    "secret": {},
    "none": {"token_endpoint_auth_method": "none"},
    "own": {
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": jwks_of(OWN, OTHER),
    },
}


@pytest.mark.parametrize("method", METHODS)
def test_oa_060_a_token_is_for_its_certificate(both: CardWorld, method: str) -> None:
    client, given = logged_in(both, **METHODS[method], access_token_format="jwt")
    token = given["access_token"]
    assert given["token_type"] == "Bearer"
    assert segment(token, 1)["cnf"] == {"x5t#S256": thumbprint(OWN)}
    assert "sub" in userinfo(both, token, OWN).json
    for answer in (
        userinfo(both, token, OTHER),
        userinfo(both, token),
        userinfo(both, token, main=True),
        # No header makes a certificate of it where nobody asked for one.
        userinfo(both, token, OWN, main=True),
        post(both, USERINFO, {}, OWN, peer="198.51.100.9", Authorization=f"Bearer {token}"),
        post(both, USERINFO, {}, OWN, main=True, peer=PROXY, Authorization=f"Bearer {token}"),
        post(both, USERINFO, {"access_token": token}, OTHER),
    ):
        assert (answer.status, answer.json["error"]) == (401, "invalid_token")
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="sceau", error="invalid_token"')
    assert post(both, USERINFO, {"access_token": token}, OWN).status == 200
    if method != "none":
        told = ask_about(both, client, token)
        assert told["cnf"] == {"x5t#S256": thumbprint(OWN)}
        assert told["token_type"] == "Bearer"


def ask_about(opened: CardWorld, client: Guest, token: str) -> dict[str, Any]:
    form = {"token": token, "client_id": client.key}
    by_secret = "jwks" not in client.settings
    more = client.basic() if by_secret else {}
    answer = post(opened, "/oidc/introspect", form, None if by_secret else OTHER, **more)
    assert answer.json["active"] is True
    return answer.json


@pytest.mark.parametrize("grant", ["code", "credentials"])
def test_oa_060_no_token_without_a_certificate(both: CardWorld, grant: str) -> None:
    if grant == "code":
        client = register(both.world, oidc=BOUND)
        form = code_form(client, client.code_for(settled(both.world)))
    else:
        client, form = register(both.world, oidc=MACHINE | BOUND), CREDENTIALS
    for options in ({}, {"main": True}):
        refused = ask(both, client, form, None, **options)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")
    # Nothing was used up.
    assert ask(both, client, form, OWN).status == 200


@pytest.mark.parametrize("method", ["secret", "none"])
def test_oa_060_a_refresh_by_another_certificate(both: CardWorld, method: str) -> None:
    client, given = logged_in(both, **METHODS[method])
    form = refresh_form(given["refresh_token"])
    refused = ask(both, client, form, OTHER)
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    assert ask(both, client, form, None).status == 400
    renewed = ask(both, client, form, OWN)
    # Whoever held another one used nothing up.
    assert renewed.status == 200, renewed
    assert userinfo(both, renewed.json["access_token"], OWN).status == 200


def test_oa_060_a_refresh_by_whom_the_certificate_is_not(both: CardWorld) -> None:
    """RFC 8705 §7.1: it may have a newer one by then, and nobody else's will do."""
    client, given = logged_in(both, **METHODS["own"])
    form, stranger = refresh_form(given["refresh_token"]), by_itself("CN=stranger")
    assert ask(both, client, form, stranger).json["error"] == "invalid_client"
    renewed = ask(both, client, form, OTHER)
    assert renewed.status == 200, renewed
    assert userinfo(both, renewed.json["access_token"], OTHER).status == 200
    assert userinfo(both, renewed.json["access_token"], OWN).status == 401


def test_an_unbound_token_is_good_at_either_address(both: CardWorld) -> None:
    client = register(both.world)
    code = client.code_for(settled(both.world))
    token = ask(both, client, code_form(client, code), OWN).json["access_token"]
    assert "cnf" not in client.introspect(token).json
    answers = (
        userinfo(both, token, OTHER),
        userinfo(both, token),
        userinfo(both, token, main=True),
    )
    assert {one.status for one in answers} == {200}


def test_a_key_beside_a_certificate(both: CardWorld) -> None:
    """FAPI 2.0: known by its certificate, its tokens bound to a key, at the other address."""
    world, key = both.world, new_key("ES256", None)
    settings = METHODS["own"] | {"dpop_bound_access_tokens": True}
    client = register(world, oidc=settings)
    form = code_form(client, client.code_for(settled(world)))
    there = CARD_ADDRESS + TOKEN
    stale = ask(both, client, form, OWN, DPoP=proof(world, key, htu="https://x.example/oidc/token"))
    assert stale.json["error"] == "invalid_dpop_proof"
    given = ask(both, client, form, OWN, DPoP=proof(world, key, htu=there))
    assert given.json["token_type"] == "DPoP"
    token = given.json["access_token"]
    shown = proof(world, key, "POST", USERINFO, token=token, htu=CARD_ADDRESS + USERINFO)
    told = post(both, USERINFO, {}, OWN, Authorization=f"DPoP {token}", DPoP=shown)
    assert told.status == 200
    # The certificate alone is not what it is bound to.
    assert userinfo(both, token, OWN).status == 401


def test_oa_115_no_proof_where_tokens_are_bound_to_a_certificate(both: CardWorld) -> None:
    client = register(both.world, oidc=BOUND)
    form = code_form(client, client.code_for(settled(both.world)))
    shown = proof(both.world, new_key("ES256", None), htu=CARD_ADDRESS + TOKEN)
    assert ask(both, client, form, OWN, DPoP=shown).json["error"] == "invalid_dpop_proof"
    assert ask(both, client, form, made("CN=any")).status == 200
