# SPDX-License-Identifier: Apache-2.0
"""Cards and registers write in capitals; people are called, and towns are written, otherwise."""

import re

LINKS = frozenset(["de", "des", "du", "en", "et", "la", "le", "les", "sous", "sur"])
WORD = re.compile(r"\w+")


def written(name: str) -> str:
    """A name as its holder writes it; one that is not all capitals stays as it is."""
    return name.title() if name.isupper() else name


def written_town(town: str) -> str:
    """The same for a town, whose small words stay small: « Saint-Jean-de-la-Ruelle »."""
    if not town.isupper():
        return town
    return WORD.sub(_within, town.title())


def _within(word: re.Match[str]) -> str:
    small = word[0].lower()
    return small if word.start() and small in LINKS else word[0]
