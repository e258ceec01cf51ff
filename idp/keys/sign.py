# SPDX-License-Identifier: Apache-2.0
"""Signing our tokens, and verifying the ones that come back to us.

The compact form is built here, with the header encoded once a signer. Measured for an ID token,
ES256: 3.5 µs over the raw signature (17 µs), where joserfc, which looks up the algorithm, checks
and encodes the header each time, takes 13.6 µs over it. Verifying: 12 µs over the raw 45 µs.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from idp.errors import Breakdown
from idp.keys import compact
from idp.keys.view import PublicKey, Signer

encode_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

MAX_PREFIXES = 64
HEADER_MEMBERS = frozenset(("alg", "kid", "typ"))


class HeaderTaken(Breakdown):
    """The caller set a header member that the signer decides: a fault of ours."""


class Publics(Protocol):
    """Where the public keys are: a `KeyStore`."""

    def public(self, kid: str) -> PublicKey | None:
        """The published key of this kid."""


def sign(signer: Signer, header: Mapping[str, str], claims: Mapping[str, Any]) -> str:
    """The compact JWS of these claims; `header` is what comes beside alg and kid, the typ."""
    prefix = signer.prefixes.get(tuple(header.items()))
    if prefix is None:
        prefix = _prefix(signer, header)
    signed = prefix + compact.encode(encode_json(claims).encode("ascii"))
    return f"{signed}.{compact.encode(signer.raw(signed.encode('ascii')))}"


def verify_own(
    token: object,
    store: Publics,
    *,
    typ: str,
    issuer: str,
    now: int,
    leeway: int = 0,
    accept_expired: bool = False,
) -> dict[str, Any] | None:
    """The claims of a token that we signed for this use and that holds now, or None.

    `accept_expired` is for `id_token_hint` alone, where an old token still names somebody.
    """
    parts = compact.split(token)
    if parts is None:
        return None
    header, payload, signature = parts
    key = _key(compact.read_object(header), store, typ)
    raw = compact.decode(signature)
    if key is None or raw is None or not key.verify(f"{header}.{payload}".encode("ascii"), raw):
        return None
    claims = compact.read_object(payload)
    if claims is None or not _typed(claims) or claims["iss"] != issuer:
        return None
    if claims["iat"] > now + leeway or claims.get("nbf", now) > now + leeway:
        return None
    if claims["exp"] <= now - leeway and not accept_expired:
        return None
    return claims


def _prefix(signer: Signer, header: Mapping[str, str]) -> str:
    if not HEADER_MEMBERS.isdisjoint(header.keys() - {"typ"}):
        raise HeaderTaken("alg and kid are the signer's")
    members = {"alg": signer.algorithm, "kid": signer.kid, **header}
    prefix = compact.encode(encode_json(members).encode("ascii")) + "."
    if len(signer.prefixes) < MAX_PREFIXES:
        signer.prefixes[tuple(header.items())] = prefix
    return prefix


def _key(header: dict[str, Any] | None, store: Publics, typ: str) -> PublicKey | None:
    # Exactly what we write: jwk, jku, x5u, x5c, crit, b64, zip have no place in our own tokens,
    # and nothing named by a token is ever fetched (RFC 8725 §3.10).
    if header is None or header.keys() != HEADER_MEMBERS:
        return None
    kid = header["kid"]
    # RFC 8725 §3.11: the explicit type keeps one kind of token from passing for another.
    if not isinstance(kid, str) or header["typ"] != typ:
        return None
    key = store.public(kid)
    # RFC 8725 §3.1: the algorithm is the key's, the token's word is only compared.
    return key if key is not None and header["alg"] == key.algorithm else None


def _typed(claims: dict[str, Any]) -> bool:
    # bool is an int and 1e308 a float: the type must be int itself.
    numbers = all(type(claims.get(name)) is int for name in ("exp", "iat"))
    start = type(claims.get("nbf", 0)) is int
    return numbers and start and isinstance(claims.get("iss"), str)
