# SPDX-License-Identifier: Apache-2.0
"""JSON from outside, read in one way only: what two parsers could read differently is refused."""

import json
from typing import Any, NoReturn

Claims = dict[str, Any]


def parse_object(text: bytes | str) -> Claims | None:
    """The object in `text`, or None: no duplicate name, no NaN, no lone surrogate, no deep nest."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> Claims:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
