# SPDX-License-Identifier: Apache-2.0
"""JSON that can be read in one way only, and never at great cost (WB-012)."""

import json
import re
from dataclasses import dataclass
from typing import Any

# Deep enough for every document here, far below what would exhaust a stack.
DEEPEST = 24
# 2**53 - 1: beyond it readers disagree on the number (RFC 8259 §6).
LARGEST = 9_007_199_254_740_991
LONGEST_NUMBER = 20
# Each byte is looked at once (WB-037): a text that never ends is taken to the end of the body, and
# nothing that was taken is given back, so no quote within it is begun from again.
TEXTS = re.compile(rb'"(?:[^"\\]++|\\.?)*+(?:"|\Z)', re.DOTALL)
BRACKETS = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a body is refused."""

    why: str


class _Refused(ValueError):
    """Found while reading; its text is for whoever sent it."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # RFC 8259 §4: of two members of one name some take the first, some the last.
        raise _Refused("a member is given twice")
    return members


def _whole(text: str) -> int:
    # The length first: turning a million digits into a number is slow.
    if len(text) > LONGEST_NUMBER or abs(number := int(text)) > LARGEST:
        raise _Refused("a number is too large")
    return number


def _fraction(text: str) -> float:
    number = float(text)
    if len(text) > 64 or number in {float("inf"), float("-inf")}:
        raise _Refused("a number is too large")
    return number


def _no_constant(_: str) -> Any:
    raise _Refused("NaN and Infinity are no numbers")


def read_json(body: bytes) -> Any | Unreadable:
    """What the body says."""
    if _depth(body) > DEEPEST:
        return Unreadable("the document is too deep")
    try:
        text = body.decode("utf-8")
        found = json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_no_constant,
        )
        # RFC 8259 §8.2: a lone surrogate is no character.
        json.dumps(found, ensure_ascii=False).encode()
    except _Refused as fault:
        return Unreadable(str(fault))
    except (ValueError, RecursionError):
        return Unreadable("the body is not JSON in UTF-8")
    return found


def _depth(body: bytes) -> int:
    """How deep brackets nest."""
    deepest = depth = 0
    for bracket in BRACKETS.findall(TEXTS.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest
