# SPDX-License-Identifier: Apache-2.0
"""Proofs of a key (RFC 9449), right and wrong in one way at a time, and who sends them."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tests.answers import Answer
from tests.cast import SECRET
from tests.protocol.kit import Guest, register, send
from tests.protocol.oidc.signing import DROP, Key, algorithm_of, public, sign
from tests.world import World

TOKEN = "/oidc/token"
USERINFO = "/oidc/userinfo"
BOUND = {"dpop_bound_access_tokens": True}
CREDENTIALS = {"grant_type": "client_credentials"}
# An application in its own name.
MACHINE: dict[str, Any] = {
    "redirect_uris": [],
    "grant_types": ["client_credentials"],
    "scopes": ["exams.read"],
}


def hashed(value: str) -> str:
    """SHA-256 in base64url."""
    return urlsafe_b64encode(sha256(value.encode()).digest()).rstrip(b"=").decode()


def proof(
    world: World,
    key: Key,
    method: str = "POST",
    path: str = TOKEN,
    *,
    token: str = "",
    header: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A right proof for a request, with changes; DROP leaves one out."""
    made = {"typ": "dpop+jwt", "alg": algorithm_of(key), "jwk": public(key)} | (header or {})
    claims = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": world.issuer + path,
        "iat": world.clock.now(),
    } | ({"ath": hashed(token)} if token else {})
    claims |= changes
    made = {name: value for name, value in made.items() if value is not DROP}
    return sign(key, made, {name: one for name, one in claims.items() if one is not DROP})


def holder(world: World, method: str = "none", **oidc: Any) -> Guest:
    """An application whose tokens are bound to its key."""
    return register(world, oidc=BOUND | {"token_endpoint_auth_method": method} | oidc)


def at_token(client: Guest, form: Mapping[str, str], *proofs: str) -> Answer:
    """The token endpoint, with these proofs."""
    sent: dict[str, str] = {"DPoP": ",".join(proofs)} if proofs else {}
    method = client.settings.get("token_endpoint_auth_method", "client_secret_basic")
    known = {"client_id": client.key} if method == "none" else {}
    if method == "client_secret_basic":
        sent |= client.basic(SECRET)
    response = send(client.world, "POST", TOKEN, form={**form, **known}, headers=sent)
    return Answer(response.status_code, response.get_json(), response.headers)


def code_form(client: Guest, code: str) -> dict[str, str]:
    """What redeems a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": client.verifier,
    }


def refresh_form(token: str) -> dict[str, str]:
    """What renews a token."""
    return {"grant_type": "refresh_token", "refresh_token": token}


def at_userinfo(
    world: World, token: str, shown: str, scheme: str = "DPoP", method: str = "GET"
) -> Answer:
    """The user information, by a token and a proof."""
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": shown} if shown else {})
    response = send(world, method, USERINFO, headers=headers)
    return Answer(response.status_code, response.get_json(), response.headers)
