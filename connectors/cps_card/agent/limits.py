# SPDX-License-Identifier: Apache-2.0
"""How often a page may have the window shown, and what was signed already."""

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

MINUTE = 60.0
# At three a minute, a working day and more.
REMEMBERED = 10_000


class Rate:
    """So many a minute. A page that asks in a loop must not wear out the person or the card."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._most = a_minute
        self._clock = clock
        self._taken: deque[float] = deque()
        self._lock = Lock()

    def take(self) -> bool:
        """Whether one more may be asked now; counts it."""
        now = self._clock()
        with self._lock:
            while self._taken and now - self._taken[0] >= MINUTE:
                self._taken.popleft()
            if len(self._taken) >= self._most:
                return False
            self._taken.append(now)
            return True


class Seen:
    """What was signed already: a second signature over the same question serves only a thief."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def has(self, issuer: str, nonce: str) -> bool:
        with self._lock:
            return (issuer, nonce) in self._seen

    def add(self, issuer: str, nonce: str) -> None:
        with self._lock:
            self._seen[issuer, nonce] = None
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)
