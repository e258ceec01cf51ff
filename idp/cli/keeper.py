# SPDX-License-Identifier: Apache-2.0
"""Keeps another server running beside this one: started with it, started anew, stopped with it."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from idp.logs import get

STOP_SECONDS: Final = 8.0
# Between one end and the next start: a server that can't run must not keep the machine busy.
PAUSE: Final = 1.0
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
        while not self._stopping.is_set():
            with subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                # What it writes goes where ours goes.
                stdout=sys.stderr.fileno(),
                # Ctrl-C in a terminal goes to the whole group: stopping it is our part.
                start_new_session=True,
            ) as process:
                self._wait(process)
            if not self._stopping.is_set():
                log.error("ended by itself", name=self._name, code=process.returncode)
                self._stopping.wait(PAUSE)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self._stopping.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
