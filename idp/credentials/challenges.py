# SPDX-License-Identifier: Apache-2.0
"""Challenges that nobody stores: each carries its moment and a seal of ours.

What signs one shows that it was here, now, and for this; that it counts once is kept track of by
whoever accepts the signature (`used_once`).
"""

import hmac

from idp.clock import Clock, Entropy
from idp.lookup import Lookup

# Clocks of several nodes differ a little.
DRIFT = 120


class SealedChallenges:
    """The host's side of `connectors.ports.Challenges`."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, life: int) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._life = life

    def issue(self, binding: str) -> bytes:
        """A fresh one for this use."""
        opened = f"{self._entropy.token(16)}.{self._clock.now()}"
        return f"{opened}.{self._seal(binding, opened)}".encode()

    def is_ours(self, binding: str, challenge: bytes) -> bool:
        """Whether we issued it for this use, and not too long ago."""
        opened, _, seal = challenge.decode("latin-1").rpartition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(binding, opened).encode()):
            return False
        age = self._clock.now() - int(opened.rpartition(".")[2])
        return -DRIFT <= age <= self._life

    @property
    def memory(self) -> int:
        """How long one that was taken must be remembered."""
        return self._life + DRIFT

    def _seal(self, binding: str, opened: str) -> str:
        return self._lookup.text("challenge", f"{len(binding)}:{binding}{opened}")
