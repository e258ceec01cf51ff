# SPDX-License-Identifier: Apache-2.0
"""What a provider told: kept for a while, renewed sparingly, the last good one not lost at once."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from connectors.openid.upstream import Failed, Fault

T = TypeVar("T")
FRESH: Final = 3600.0
# RL-11: a provider that is away for a day is believed by what it said before.
STALE: Final = 86400.0
# Behind somebody who asks already: a few may wait, and all threads of a server must not.
WAIT: Final = 0.5
# After an answer that was none.
REST: Final = 5.0
# BR-018: what strangers send us makes us ask no more often than this.
PAUSE: Final = 30.0


class Remembered(Generic[T]):
    """Asks on first use and when it is too old; one asks, the others go by the last good one."""

    def __init__(self, load: Callable[[], T | Failed], monotonic: Callable[[], float]) -> None:
        self._load = load
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._good: T | None = None
        self._loaded_at = 0.0
        self._failed_at: float | None = None
        self._renewed_at: float | None = None
        self._failed = Failed(Fault.NOT_REACHED, "never asked")

    def get(self) -> T | Failed:
        """What they told last; what went wrong, where nothing good is left."""
        good = self._good
        if good is not None and self._age() < FRESH:
            return good
        # With a good one at hand nobody waits behind a provider that is slow; and nobody for long.
        if not self._lock.acquire(timeout=WAIT if good is None else 0):
            return self._kept()
        try:
            if self._good is not None and self._age() < FRESH:
                return self._good
            if self._is_within(self._failed_at, REST):
                return self._kept()
            return self._ask()
        finally:
            self._lock.release()

    def renewed(self) -> T | Failed:
        """What they tell now, where they may be asked again: something unknown has come."""
        if not self._lock.acquire(timeout=WAIT):
            return self._kept()
        try:
            if self._is_within(self._renewed_at, PAUSE):
                return self._kept()
            self._renewed_at = self._monotonic()
            return self._ask()
        finally:
            self._lock.release()

    def _ask(self) -> T | Failed:
        found = self._load()
        if isinstance(found, Failed):
            self._failed, self._failed_at = found, self._monotonic()
            return self._kept()
        self._good, self._loaded_at, self._failed_at = found, self._monotonic(), None
        return found

    def _kept(self) -> T | Failed:
        if self._good is None or self._age() > STALE:
            return self._failed
        return self._good

    def _is_within(self, since: float | None, seconds: float) -> bool:
        return since is not None and self._monotonic() - since < seconds

    def _age(self) -> float:
        return self._monotonic() - self._loaded_at
