# SPDX-License-Identifier: Apache-2.0
"""The one way names and places are folded for search and comparison."""

import re
import unicodedata

from idp.accounts.identifiers import LETTERS

NOT_A_SIGN = re.compile(r"[^a-z0-9]+", re.ASCII)
CEDEX = re.compile(r"\bcedex\b.*")
ABBREVIATED = {"st": "saint", "ste": "sainte"}


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name: lower case, no accents; apostrophes and hyphens part words."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    return tuple(NOT_A_SIGN.sub(" ", plain).split())


def folded(text: str) -> str:
    """The same in one line: what stands in columns that are searched."""
    return " ".join(words_of(text))


def joined(text: str) -> str:
    """The same without spaces: « Le Goff » and « Legoff » are one name."""
    return "".join(words_of(text))


def folded_town(text: str) -> str:
    """A town: without CEDEX and its number, « St » written out, arrondissements together."""
    words = CEDEX.sub("", folded(text)).split()
    return " ".join(ABBREVIATED.get(one, one) for one in words if not one[0].isdigit())
