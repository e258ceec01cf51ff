# SPDX-License-Identifier: Apache-2.0
"""The one way a name is folded: for search, for comparison, for the order of lists."""

import unicodedata

# Letters that do not fall apart into a plain one and a mark.
LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss"}
)
LONGEST = 256
# Greater than any letter or digit, on both databases.
LAST_SIGN = "\U0010ffff"


def words_of(name: str) -> tuple[str, ...]:
    """Its words in capitals without accents; hyphens and apostrophes part them as spaces do."""
    plain = unicodedata.normalize("NFKD", name[:LONGEST].casefold().translate(LETTERS))
    kept = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return tuple("".join(kept).upper().split())


def fold(name: str) -> str:
    """A name as two are compared: words with one space between."""
    return " ".join(words_of(name))


def findable(names: tuple[str, ...]) -> frozenset[str]:
    """What these names are found by: each word, and several written as one."""
    found: set[str] = set()
    for name in names:
        words = words_of(name)
        found.update(words)
        if len(words) > 1:
            found.add("".join(words))
    return frozenset(word[:128] for word in found)
