# SPDX-License-Identifier: Apache-2.0
"""Responders that do not answer are left alone for a while, so that not each login waits for one.

Kept by each process: after a pause one login tries again, and the others go on without.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idp.clock import Clock
from idp.trust.rules import ANSWER_SECONDS

FIRST, LONGEST = 30.0, 300.0
# How many things can be under way side by side without waiting for one another.
TURNS = 256


@dataclass(slots=True)
class _State:
    streak: int = 0
    until: float = 0.0


class Pauses:
    """Which ones rest; safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._lock = threading.Lock()

    def may_ask(self, name: str) -> bool:
        """Whether it may be asked now; who is told so after a pause is the only one for a while."""
        with self._lock:
            state, now = self._states.get(name), self._clock.monotonic()
            if state is None:
                return True
            if now < state.until:
                return False
            state.until = now + ANSWER_SECONDS
            return True

    def note(self, name: str, *, answered: bool) -> None:
        """How it went."""
        with self._lock:
            if answered:
                self._states.pop(name, None)
                return
            state = self._states.setdefault(name, _State())
            state.until = self._clock.monotonic() + min(FIRST * 2**state.streak, LONGEST)
            state.streak = min(state.streak + 1, 16)


class Turns:
    """One at a time asks about the same thing; who comes second finds the answer there."""

    def __init__(self) -> None:
        self._locks = [threading.Lock() for _ in range(TURNS)]

    @contextmanager
    def take(self, name: str, patience: float) -> Iterator[None]:
        """Wait for a turn; whoever has waited long enough goes on anyway."""
        lock = self._locks[hash(name) % TURNS]
        taken = lock.acquire(timeout=patience)
        try:
            yield
        finally:
            if taken:
                lock.release()
