# SPDX-License-Identifier: Apache-2.0
"""Fetches revocation lists that are due, and follows what they say of the cards bound here."""

from idp.login.revoked_cards import RevokedCards
from idp.repeating import Repeating
from idp.trust.service import Trust

FIRST, EVERY = 1.0, 30.0


class TrustThread(Repeating):
    """Without it nobody hears of cards that are revoked while nobody logs in."""

    def __init__(self, trust: Trust, revoked: RevokedCards) -> None:
        super().__init__("trust", every=EVERY, first=FIRST)
        self._trust = trust
        self._revoked = revoked

    def do(self) -> None:
        """All of it, once; a fetch that is under way at the end is given up."""
        self._trust.refresh.due(stop=self.is_stopping)
        self._revoked.sweep()
        self._trust.forget_old()
