# SPDX-License-Identifier: Apache-2.0
"""Time and randomness, always handed in, so that tests and the demo can hold them."""

import secrets
import time
from pathlib import Path
from typing import Final, Protocol

# Clocks of several nodes differ a little. What lies further in the future than this was noted
# before a clock was set back: nothing says how old it is, so it counts as old (RL-09).
DRIFT: Final = 120


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


class MovedClock(SystemClock):
    """The machine's clock, moved ahead by as many seconds as a file says; for the demo alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[int, int, int] | None = None
        self._ahead = 0

    @property
    def ahead(self) -> int:
        """By how much it is ahead of the machine's: what the file says at this moment."""
        try:
            state = self._file.stat()
            read = (state.st_mtime_ns, state.st_ino, state.st_size)
            if read != self._read:
                self._ahead = max(int(self._file.read_text("ascii")), 0)
                self._read = read
        except FileNotFoundError:
            self._ahead, self._read = 0, None
        except ValueError:
            # Not a number: the time stays what it was.
            pass
        return self._ahead

    def now(self) -> int:
        return super().now() + self.ahead

    def micros(self) -> int:
        return super().micros() + self.ahead * 1_000_000


class Entropy(Protocol):
    """Where unguessable values come from."""

    def token(self, size: int = 32) -> str:
        """Url-safe text of `size` random bytes."""

    def bytes(self, size: int) -> bytes:
        """Random bytes."""


class SystemEntropy:
    """The operating system's generator."""

    def token(self, size: int = 32) -> str:
        made = secrets.token_urlsafe(size)
        # A command would take what begins with a hyphen for an option.
        while made.startswith("-"):
            made = secrets.token_urlsafe(size)
        return made

    def bytes(self, size: int) -> bytes:
        return secrets.token_bytes(size)
