# SPDX-License-Identifier: Apache-2.0
"""A value fetched from the provider: kept for a while, renewed, the last good one never lost."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from relying_parties.kit.outcome import ProviderUnreachable

T = TypeVar("T")
log = logging.getLogger(__name__)


class Remembered(Generic[T]):
    """Loads on first use and when too old; one thread loads, the others use the last good one."""

    def __init__(
        self,
        load: Callable[[], T],
        *,
        max_age: float,
        retry_after: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._load = load
        self._max_age = max_age
        self._retry_after = retry_after
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._good: T | None = None
        self._loaded_at = 0.0
        self._failed_at: float | None = None
        self._renewed_at: float | None = None

    def get(self) -> T:
        """The value; raises ProviderUnreachable only where none was ever good."""
        good = self._good
        if good is not None and self._fresh():
            return good
        # With a last good value nobody queues behind a slow provider.
        if not self._lock.acquire(blocking=good is None):
            return self._kept()
        try:
            if self._good is not None and self._fresh():
                return self._good
            if self._failed_at is not None and self._within(self._failed_at, self._retry_after):
                return self._kept()
            return self._attempt()
        finally:
            self._lock.release()

    def renew(self, at_most_every: float) -> T:
        """Load again now, but not more often than that: the cause may be an attacker's input."""
        with self._lock:
            if self._renewed_at is not None and self._within(self._renewed_at, at_most_every):
                return self._kept()
            self._renewed_at = self._monotonic()
            return self._attempt()

    def _attempt(self) -> T:
        try:
            self._good = self._load()
        except ProviderUnreachable as fault:
            self._failed_at = self._monotonic()
            log.warning("provider: %s", fault)
            return self._kept()
        self._failed_at = None
        self._loaded_at = self._monotonic()
        return self._good

    def _kept(self) -> T:
        if self._good is None:
            raise ProviderUnreachable("nothing good was loaded yet")
        return self._good

    def _fresh(self) -> bool:
        return self._within(self._loaded_at, self._max_age)

    def _within(self, since: float, seconds: float) -> bool:
        return self._monotonic() - since < seconds
