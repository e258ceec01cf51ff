# SPDX-License-Identifier: Apache-2.0
"""Who came, from what a provider tells: one reader for each way of telling."""

from typing import Protocol

from connectors.base import Level
from connectors.introduced import Read
from connectors.openid.provider import Told


class Reader(Protocol):
    """How one provider is read."""

    @property
    def highest(self) -> Level:
        """The most that a login there is worth."""

    @property
    def untold(self) -> tuple[str, ...]:
        """The methods of a login of which it does not tell by what."""

    def read(self, told: Told) -> Read | str:
        """The person, or the name of what can't be read."""
