# SPDX-License-Identifier: Apache-2.0
"""What is hashed and with which key: the one place where recording and verifying agree.

A row is encoded as a JSON array, ASCII, without spaces: null, numbers and text can't be taken for
one another, and no value can run into the next.
"""

import hmac
import json
from collections.abc import Sequence

GENESIS = bytes(32)
PURPOSE = "trace"


def _foreign(value: object) -> dict[str, str]:
    # SQLite lets anybody put a blob where text belongs: it must be proved wrong, not break us.
    return {type(value).__name__: repr(value)}


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, default=_foreign).encode


def link(key: bytes, before: bytes, values: Sequence[object]) -> bytes:
    """The hash of one more row after `before`."""
    return hmac.digest(key, before + _encode(list(values)).encode("ascii"), "sha256")


def anchor_mac(key: bytes, text: str) -> str:
    """Signature of a line of the anchor file."""
    return hmac.digest(key, text.encode("ascii"), "sha256").hex()


def same(left: object, right: bytes) -> bool:
    """Equality in constant time."""
    return isinstance(left, bytes) and hmac.compare_digest(left, right)
