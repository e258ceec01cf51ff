# SPDX-License-Identifier: Apache-2.0
"""How much of the Annuaire somebody may read in an hour, so that it is searched and not copied.

Kept by each process, bounded: a page that everybody may open must not write into the database.
"""

import threading
from collections import OrderedDict
from typing import Final

from idp.clock import Clock

HOUR: Final = 3600.0
MOST_KNOWN: Final = 20_000


class Allowance:
    """So many turns an hour for each; safe to share between threads."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        # How many turns are left, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> bool:
        """One turn; False where none is left. They come back evenly over the hour."""
        with self._lock:
            now = self._clock.monotonic()
            left, since = self._left.pop(who, (float(self._most), now))
            left = min(self._most, left + (now - since) * self._most / HOUR)
            taken = left >= 1
            self._left[who] = (left - 1 if taken else left, now)
            # Those heard of longest ago have the most back.
            while len(self._left) > MOST_KNOWN:
                self._left.popitem(last=False)
        return taken
