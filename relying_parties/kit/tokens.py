# SPDX-License-Identifier: Apache-2.0
"""Signed tokens: compact form, one pinned algorithm, one known key, one reading of the JSON."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from relying_parties.kit.keys import KeySource
from relying_parties.kit.strict_json import Claims, parse_object

LONGEST_TOKEN = 32 * 1024
LONGEST_HEADER = 512
LONGEST_KID = 128
# RFC 8725 §3.10: a key, or where to find one, is never taken from the token itself.
FORBIDDEN_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})

HASHES: Mapping[str, str] = {
    "ES256": "sha256",
    "RS256": "sha256",
    "PS256": "sha256",
    "ES384": "sha384",
    "EdDSA": "sha512",
}


class OneAlgorithm(jws.JWSRegistry):
    """joserfc's rules, with the registered algorithm and no other."""

    def __init__(self, algorithms: list[str]) -> None:
        super().__init__(algorithms=algorithms)

    def get_alg(self, name: str) -> Any:
        # joserfc's own look-up warns at each use of `EdDSA`, the name that providers still send.
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """Why a token is refused, for the log."""

    detail: str


def verify_token(
    token: object, keys: KeySource, algorithm: str, types: frozenset[str]
) -> Claims | Unacceptable:
    """The claims of a token whose signature holds; `types` are the accepted values of `typ`."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or token.count(".") != 2:
        return Unacceptable("not a compact JWS")
    header = _read_header(token)
    if header is None:
        return Unacceptable("unreadable header")
    fault = _header_fault(header, algorithm, types)
    if fault is not None:
        return Unacceptable(fault)
    key = keys.find(header["kid"])
    if key is None:
        return Unacceptable("unknown kid")
    try:
        verified = jws.deserialize_compact(token, key, registry=OneAlgorithm([algorithm]))
    except (JoseError, ValueError, TypeError):
        return Unacceptable("signature")
    claims = parse_object(verified.payload or b"")
    return claims if claims is not None else Unacceptable("claims are not one clear JSON object")


def half_hash(value: str, algorithm: str) -> str:
    """`at_hash` and its kin: the left half of the hash of the signature's family."""
    digest = hashlib.new(HASHES[algorithm], value.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def same(left: object, right: str) -> bool:
    """Whether two texts are equal, in constant time; another type never is."""
    return isinstance(left, str) and hmac.compare_digest(left.encode(), right.encode())


def is_time(value: object) -> TypeGuard[int]:
    """Whether a claim is a date as a whole number of seconds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40


def names_only(audience: object, client_id: str) -> bool:
    """Whether `aud` is this application and nobody else."""
    # OIDC Core §3.1.3.7 step 3: an audience that we do not know is one that we do not trust.
    return audience in (client_id, [client_id])


def _read_header(token: str) -> Claims | None:
    segment = token.split(".", 1)[0]
    if len(segment) > LONGEST_HEADER:
        return None
    try:
        raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return parse_object(raw)


def _header_fault(header: Claims, algorithm: str, types: frozenset[str]) -> str | None:
    # Row OA-070: compared with the registration, never with what the token would like.
    if header.get("alg") != algorithm:
        return "another algorithm"
    if FORBIDDEN_HEADERS & header.keys():
        return "forbidden header"
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID:
        return "no usable kid"
    # RFC 8725 §3.11: `typ` keeps one kind of token from being taken for another.
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
        return "another type"
    return None
