# SPDX-License-Identifier: Apache-2.0
"""The PIN window of a workstation: a process of its own, spoken to by lines of JSON.

Toolkits want the main thread, and a PIN that was typed dies with the process that it was typed in.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from queue import Empty, Queue
from threading import Thread
from typing import IO

from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.window import PATIENCE, Agreed, Answer, Dialog, Question, Unanswered

PROGRAM = (sys.executable, "-m", "connectors.cps_card.agent.tk_program")
PAUSE = 0.1
STOP_SECONDS = 5.0


class TkWindow:
    """Starts the window's process for each dialog, and ends it with the dialog."""

    def __init__(
        self,
        language: str = "",
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._language = language
        self._patience = patience
        self._clock = clock

    @contextmanager
    def open(self) -> Iterator[Dialog]:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [*PROGRAM, self._language], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            yield TkDialog(process, self._patience, self._clock)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The end of its input is the end of the window.
    with suppress(OSError):
        if process.stdin:
            process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class TkDialog:
    """One window."""

    def __init__(
        self, process: subprocess.Popen[bytes], patience: float, clock: Callable[[], float]
    ) -> None:
        self._process = process
        self._end = clock() + patience
        self._clock = clock
        self._lines: Queue[bytes] = Queue()
        if process.stdout:
            Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, source: IO[bytes]) -> None:
        with source:
            for line in source:
                self._lines.put(line)
        # The window is gone, whoever closed it.
        self._lines.put(b"")

    def ask(self, question: Question, pointless: Callable[[], bool]) -> Answer:
        try:
            if self._process.stdin:
                self._process.stdin.write(json.dumps(asdict(question)).encode() + b"\n")
                self._process.stdin.flush()
        except OSError:
            return Unanswered.BROKEN
        while self._clock() < self._end:
            with suppress(Empty):
                return _answer(self._lines.get(timeout=PAUSE))
            if pointless():
                return Unanswered.POINTLESS
        return Unanswered.LATE


def _answer(line: bytes) -> Answer:
    try:
        found = json.loads(line or b"null")
    except ValueError:
        return Unanswered.BROKEN
    if not isinstance(found, dict):
        return Unanswered.BROKEN
    pin = found.get("pin")
    if isinstance(pin, str) and Pin.is_one(pin):
        return Pin(pin)
    return Agreed() if found.get("agreed") is True else Unanswered.CANCELLED
