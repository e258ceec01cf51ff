# SPDX-License-Identifier: Apache-2.0
"""Levels of assurance, as Sceau publishes them in `acr`."""

PREFIX = "urn:sceau:level:"
HIGHEST = 3


def acr_of(level: int) -> str:
    """The value to ask for in `acr_values`."""
    return f"{PREFIX}{level}"


def level_of(acr: object) -> int:
    """The level that an `acr` claim proves; anything unknown proves nothing."""
    for level in range(1, HIGHEST + 1):
        if acr == acr_of(level):
            return level
    return 0
