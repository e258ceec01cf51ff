# SPDX-License-Identifier: Apache-2.0
"""The processes of the demo: started together, watched, stopped together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from idp.cli.output import plain

STOP_SECONDS = 5.0
PAUSE = 0.05
LAST_LINES = 15
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, FrameType | None], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run: its words, and the page that answers once it is ready.

    No page: it is ready when its port takes connections.
    """

    name: str
    command: Sequence[str]
    port: int
    ready: str
    log: Path
    # Asked when it has ended: whether it ended to be started anew.
    again: Callable[[], bool] = lambda: False
    # Ports on which it lets others listen: ready once they take connections, too.
    beside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Died:
    """A program ended by itself, or never became ready."""

    program: Program
    why: str

    def told(self) -> str:
        """What happened, with the last lines of its log."""
        lines = self.program.log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        shown = [f"  | {plain(line)}" for line in lines] or ["  (its log is empty)"]
        return "\n".join([f"{self.program.name} {self.why}. Its log ends so:", *shown])


class Runner:
    """Runs programs until a signal comes or one of them ends; leaves no process behind."""

    def __init__(self, programs: Iterable[Program], environment: Mapping[str, str]) -> None:
        self._programs = tuple(programs)
        self._environment = dict(environment)
        self._running: dict[Program, subprocess.Popen[bytes]] = {}
        self._signals = 0
        self._before: dict[signal.Signals, signal.Handlers | _Handler | int | None] = {}

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked to stop."""
        return self._signals > 0

    def __enter__(self) -> Self:
        for each in SIGNALS:
            self._before[each] = signal.signal(each, self._note)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
        for each, before in self._before.items():
            signal.signal(each, before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def start(self) -> None:
        """Start them all."""
        for program in self._programs:
            program.log.unlink(missing_ok=True)
            self._running[program] = self._spawn(program)

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        leash = [sys.executable, "-m", "idp.demo.leash", str(os.getpid())]
        with program.log.open("ab") as log:
            return subprocess.Popen(
                [*leash, *program.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                # Ctrl-C in a terminal goes to the whole group: stopping them is our part.
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float) -> Died | None:
        """Until every program answers; who did not, or None (also when interrupted)."""
        deadline = time.monotonic() + seconds
        waiting = list(self._programs)
        while waiting and not self.interrupted:
            if dead := self._dead():
                return dead
            waiting = [one for one in waiting if not _answers(one)]
            if waiting and time.monotonic() > deadline:
                return Died(waiting[0], f"did not answer within {seconds:.0f} s")
            time.sleep(PAUSE)
        return None

    def watch(self) -> Died | None:
        """Until one ends by itself, or a signal comes (None)."""
        while not self.interrupted:
            if dead := self._dead():
                return dead
            time.sleep(PAUSE)
        return None

    def _dead(self) -> Died | None:
        for program, process in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            if not program.again():
                return Died(program, f"ended by itself ({_ending(code)})")
            self._running[program] = self._spawn(program)
        return None

    def stop(self) -> None:
        """Ask each to end, wait, then insist; a second signal cuts the wait short."""
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        deadline, asked = time.monotonic() + STOP_SECONDS, self._signals
        while time.monotonic() < deadline and self._signals <= max(asked, 1):
            if all(process.poll() is not None for process in self._running.values()):
                break
            time.sleep(PAUSE)
        for process in self._running.values():
            # The whole group: a server that was killed leaves its workers.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()


def _ending(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with code {code}"


def _answers(program: Program) -> bool:
    if not all(_takes_connections(port) for port in program.beside):
        return False
    # To the address itself: no name to look up, no proxy of the environment in between.
    if not program.ready:
        return _takes_connections(program.port)
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=2)
    try:
        connection.request("GET", program.ready, headers={"Host": f"localhost:{program.port}"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _takes_connections(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False
