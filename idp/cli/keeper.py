# SPDX-License-Identifier: Apache-2.0
"""Keeps another server running beside this one: started with it, started anew, stopped with it."""

import os
import signal
import threading
from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Final, Self

from idp.logs import get

STOP_SECONDS: Final = 8.0
# Between one end and the next start, doubled each time: a server that can't run must not keep the
# machine busy, nor fill the log.
PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
LOOK: Final = 0.2
STANDARD_OUTPUT: Final = 1
STANDARD_ERROR: Final = 2
log = get("keeper")


class Keeper:
    """One process, for as long as the block lasts."""

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self._name = name
        self._words = list(words)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join(STOP_SECONDS + PAUSE)

    def _keep(self) -> None:
        # From this thread alone: the kernel ends a child with the thread that started it.
        pause = PAUSE
        while not self._stopping.is_set():
            process, started = self._start(), monotonic()
            status = self._ended(process)
            if status is None:
                _stop(process)
                return
            log.error("ended by itself", name=self._name, status=status)
            if monotonic() - started > LONGEST_PAUSE:
                pause = PAUSE
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _start(self) -> int:
        # Not by `subprocess`: it waits on a pipe, whose other end a worker that is forked at the
        # same moment would hold for as long as it lives.
        return os.posix_spawn(
            self._words[0],
            self._words,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                # What it writes goes where ours goes.
                (os.POSIX_SPAWN_DUP2, STANDARD_ERROR, STANDARD_OUTPUT),
            ],
            # Ctrl-C in a terminal goes to the whole group: stopping it is our part.
            setsid=True,
        )

    def _ended(self, process: int) -> int | None:
        """How it ended by itself; None where it is to be stopped."""
        while not self._stopping.wait(LOOK):
            reaped, status = os.waitpid(process, os.WNOHANG)
            if reaped:
                return os.waitstatus_to_exitcode(status)
        return None


def _stop(process: int) -> None:
    os.kill(process, signal.SIGTERM)
    deadline, pause = monotonic() + STOP_SECONDS, threading.Event()
    while monotonic() < deadline:
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        pause.wait(LOOK / 2)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
