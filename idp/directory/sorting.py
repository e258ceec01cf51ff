# SPDX-License-Identifier: Apache-2.0
"""Sorts more than memory holds: runs in temporary files, merged while they are read."""

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Final, Self

IN_MEMORY: Final = 100_000
BETWEEN: Final = b"\x00"

Key = tuple[bytes, bytes, bytes]
"""None of its parts holds a zero byte or the end of a line."""


class Sorter:
    """Keys go in as they come, and come out sorted, each once."""

    def __init__(self, most: int = IN_MEMORY) -> None:
        self._most = most
        self._waiting: list[bytes] = []
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def put(self, key: Key) -> bool:
        """One more; True where a run was written, which takes a while."""
        # The zero byte sorts before all others: lines stand in the order of their parts.
        self._waiting.append(BETWEEN.join(key) + b"\n")
        if len(self._waiting) < self._most:
            return False
        self._write()
        return True

    def sorted(self) -> Iterator[Key]:
        """All of them."""
        self._write()
        last = b""
        for line in heapq.merge(*self._runs):
            if line != last:
                last = line
                name, second, subject = line[:-1].split(BETWEEN)
                yield name, second, subject

    def _write(self) -> None:
        run: IO[bytes] = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the rest
        run.writelines(sorted(self._waiting))
        run.seek(0)
        self._runs.append(run)
        self._waiting = []
