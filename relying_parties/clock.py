# SPDX-License-Identifier: Apache-2.0
"""The time: the machine's, or in the demo the machine's moved ahead by as much as a file says."""

import time
from pathlib import Path


def system_time() -> int:
    """Seconds since the epoch."""
    return int(time.time())


class MovedClock:
    """The clock that the demo's desk moves: the provider's and this application's agree."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = 0

    def __call__(self) -> int:
        try:
            self._ahead = max(int(self._file.read_text("ascii")), 0)
        except FileNotFoundError:
            self._ahead = 0
        except ValueError:
            # Not a number: the time stays what it was.
            pass
        return system_time() + self._ahead
