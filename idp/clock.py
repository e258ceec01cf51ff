# SPDX-License-Identifier: Apache-2.0
"""Time and randomness, always handed in, so that tests and the demo can hold them."""

import secrets
import time
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> int:
        """Seconds since the epoch, UTC."""

    def micros(self) -> int:
        """Microseconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, for durations."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())

    def micros(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()


class Entropy(Protocol):
    """Where unguessable values come from."""

    def token(self, size: int = 32) -> str:
        """Url-safe text of `size` random bytes."""

    def bytes(self, size: int) -> bytes:
        """Random bytes."""


class SystemEntropy:
    """The operating system's generator."""

    def token(self, size: int = 32) -> str:
        return secrets.token_urlsafe(size)

    def bytes(self, size: int) -> bytes:
        return secrets.token_bytes(size)
