# SPDX-License-Identifier: Apache-2.0
"""JSON that can be read in one way only: what is signed must mean the same to everybody."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64


class _Ambiguous(ValueError):
    """Two readers could understand the text differently."""


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    # RFC 8259 §4: of two members of one name, some readers take the first, some the last.
    if len(members) != len(pairs):
        raise _Ambiguous
    return members


def _no_constant(_: str) -> object:
    # RFC 8259 §6: NaN and Infinity are no numbers.
    raise _Ambiguous


def read_object(text: str, longest: int) -> dict[str, object] | None:
    """The members of a JSON object; None for anything else, and for anything ambiguous."""
    if len(text) > longest:
        return None
    try:
        found = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
        # RFC 8259 §8.2: a lone surrogate is no character, and no two readers agree on it.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def canonical(members: dict[str, object]) -> bytes:
    """The one way to write them: sorted, without spaces, in UTF-8."""
    return json.dumps(
        members, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def to_text(value: bytes) -> str:
    """Bytes in base64url without padding (RFC 4648 §5)."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def to_bytes(value: object) -> bytes | None:
    """The bytes behind base64url without padding, in its only spelling."""
    if not isinstance(value, str) or not value.isascii():
        return None
    try:
        found = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (NotBase64, ValueError):
        return None
    # RFC 4648 §3.5: left-over bits, foreign characters and padding make second spellings.
    return found if to_text(found) == value else None
