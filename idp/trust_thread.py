# SPDX-License-Identifier: Apache-2.0
"""Fetches revocation lists that are due, and follows what they say of the cards bound here."""

import threading

from idp.login.revoked_cards import RevokedCards
from idp.logs import get
from idp.trust.service import Trust

log = get("trust")
FIRST, EVERY = 1.0, 30.0


class TrustThread:
    """Runs until stopped; a failure is logged, never fatal."""

    def __init__(self, trust: Trust, revoked: RevokedCards) -> None:
        self._trust = trust
        self._revoked = revoked
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trust", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, soon: a fetch that is under way is given up."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def do(self) -> None:
        """All of it, once."""
        self._trust.refresh.due(stop=self._stopping.is_set)
        self._revoked.sweep()
        self._trust.forget_old()

    def _run(self) -> None:
        pause = FIRST
        while not self._stopping.wait(pause):
            pause = EVERY
            try:
                self.do()
            except Exception as fault:  # noqa: BLE001
                # Whatever it was: without this thread nobody hears of cards that are revoked.
                log.warning("lists not looked at", why=type(fault).__name__)
