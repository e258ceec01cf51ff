# SPDX-License-Identifier: Apache-2.0
"""The door to everything that parses a file: a few children, each with one file at a time.

Whatever a file does to the child, whoever asked here is told a reason.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from imaging_app.dicom import wire
from imaging_app.dicom.limits import MOST_TOLD, USUAL, Limits
from imaging_app.dicom.packing import WrongAnswer, WrongText, inflate, read_json, unpack
from imaging_app.dicom.values import (
    Document,
    Look,
    Native,
    Picture,
    Reading,
    Reason,
    Refused,
)

T = TypeVar("T")
# Seconds beyond those of the file: to start, and to tell.
GRACE: Final = 15
WAIT: Final = 30
REASONS: Final = {one.value: one for one in Reason}
# Of our environment the child needs no more.
KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")


class Child:
    """A process that is started when it is asked first, and again after it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, asked: bytes, until: float, most: int) -> tuple[bytes, bytes]:
        """Its answer; Silent where there is none, and then it is gone."""
        process = self.start()
        if process.stdin is None or process.stdout is None:
            raise wire.Silent("no pipe")
        try:
            wire.send(process.stdin.fileno(), asked)
            return wire.receive(process.stdout.fileno(), until, most)
        except (wire.Silent, OSError) as fault:
            self.end()
            raise wire.Silent("gone") from fault
        except BaseException:
            # Half an answer left in the pipe would be the next file's.
            self.end()
            raise

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, unless it is there."""
        process = self._process
        if process is None or process.poll() is not None:
            self.end()
            process = self._process = _start()
        return process

    def end(self) -> None:
        """Stop it."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        with suppress(ProcessLookupError):
            # The process of the file belongs to its group.
            os.killpg(process.pid, 9)
        process.wait()


def _start() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
        # A library's threads would not survive the fork, nor does one frame need them.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "imaging_app.dicom.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )


class Door:
    """Asks the children; safe for many threads."""

    def __init__(self, limits: Limits = USUAL, children: int = 2, wait: float = WAIT) -> None:
        self._limits = limits
        self._wait = wait
        self._closed = threading.Event()
        self._free: queue.LifoQueue[Child] = queue.LifoQueue()
        self._all = [Child() for _number in range(children)]
        for child in self._all:
            self._free.put(child)

    def read(self, path: Path, whose: str = "") -> Reading | Refused:
        """What a file tells of itself.

        `whose`: who sent it; their files may be read by one process, one after the other.
        """
        return self._ask(Reading, "metadata", path, "read", whose=whose)

    def draw(self, path: Path, look: Look) -> Picture | Refused:
        """A frame for a browser."""
        return self._ask(Picture, "content", path, "draw", look=asdict(look))

    def frame(self, path: Path, number: int) -> Native | Refused:
        """A frame's samples, counted from 0."""
        return self._ask(Native, "content", path, "frame", number=number)

    def document(self, path: Path) -> Document | Refused:
        """The document that a file wraps."""
        return self._ask(Document, "content", path, "document")

    def text(self, path: Path) -> Document | Refused:
        """A report of plain text or simple CDA, as plain text."""
        return self._ask(Document, "content", path, "text")

    def _ask(self, kind: type[T], name: str, path: Path, deed: str, **more: Any) -> T | Refused:
        limits = self._limits
        asked = {"do": deed, "path": os.fspath(path), "limits": asdict(limits), **more}
        try:
            child = self._free.get(timeout=self._wait)
        except queue.Empty:
            return Refused(Reason.BUSY)
        try:
            until = time.monotonic() + limits.seconds + GRACE
            told, content = child.ask(json.dumps(asked).encode(), until, limits.answer)
        except wire.Silent:
            late = time.monotonic() >= until
            return Refused(Reason.TOO_SLOW if late else Reason.CRASHED)
        finally:
            if self._closed.is_set():
                child.end()
            self._free.put(child)
        return _judge(kind, name, told, content)

    def warm(self) -> None:
        """Start the children, so that whoever asks first waits for no more than the others."""
        free = list[Child]()
        with suppress(queue.Empty):
            while True:
                free.append(self._free.get_nowait())
        for child in free:
            child.start()
            self._free.put(child)

    def close(self) -> None:
        """End the children that are free; the others end with what they are at."""
        self._closed.set()
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().end()


def _judge(kind: type[T], name: str, told: bytes, content: bytes) -> T | Refused:
    """A file may speak through the child: what it says is a value, or a refusal."""
    try:
        found = read_json(told)
        if isinstance(found, dict) and "refused" in found:
            reason = REASONS.get(str(found["refused"]), Reason.CRASHED)
            detail = "".join(one for one in str(found.get("detail", "")) if one.isprintable())
            return Refused(reason, detail[:80])
        if kind is Reading:
            inflate(content, MOST_TOLD)
        return unpack(kind, found, **{name: content})
    except WrongText:
        return Refused(Reason.MALFORMED, "text")
    except (WrongAnswer, TypeError, ValueError, RecursionError):
        return Refused(Reason.CRASHED, "answer")
