# SPDX-License-Identifier: Apache-2.0
"""A process that reads one sender's files, one after the other: beginning one costs more than most.

What a file makes of it reaches files of the same sender, and of nobody else. It has no file of its
own: each is handed to it, opened. It ends with the first that is not fit, with another sender's,
once it is worn, and after so many. Only the child imports this.
"""

import json
import math
import os
import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from imaging_app.dicom import confining, process, work
from imaging_app.dicom.limits import MIB
from imaging_app.dicom.opening import Handed
from imaging_app.dicom.wire import send

MOST_FILES: Final = 200
# Of the processor and of memory, for all files together: each of them has its whole limits.
SECONDS: Final = 4
MEMORY: Final = 64 * MIB
MOST_ASKED: Final = 1 << 16
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Worker:
    """One such process."""

    whose: str
    limits: dict[str, Any]
    pid: int
    line: socket.socket
    source: int
    # Of memory, with which it began.
    pages: int
    files: int = 0

    def may_go_on(self) -> bool:
        """Whether it lives, has said nothing unasked, and is not worn."""
        if select.select([self.source], [], [], 0)[0]:
            return False
        grown = (process.pages_of(self.pid) - self.pages) * resource.getpagesize()
        return self.files < MOST_FILES and grown <= MEMORY and _seconds(self.pid) <= SECONDS

    def renew(self) -> None:
        """The next file has its own limits, within those that stand for all."""
        used, pages = math.ceil(_seconds(self.pid)), process.pages_of(self.pid)
        soft = {
            resource.RLIMIT_CPU: used + self.limits["cpu_seconds"],
            resource.RLIMIT_AS: pages * resource.getpagesize() + self.limits["memory"],
        }
        for what, most in soft.items():
            _soft, hard = resource.prlimit(self.pid, what)
            resource.prlimit(self.pid, what, (min(most, hard), hard))

    def end(self) -> int:
        """It is no more; how it ended."""
        self.line.close()
        os.close(self.source)
        return process.end(self.pid)


class Lasting:
    """The one that there is, if any."""

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def serve(self, asked: dict[str, Any]) -> tuple[bytes, bytes]:
        """A file, by the process of its sender's; OSError where it can't be opened."""
        limits = asked["limits"]
        with _opened(asked["path"]) as files:
            worker = self._ready(asked["whose"], limits)
            until = time.monotonic() + limits["seconds"]
            socket.send_fds(worker.line, [json.dumps(asked).encode()], files)
        worker.files += 1
        heard = process.hear(worker.source, until, limits["answer"])
        if isinstance(heard, tuple) and b'"refused"' not in heard[0]:
            return heard
        self._worker = None
        return process.told(heard, worker.end())

    def end(self) -> None:
        """Of whoever it was."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def _ready(self, whose: str, limits: dict[str, Any]) -> Worker:
        worker = self._worker
        if worker is not None:
            if (worker.whose, worker.limits) == (whose, limits) and worker.may_go_on():
                worker.renew()
                return worker
            self.end()
        self._worker = _begin(whose, limits)
        return self._worker


@contextmanager
def _opened(path: str) -> Iterator[tuple[int, int]]:
    head = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        whole = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield head, whole
        finally:
            os.close(whole)
    finally:
        os.close(head)


def _seconds(pid: int) -> float:
    """Of the processor, that it has used: what comes after its name in brackets."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _begin(whose: str, limits: dict[str, Any]) -> Worker:
    source, target = os.pipe()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pages = process.pages_of("self")
    pid = os.fork()
    if not pid:
        _work(theirs, target, limits)
    os.close(target)
    theirs.close()
    return Worker(whose, limits, pid, ours, source, pages)


def _work(line: socket.socket, target: int, limits: dict[str, Any]) -> NoReturn:
    """In that process. It never comes back from here."""
    try:
        process.keep_only([target, line.fileno()])
        line = socket.socket(fileno=process.ANSWERS + 1)
        process.limit(limits, SECONDS, MEMORY)
        confining.confine(None)
        while True:
            asked, files, _flags, _from = socket.recv_fds(line, MOST_ASKED, 2)
            if not asked:
                break
            told, content = work.do(json.loads(asked), Handed(*files))
            for one in files:
                os.close(one)
            send(process.ANSWERS, json.dumps(told).encode(), content)
    finally:
        os._exit(0)
