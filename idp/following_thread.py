# SPDX-License-Identifier: Apache-2.0
"""Fetches the descriptions of applications and providers that are followed, when they are due."""

from idp.administration.rules.following import Following
from idp.administration.rules.provider_refresh import ProviderRefresh
from idp.repeating import Repeating

FIRST, EVERY = 5.0, 60.0


class FollowingThread(Repeating):
    """Without it, keys that they replace are learned by hand alone."""

    def __init__(self, following: Following, providers: ProviderRefresh) -> None:
        super().__init__("following", every=EVERY, first=FIRST)
        self._following = following
        self._providers = providers

    def do(self) -> None:
        """All that is due; a fetch that is under way at the end is given up."""
        self._following.due(self.is_stopping)
        self._providers.due(self.is_stopping)
