# SPDX-License-Identifier: Apache-2.0
"""The way to one provider that logins lean on: few at a time, and none while it is down (RL-11).

Whoever is slow there holds up a handful of threads here, never the logins of all others; whoever
does not answer is left alone for a while, then asked by one.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.ports import HttpAnswer
from idp.logs import get
from idp.outgoing.fetcher import Fetcher, Unreachable

AT_ONCE: Final = 4
# For a place among those: whoever waits longer is told to come back.
WAIT: Final = 1.0
FAILURES: Final = 5
REST: Final = 30.0
# From here on a server speaks of itself, not of what was asked.
BROKEN: Final = 500
TOO_MANY: Final = 429
log = get("upstream")


@dataclass(frozen=True, slots=True)
class Health:
    """How it went with this process: the last answer, and whether it is left alone now."""

    # Seconds since it was asked last; None where it never was.
    ago: float | None
    # Why the last answer was none, for whoever runs the server; empty where it was one.
    why: str
    rests: bool


class UpstreamHttp:
    """Fetches from one provider; safe to share between threads."""

    def __init__(self, fetcher: Fetcher, monotonic: Callable[[], float]) -> None:
        self._fetcher = fetcher
        self._monotonic = monotonic
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._asked_at: float | None = None
        self._why = ""

    def health(self) -> Health:
        """How it stands with it."""
        with self._lock:
            now = self._monotonic()
            ago = None if self._asked_at is None else now - self._asked_at
            return Health(ago, self._why, self._failures >= FAILURES and now < self._rests_until)

    def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpAnswer | None:
        """One exchange; None where there was no answer that may be used."""
        if not self._may_ask() or not self._places.acquire(timeout=WAIT):
            return None
        try:
            found = self._fetcher.fetch(method, url, headers=headers, body=body)
        finally:
            self._places.release()
        if isinstance(found, Unreachable):
            self._note(url, well=False, why=found.reason)
            return None
        well = found.status < BROKEN and found.status != TOO_MANY
        self._note(url, well=well, why=f"HTTP {found.status}")
        kind = found.headers.get("content-type", "").partition(";")[0].strip().lower()
        return HttpAnswer(found.status, found.body, kind)

    def _may_ask(self) -> bool:
        with self._lock:
            if self._failures < FAILURES:
                return True
            now = self._monotonic()
            if now < self._rests_until:
                return False
            # One tries; the others wait for what becomes of it.
            self._rests_until = now + REST
            return True

    def _note(self, url: str, *, well: bool, why: str) -> None:
        with self._lock:
            self._failures = 0 if well else self._failures + 1
            rests = self._failures >= FAILURES
            self._asked_at, self._why = self._monotonic(), "" if well else why
            self._rests_until = self._monotonic() + REST if rests else 0.0
        if not well:
            # Where, without what was asked: that may be a secret.
            log.warning("upstream failed", at=url.partition("?")[0], why=why, rests=rests)
