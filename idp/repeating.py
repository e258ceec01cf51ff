# SPDX-License-Identifier: Apache-2.0
"""Something that a serving process does again and again beside serving."""

import threading
from abc import ABC, abstractmethod

from idp.logs import get

STOP_SECONDS = 5


class Repeating(ABC):
    """A thread that runs until stopped; a failure is logged, never fatal."""

    def __init__(self, name: str, *, every: float, first: float | None = None) -> None:
        self._every = every
        self._first = every if first is None else first
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log = get(name)

    @abstractmethod
    def do(self) -> None:
        """All of it, once."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_stopping(self) -> bool:
        """Whether what is under way should come to an end."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End, soon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        pause = self._first
        while not self._stopping.wait(pause):
            pause = self._every
            try:
                self.do()
            except Exception as fault:  # noqa: BLE001
                # Whatever it was: nobody else does it, and the next round may succeed.
                self._log.warning("failed", why=type(fault).__name__)
