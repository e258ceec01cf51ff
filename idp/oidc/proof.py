# SPDX-License-Identifier: Apache-2.0
"""One DPoP proof (RFC 9449 §4): a request signed with a key that comes with it."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from idp.keys import compact
from idp.oidc.client_keys import OneAlgorithm, read_keys, verified_payload

LONGEST: Final = 6144
# A key of RSA is in it.
LONGEST_HEADER: Final = 2048
LONGEST_ID: Final = 256
# FAPI 2.0 §5.3.2.1: clocks differ; what was signed long ago was perhaps not signed for now.
PAST, FUTURE = 300, 60
# What another key or another reading would come by (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7797).
HEADER_REFUSED: Final = frozenset(
    (
        *("jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "cty", "zip"),
        *("enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"),
    )
)
TYPE: Final = "dpop+jwt"
PORTS: Final = {"https": 443, "http": 80}
THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class KeyInHeader(OneAlgorithm):
    """joserfc's rules for a header that holds a key."""

    max_header_length = LONGEST_HEADER

    def __init__(self, algorithms: list[str]) -> None:
        # RFC 9449 §4.2 lets more be there; what must not is looked at before.
        super().__init__(algorithms=algorithms, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof whose signature holds: by which key, and what it says."""

    thumbprint: str
    claims: Mapping[str, Any]

    @property
    def id(self) -> str:
        """What it is known by again."""
        return str(self.claims["jti"])


def read_proof(value: str) -> Proof | str:
    """The proof, or what is wrong with it."""
    # Two headers come to us as one, with a comma: not the compact form (OA-115).
    if len(value) > LONGEST or not compact.COMPACT.fullmatch(value):
        return "it is not one compact JWT"
    header = compact.read_object(value.partition(".")[0])
    # OA-070 to OA-076. RFC 7515 §4: what nobody knows is not looked at.
    if header is None or not HEADER_REFUSED.isdisjoint(header):
        return "its header can't be read, or holds what has no place there"
    if header.get("typ") != TYPE:
        return f"typ is not {TYPE}"
    # One public key that is strong enough; with a private part it is not taken (§4.3, 7), and no
    # stranger's certificate is read for one.
    jwk = header.get("jwk")
    keys = read_keys({"keys": [jwk]}) if isinstance(jwk, dict) and "x5c" not in jwk else ()
    if len(keys) != 1 or header.get("alg") != keys[0].algorithm:
        return "jwk is no public key for alg: ES256, PS256 or EdDSA"
    if verified_payload(value, keys[0], KeyInHeader) is None:
        return "its signature does not hold"
    claims = compact.read_object(value.split(".")[1])
    if claims is None:
        return "its claims can't be read"
    return Proof(str(keys[0].key.thumbprint()), claims)


def fault_of(
    proof: Proof, method: str, path: str, bases: Collection[str], token: str, now: int
) -> str:
    """What of its claims does not fit this request (RFC 9449 §4.3), or nothing."""
    claims = proof.claims
    identifier, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(identifier, str) or not 1 <= len(identifier) <= LONGEST_ID:
        return "jti is missing or too long"
    if claims.get("htm") != method:
        return "htm is another method"
    if not _is_address(claims.get("htu"), path, bases):
        return "htu is another address"
    # A truth value is a number to Python.
    if type(issued) is not int or not now - PAST <= issued <= now + FUTURE:
        return "iat is too old, or lies in the future"
    if not _is_now(claims, now):
        return "exp is over, or nbf lies in the future"
    if token and claims.get("ath") != digest(token):
        return "ath is not the hash of this access token"
    return ""


def _is_now(claims: Mapping[str, Any], now: int) -> bool:
    """RFC 7519 §4.1.4, §4.1.5: nothing asks for these, but who sends them means them."""
    ends, begins = claims.get("exp", now + 1), claims.get("nbf", now)
    if type(ends) is not int or type(begins) is not int:
        return False
    return now < ends + FUTURE and begins <= now + FUTURE


def digest(token: str) -> str:
    """RFC 9449 §4.2: the hash of a token by which a proof names it."""
    hashed = sha256(token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _is_address(htu: object, path: str, bases: Collection[str]) -> bool:
    """RFC 9449 §4.3, 9: without query and fragment, compared as addresses are (RFC 3986 §6.2)."""
    if not isinstance(htu, str):
        return False
    try:
        parts = urlsplit(htu)
        port = parts.port
        # As the server's gateway decodes the one that was asked for; not half a character.
        asked = unquote_to_bytes(parts.path or "/").decode("latin-1")
    except ValueError:
        return False
    if parts.username is not None or parts.hostname is None:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port is None or port == PORTS.get(parts.scheme)
    base = f"{parts.scheme}://{host}" + ("" if usual else f":{port}")
    return base in bases and asked == path
