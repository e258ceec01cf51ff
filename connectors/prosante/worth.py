# SPDX-License-Identifier: Apache-2.0
"""What a login there is worth here: a table, and the lowest level for whatever is not in it.

BR-013. `acr` alone says little: `eidas1` is what everybody asks for, whatever comes. By which of
its two ways the person came, `authMode` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.base import Level
from connectors.openid.provider import Told

# RFC 8176 §2. A card and its code; a key of the phone's software and its code.
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "CARD": ("sc", "pin", "hwk", "mfa"),
    "MOBILE": ("swk", "pin", "mfa"),
}
# Of a login of which it does not tell by what: nothing is claimed.
UNTOLD: Final = ("user",)
# In the order of what they promise; compared, never equal to what was asked for.
CLASSES: Final = ("eidas1", "eidas2", "eidas3")


@dataclass(frozen=True, slots=True)
class Worth:
    """What the operator says that a login by each way is worth, from a class on."""

    levels: Mapping[str, Level]
    lowest_class: str = CLASSES[0]

    @property
    def highest(self) -> Level:
        """The most that anybody can reach there."""
        return max(self.levels.values(), default=Level.PASSWORD)

    def excludes(self, told: Told) -> bool:
        """Whether it came by a way that nobody is asked to come by."""
        way = told.told.get("authMode")
        return isinstance(way, str) and way in METHODS and way not in self.levels

    def of(self, told: Told) -> tuple[Level, tuple[str, ...]]:
        """Level and methods of this login."""
        way = told.told.get("authMode")
        reached = told.signed.get("acr")
        if not isinstance(way, str) or not isinstance(reached, str) or reached not in CLASSES:
            return Level.PASSWORD, UNTOLD
        methods = METHODS.get(way, UNTOLD)
        if CLASSES.index(reached) < CLASSES.index(self.lowest_class):
            return Level.PASSWORD, methods
        return self.levels.get(way, Level.PASSWORD), methods
