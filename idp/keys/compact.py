# SPDX-License-Identifier: Apache-2.0
"""The compact form of a JWS read strictly: one way to write a token, limits before work."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Any

TOKEN_SIZE = 16_384
HEADER_SIZE = 512
SIGNATURE_SIZE = 1_024
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class _Refused(ValueError):
    """A member that the parser must not accept."""


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """The bytes of a segment; None for any spelling but the one that `encode` writes."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        return None
    # Unused low bits set: another spelling of the same token would pass a memory of used ones.
    return data if encode(data) == text else None


def split(token: object) -> tuple[str, str, str] | None:
    """The three segments of a compact JWS, or None; nothing is decoded before the sizes hold."""
    # RFC 7515 §7.1: a JSON serialisation, a JWE (five parts) and padding don't have this form.
    if not isinstance(token, str) or len(token) > TOKEN_SIZE or not COMPACT.fullmatch(token):
        return None
    header, payload, signature = token.split(".")
    if len(header) > HEADER_SIZE or len(signature) > SIGNATURE_SIZE:
        return None
    return header, payload, signature


def read_object(segment: str) -> dict[str, Any] | None:
    """The JSON object of a segment; duplicate members, NaN, bad UTF-8 and depth refused."""
    data = decode(segment)
    if data is None:
        return None
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # RFC 7515 §4: header names must be unique.
        raise _Refused("duplicate member")
    return members


def _refuse_constant(name: str) -> None:
    raise _Refused(name)
