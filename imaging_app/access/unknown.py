# SPDX-License-Identifier: Apache-2.0
"""How often a session asked for what there is not: not each time is a row of the trace.

The first time is, then the second, the fourth, the eighth: the trace says how often, and is not
filled by whoever makes names up.
"""

import threading
from collections import OrderedDict
from typing import Final

MOST: Final = 20_000
# Of a row: how often it was by then.
TIMES: Final = "times"


class Unknown:
    """The counts of this process, the least used go first; each is over with its stay."""

    def __init__(self, stay: int, most: int = MOST) -> None:
        self._stay = stay
        self._most = most
        self._counts: OrderedDict[tuple[str, ...], tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: tuple[str, ...], now: int) -> int:
        """How often it was, with this time."""
        with self._lock:
            began, times = self._counts.get(key, (now, 0))
            if not began <= now < began + self._stay:
                began, times = now, 0
            self._counts[key] = began, times + 1
            self._counts.move_to_end(key)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)
        return times + 1


def is_told(times: int) -> bool:
    """Whether this time has a row of its own."""
    return times & (times - 1) == 0
