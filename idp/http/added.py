# SPDX-License-Identifier: Apache-2.0
"""The providers that administrators added, as pages may ask about them."""

from collections.abc import Mapping
from typing import Protocol

from idp.outgoing.upstreams import Health
from idp.providers.values import Provider


class AddedProviders(Protocol):
    """What this process knows of them."""

    def providers(self) -> Mapping[str, Provider]:
        """All of them, closed ones too, by the means that they are."""

    def health(self, kind: str) -> Health | None:
        """How it has fared with one."""

    def logo(self, kind: str) -> str:
        """Where the picture of one is served; nothing where it has none."""

    def look_again(self) -> None:
        """Something was just changed here: nobody waits for the next look."""
