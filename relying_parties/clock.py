# SPDX-License-Identifier: Apache-2.0
"""The time: the machine's, or in the demo the machine's moved ahead by as much as a file says."""

import time
from pathlib import Path

LOOK_EVERY = 0.2


def system_time() -> int:
    """Seconds since the epoch."""
    return int(time.time())


class MovedClock:
    """The clock that the demo's desk moves: the provider's and this application's agree."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = 0
        self._due = 0.0

    def __call__(self) -> int:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + LOOK_EVERY
            self._look()
        return system_time() + self._ahead

    def _look(self) -> None:
        try:
            self._ahead = max(int(self._file.read_text("ascii")), 0)
        except FileNotFoundError:
            self._ahead = 0
        except ValueError:
            # Not a number: the time stays what it was.
            return
