# SPDX-License-Identifier: Apache-2.0
"""Identifiers of new accounts, made from the person's name by the pattern of the settings."""

import re
import unicodedata
from collections.abc import Callable

PATTERNS = ("flastname", "f.lastnam")
# The first letter, a dot, and so many letters of the last name.
FEW = 7
# Room for the number that tells namesakes apart.
LONGEST = 64
# For names without a single letter of ours.
NAMELESS = "compte"
# Letters that are not a plain one with a mark.
LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
NOT_A_LETTER = re.compile(r"[^a-z]+", re.ASCII)


def make_identifier(
    first: str, last: str, pattern: str, taken: Callable[[str], bool] = lambda _name: False
) -> str:
    """`cdurand` or `c.durand`, then `cdurand2` and so on while it is taken."""
    stem = _stem(letters_of(first), letters_of(last), pattern)
    name, number = stem, 1
    while taken(name):
        number += 1
        name = f"{stem}{number}"
    return name


def letters_of(name: str) -> str:
    """The plain letters of a name: no accents, apostrophes, hyphens or spaces."""
    parts = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    return NOT_A_LETTER.sub("", parts)


def _stem(first: str, last: str, pattern: str) -> str:
    if not first or not last:
        # Somebody with a single name, or one in other letters.
        return (first or last or NAMELESS)[:LONGEST]
    if pattern == "f.lastnam":
        return f"{first[0]}.{last[:FEW]}"
    return (first[0] + last)[:LONGEST]
