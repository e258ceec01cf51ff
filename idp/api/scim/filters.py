# SPDX-License-Identifier: Apache-2.0
"""Filters of SCIM (RFC 7644 §3.4.2.2), read strictly: one meaning, bounded length and depth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from idp.api.strict_json import Unreadable, read_json

LONGEST: Final = 2048
DEEPEST: Final = 12
MOST: Final = 40
# RFC 7644 figure 1: attrPath = [URI ":"] ATTRNAME *1subAttr.
ATTRIBUTE = (
    r"(?:urn:[A-Za-z0-9._~:\-]+:)?\$?[A-Za-z][A-Za-z0-9_\-]*(?:\.\$?[A-Za-z][A-Za-z0-9_\-]*)?"
)
TOKEN = re.compile(
    rf"""[ ]*(?:
        (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z]))
      | (?P<bracket>[()\[\]])
      | (?P<word>{ATTRIBUTE})
    )""",
    re.VERBOSE | re.ASCII,
)
OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
# RFC 7644 §3.4.2.2: of these two nothing is larger than the other.
UNORDERED: Final = ("eq", "ne")
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute, an operator, a value; `pr` has none."""

    path: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    """Both hold."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Either:
    """One of them holds."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Has:
    """One of several values fits all of this."""

    path: str
    of: "Node"


Node = Compare | Not | Both | Either | Has


@dataclass(frozen=True, slots=True)
class BadFilter:
    """Why it means nothing."""

    why: str


class _Refused(ValueError):
    """Found while reading."""


def parse(text: str) -> Node | BadFilter:
    """The filter as a value, or why it is none."""
    if len(text) > LONGEST:
        return BadFilter("too long")
    try:
        reader = _Reader(list(_tokens(text)))
        node = reader.either(0)
        reader.end()
    except _Refused as fault:
        return BadFilter(str(fault))
    return node


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, count = 0, 0
    text = text.rstrip(" ")
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _Refused("not a filter")
        count += 1
        if count > 5 * MOST:
            raise _Refused("too many parts")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()
        beside = text[place : place + 1]
        # Words and values stand apart from one another.
        if found.lastgroup != "bracket" and beside not in {"", " ", "(", ")", "[", "]"}:
            raise _Refused("not a filter")


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._terms = 0

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._next()
        self._place += 1
        return token

    def _is_word(self, word: str) -> bool:
        kind, text = self._next()
        return kind == "word" and text.lower() == word

    def end(self) -> None:
        """Nothing may follow."""
        if self._next()[0] != "end":
            raise _Refused("something follows the filter")

    def either(self, depth: int) -> Node:
        """`or` binds less than `and`."""
        if depth > DEEPEST:
            raise _Refused("too deep")
        node = self.both(depth)
        while self._is_word("or"):
            self._take()
            node = Either(node, self.both(depth))
        return node

    def both(self, depth: int) -> Node:
        """Terms joined by `and`."""
        node = self.term(depth)
        while self._is_word("and"):
            self._take()
            node = Both(node, self.term(depth))
        return node

    def term(self, depth: int) -> Node:
        """One comparison, a group, or what does not hold."""
        self._terms += 1
        if self._terms > MOST:
            raise _Refused("too many parts")
        if self._is_word("not") and self._tokens[self._place + 1 : self._place + 2] == [
            ("bracket", "(")
        ]:
            self._take()
            return Not(self._within("(", ")", depth))
        if self._next() == ("bracket", "("):
            return self._within("(", ")", depth)
        kind, path = self._take()
        if kind != "word":
            raise _Refused("an attribute is expected")
        if self._next() == ("bracket", "["):
            return Has(path, self._within("[", "]", depth))
        return self._comparison(path)

    def _within(self, opening: str, closing: str, depth: int) -> Node:
        if self._take() != ("bracket", opening):
            raise _Refused(f"{opening} is expected")
        node = self.either(depth + 1)
        if self._take() != ("bracket", closing):
            raise _Refused(f"{closing} is missing")
        return node

    def _comparison(self, path: str) -> Compare:
        kind, word = self._take()
        operator = word.lower()
        if kind == "word" and operator == "pr":
            return Compare(path, "pr")
        if kind != "word" or operator not in OPERATORS:
            raise _Refused("an operator is expected")
        value = self._value()
        if operator not in UNORDERED and (value is None or isinstance(value, bool)):
            raise _Refused(f"{operator} compares texts and numbers")
        return Compare(path, operator, value)

    def _value(self) -> Value:
        kind, text = self._take()
        if kind == "word" and text in {"true", "false", "null"}:
            return {"true": True, "false": False, "null": None}[text]
        if kind not in {"text", "number"}:
            raise _Refused("a value is expected")
        found = read_json(text.encode("utf-8", "surrogatepass"))
        if isinstance(found, Unreadable) or not isinstance(found, str | int | float):
            raise _Refused("a value is expected")
        return found
