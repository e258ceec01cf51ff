# SPDX-License-Identifier: Apache-2.0
"""Signed tokens: compact form, the one algorithm, one known key, one reading of the JSON."""

from collections.abc import Callable, Mapping
from hashlib import new as new_hash
from hmac import compare_digest
from typing import Final, TypeGuard

from joserfc import jws
from joserfc.errors import JoseError

from connectors.openid.keys import Keys
from connectors.openid.upstream import Claims, Failed, Fault
from connectors.strict_json import read_object, to_bytes, to_text

LONGEST_TOKEN: Final = 64 * 1024
LONGEST_HEADER: Final = 1024
LONGEST_NAME: Final = 256
PARTS: Final = 3
# RFC 8725 §3.10: neither a key nor where to find one is taken from the token itself.
FORBIDDEN: Final = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
HASHES: Final[Mapping[str, str]] = {"256": "sha256", "384": "sha384", "512": "sha512"}


def any_kind(_typ: object) -> bool:
    """What is known by its nonce need not be known by its kind."""
    return True


def verified(
    token: object, keys: Keys, algorithm: str, is_kind: Callable[[object], bool] = any_kind
) -> Claims | Failed:
    """The claims of a token whose signature holds, and of the kind that is looked for."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or token.count(".") != PARTS - 1:
        return _not("not a compact token")
    header = _header(token)
    if header is None:
        return _not("unreadable header")
    name = header.get("kid")
    # OA-070: compared with what was settled, never with what the token would like.
    if header.get("alg") != algorithm:
        return _not("another algorithm")
    if not is_kind(header.get("typ")):
        return _not("another kind")
    if FORBIDDEN & header.keys() or not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        return _not("header")
    key = keys.find(name)
    if isinstance(key, Failed):
        return key
    if key is None:
        return _not("unknown key")
    try:
        found = jws.deserialize_compact(token, key, algorithms=[algorithm])
        text = (found.payload or b"").decode("utf-8")
    except (JoseError, ValueError, TypeError):
        return _not("signature")
    claims = read_object(text, LONGEST_TOKEN)
    return claims if claims is not None else _not("not one clear JSON object")


def half_hash(value: str, algorithm: str) -> str:
    """`at_hash` (OIDC Core §3.1.3.6): the left half of the hash of the signature's family."""
    digest = new_hash(HASHES[algorithm[-3:]], value.encode("ascii", "replace")).digest()
    return to_text(digest[: len(digest) // 2])


def same(left: object, right: str) -> bool:
    """Whether two texts are equal, in constant time; anything but a text never is."""
    return isinstance(left, str) and compare_digest(_bytes(left), _bytes(right))


def is_time(value: object) -> TypeGuard[int]:
    """Whether a claim is a moment, in whole seconds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40


def _header(token: str) -> dict[str, object] | None:
    segment = token.split(".", 1)[0]
    raw = to_bytes(segment) if len(segment) <= LONGEST_HEADER else None
    try:
        return read_object(raw.decode("utf-8"), LONGEST_HEADER) if raw is not None else None
    except UnicodeDecodeError:
        return None


def _bytes(text: str) -> bytes:
    # Also of a lone surrogate, which somebody may have sent.
    return text.encode("utf-8", "surrogatepass")


def _not(detail: str) -> Failed:
    return Failed(Fault.NOT_BELIEVED, f"token: {detail}")
