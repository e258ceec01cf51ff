# SPDX-License-Identifier: Apache-2.0
"""How much goes out at the same time: each takes a thread for as long as its reader likes."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

# Of one process; whoever serves has twice as many threads, and those for streams: as many are left
# for pages.
MOST: Final = 16
# Of one person: whole exams or series, and single files, which programs fetch side by side.
WHOLES, SINGLES = 2, 6


class Busy(StrEnum):
    """Why none begins."""

    OWN = "own"
    ALL = "all"


@dataclass(slots=True)
class Turn:
    """One that runs; a block that breaks ends it."""

    _give_back: Callable[[], None]
    _lock: threading.Lock
    _runs: bool = True

    def end(self) -> None:
        """It is over; told as often as one likes."""
        with self._lock:
            if self._runs:
                self._runs = False
                self._give_back()

    def __enter__(self) -> Self:
        """Begun already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Where nothing goes out, nothing runs."""
        if kind is not None:
            self.end()


@dataclass(frozen=True, slots=True)
class Running:
    """What goes out in a turn; the server closes it however it ends."""

    blocks: Iterable[bytes]
    turn: Turn

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.blocks
        finally:
            self.turn.end()

    def close(self) -> None:
        """Nobody reads on."""
        self.turn.end()


class Turns:
    """Those that run in this process."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._of: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, who: str, each: int) -> Turn | Busy:
        """Another one of somebody who has fewer than so many."""
        with self._lock:
            if self._of[who] >= each:
                return Busy.OWN
            if self._of.total() >= self._most:
                return Busy.ALL
            self._of[who] += 1
        return Turn(lambda: self._less(who), self._lock)

    def _less(self, who: str) -> None:
        self._of[who] -= 1
        if not self._of[who]:
            del self._of[who]
