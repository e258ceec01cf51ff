# SPDX-License-Identifier: Apache-2.0
"""The regions that people choose from before they log in: this one, and where others are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """One of them; without an address it shares no exams by a portal yet."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Regions:
    """This portal's own, and the others."""

    here: Region
    others: tuple[Region, ...] = ()

    def other(self, number: int) -> Region | None:
        """One of the others, by its place in the list."""
        return self.others[number] if 0 <= number < len(self.others) else None
