# SPDX-License-Identifier: Apache-2.0
"""Making every field of an event safe: redacted, escaped on one line, of at most one kilobyte."""

import json
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from idp.logs.redaction import REDACTED, is_sensitive, redact_text

FIELD_BYTES = 1024
"""WB-021: one user agent of a megabyte must not fill a disk."""
_LOOKED_AT = 4 * FIELD_BYTES
_NAME_LONGEST = 64
_DEEPEST = 4
_MOST_ITEMS = 50
_INTEGER_BITS = 128

# Controls, ANSI's escape, line and paragraph separators, direction and invisible marks, lone
# surrogates: what splits a line, drives a terminal, or shows other than it is.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
# Their values are built by us; a code or a token is none of them.
_OURS = frozenset({"at", "level", "logger", "event", "request_id"})


def clean_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The event with every field safe (a structlog processor)."""
    return {escape(str(name))[:_NAME_LONGEST]: _field(str(name), event[name]) for name in event}


def clean_text(text: str) -> str:
    """A text redacted, escaped and shortened."""
    return shorten(escape(redact_text(text[:_LOOKED_AT])), len(text) > _LOOKED_AT)


def escape(text: str) -> str:
    """A text with everything that is not plainly visible written as an escape."""
    return _UNFIT.sub(_escape, text)


def shorten(text: str, already: bool = False) -> str:  # noqa: FBT001, FBT002
    """A text of at most one kilobyte; an ellipsis shows that it was cut."""
    if not already and len(text) * 4 <= FIELD_BYTES:
        return text
    encoded = text.encode()
    if not already and len(encoded) <= FIELD_BYTES:
        return text
    return encoded[: FIELD_BYTES - 3].decode(errors="ignore") + "…"


def clean_traceback(text: str) -> list[str]:
    """A traceback as lines; its end is kept, where the fault is told."""
    lines = [escape(line) for line in redact_text(text[-_LOOKED_AT:]).splitlines()]
    kept: list[str] = []
    left = FIELD_BYTES - len("…".encode())
    for line in map(shorten, reversed(lines)):
        left -= len(line.encode())
        if left < 0:
            kept.append("…")
            break
        kept.append(line)
    return kept[::-1]


def _field(name: str, value: object) -> object:
    if name == "exception" and isinstance(value, str):
        return clean_traceback(value)
    if name not in _OURS and is_sensitive(name) and not isinstance(value, bool | None):
        return REDACTED
    cleaned = _value(value, _DEEPEST)
    if isinstance(cleaned, list | dict):
        written = json.dumps(cleaned, ensure_ascii=False)
        return cleaned if len(written.encode()) <= FIELD_BYTES else shorten(written)
    return cleaned


def _value(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Python refuses to write an integer of 5000 digits: a log line must not fail on one.
        small = value.bit_length() <= _INTEGER_BITS
        return int(value) if small else f"integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if abs(value) < float("inf") else repr(value)
    if isinstance(value, str):
        return clean_text(value)
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item, depth - 1) for item in list(value)[:_MOST_ITEMS]]
    return clean_text(_shown(value))


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, object]:
    shown: dict[str, object] = {}
    for key in list(value)[:_MOST_ITEMS]:
        name = _shown(key)[:_NAME_LONGEST]
        hidden = is_sensitive(name) and not isinstance(value[key], bool | None)
        shown[escape(name)] = REDACTED if hidden else _value(value[key], depth - 1)
    return shown


def _shown(value: object) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:  # noqa: BLE001 - somebody else's __repr__ must not make a request fail
        return f"<{type(value).__name__} that can't be shown>"


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    short = {9: "\\t", 10: "\\n", 13: "\\r"}
    return short.get(number) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
