# SPDX-License-Identifier: Apache-2.0
"""A strict relying party: it checks every obligation of an answer, by another library's JOSE."""

import hashlib
import json
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet

from tests.protocol.kit import send
from tests.world import Answer, RelyingParty, World

DISCOVERY = "/.well-known/openid-configuration"
ID_TOKEN_LIFE = 600
ACCESS_LIFE = 600
NONCE = "nonce-of-this-tab"
REQUIRED = {
    *("iss", "sub", "aud", "azp", "iat", "exp", "auth_time"),
    *("acr", "amr", "sid", "at_hash"),
}
HASHES = {"ES256": hashlib.sha256, "RS256": hashlib.sha256, "EdDSA": hashlib.sha512}
KTY = {"ES256": ("EC", "P-256"), "RS256": ("RSA", None), "EdDSA": ("OKP", "Ed25519")}


@dataclass(frozen=True)
class Verified:
    """A token whose signature holds."""

    header: dict[str, Any]
    claims: dict[str, Any]


def discovery(world: World) -> dict[str, Any]:
    """The discovery document, as published."""
    response = send(world, "GET", DISCOVERY)
    assert response.status_code == 200
    document: dict[str, Any] = response.get_json()
    assert document["issuer"] == world.issuer
    return document


def jwks(world: World) -> dict[str, Any]:
    """The published keys."""
    address = discovery(world)["jwks_uri"].removeprefix(world.issuer)
    document: dict[str, Any] = send(world, "GET", address).get_json()
    return document


def segment(token: str, number: int) -> dict[str, Any]:
    """A segment of a token as JSON, before anything is verified."""
    text = token.split(".")[number]
    assert "=" not in text
    found: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def verify(world: World, token: str, typ: str) -> Verified:
    """Signature, algorithm, key and type of a token of the provider's."""
    assert token.count(".") == 2
    header = segment(token, 0)
    assert set(header) == {"alg", "kid", "typ"}, header
    assert header["typ"] == typ
    published = jwks(world)
    matching = [key for key in published["keys"] if key["kid"] == header["kid"]]
    assert len(matching) == 1, "exactly one published key has this kid"
    key = matching[0]
    assert key["alg"] == header["alg"]
    assert (key["kty"], key.get("crv")) == KTY[header["alg"]]
    assert key["use"] == "sig"
    keys = KeySet.import_key_set(published)
    with warnings.catch_warnings():
        # joserfc warns of the name EdDSA (RFC 9864).
        warnings.simplefilter("ignore", SecurityWarning)
        verified = jws.deserialize_compact(token.encode(), keys, algorithms=[header["alg"]])
    return Verified(header, json.loads(verified.payload))


def check_headers(headers: Mapping[str, str]) -> None:
    """RFC 6749 §5.1 (OA-044)."""
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Pragma"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"


def check_response(
    world: World,
    client: RelyingParty,
    answer: Answer,
    *,
    nonce: str | None = NONCE,
    level: int = 1,
    auth_time: int | None = None,
) -> Verified:
    """Every obligation of the token endpoint's answer to a login; the ID token."""
    assert answer.status == 200, answer
    check_headers(answer.headers)
    body = answer.json
    expected = {"access_token", "token_type", "expires_in", "scope", "id_token"}
    if "refresh_token" in client.settings["grant_types"]:
        expected.add("refresh_token")
    assert set(body) == expected
    assert body["token_type"] == "Bearer"
    assert type(body["expires_in"]) is int
    assert 0 < body["expires_in"] <= ACCESS_LIFE
    assert "openid" in body["scope"].split()
    check_access(world, client, body)
    found = verify(world, body["id_token"], "JWT")
    check_id_token(world, client, found, nonce=nonce, level=level, auth_time=auth_time)
    check_at_hash(found, body["access_token"])
    return found


def check_id_token(
    world: World,
    client: RelyingParty,
    found: Verified,
    *,
    nonce: str | None,
    level: int,
    auth_time: int | None,
) -> None:
    """OIDC Core §2 and §3.1.3.7, as strictly as a client may."""
    claims = found.claims
    document = discovery(world)
    assert found.header["alg"] in document["id_token_signing_alg_values_supported"]
    assert claims.keys() >= REQUIRED
    assert claims["iss"] == document["issuer"]
    assert claims["aud"] == client.key
    assert claims["azp"] == client.key
    now = world.clock.now()
    assert all(type(claims[name]) is int for name in ("iat", "exp", "auth_time"))
    assert claims["iat"] == now
    assert claims["exp"] == now + ID_TOKEN_LIFE
    assert claims["auth_time"] <= now
    if auth_time is not None:
        assert claims["auth_time"] == auth_time
    # OIDC Core §3.1.3.6, §12.2: the nonce comes back unchanged, or not at all.
    assert claims.get("nonce", None) == nonce
    assert ("nonce" in claims) == (nonce is not None)
    assert claims["acr"] == f"urn:sceau:level:{level}"
    assert claims["acr"] in document["acr_values_supported"] or level > 1
    assert claims["amr"]
    assert all(isinstance(one, str) for one in claims["amr"])
    for name in ("sub", "sid"):
        assert isinstance(claims[name], str)
        assert 16 <= len(claims[name]) <= 255
        assert claims[name].isascii()


def check_at_hash(found: Verified, access_token: str) -> None:
    """OIDC Core §3.1.3.6."""
    check_half(found, "at_hash", access_token)


def check_half(found: Verified, claim: str, value: str) -> None:
    """The token is tied to what came beside it (OIDC Core §3.3.2.11)."""
    digest = HASHES[found.header["alg"]](value.encode("ascii")).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert found.claims[claim] == half


def check_access(world: World, client: RelyingParty, body: Mapping[str, Any]) -> Verified | None:
    """Opaque, or RFC 9068 §2.2 to the letter."""
    token = body["access_token"]
    if client.settings.get("access_token_format", "opaque") == "opaque":
        # RFC 6819 §5.1.4.2.2: 256 bits, and nothing to read in them.
        assert len(token) == 43
        assert "." not in token
        return None
    found = verify(world, token, "at+jwt")
    claims = found.claims
    required = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"}
    assert claims.keys() >= required
    assert claims["iss"] == world.issuer
    assert claims["client_id"] == client.key
    assert claims["iat"] == world.clock.now()
    assert claims["exp"] - claims["iat"] == body["expires_in"]
    assert claims["scope"] == body["scope"]
    assert claims["aud"]
    return found
