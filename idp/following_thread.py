# SPDX-License-Identifier: Apache-2.0
"""Fetches the descriptions of applications that are followed, when they are due."""

from idp.administration.rules.following import Following
from idp.repeating import Repeating

FIRST, EVERY = 5.0, 60.0


class FollowingThread(Repeating):
    """Without it, keys that applications replace are learned by hand alone."""

    def __init__(self, following: Following) -> None:
        super().__init__("following", every=EVERY, first=FIRST)
        self._following = following

    def do(self) -> None:
        """All that is due; a fetch that is under way at the end is given up."""
        self._following.due(self.is_stopping)
