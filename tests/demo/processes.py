# SPDX-License-Identifier: Apache-2.0
"""Ports and processes, as a test needs them."""

import atexit
import os
import random
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

# Everything that the demo listens on, without an offset.
PORTS = (8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007, 8008, 8009, 8443)


def take(port: int) -> socket.socket | None:
    """Keep a port for a program that is started later, as `tests.ports`; nothing if it is taken.

    Two demos that start at the same time must not choose the same ports: whoever keeps one is seen
    by whoever takes it without leave to share it, and shares it with the program afterwards.
    """
    keeper = socket.socket()
    try:
        keeper.bind(("127.0.0.1", port))
    except OSError:
        keeper.close()
        return None
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    atexit.register(keeper.close)
    return keeper


def free_offset() -> int:
    """An offset by which every port of the demo is free, and stays so for its programs."""
    for _try in range(100):
        offset = random.randrange(2000, 20000, 10)
        kept = [take(port + offset) for port in PORTS]
        if all(kept):
            return offset
        for one in kept:
            if one is not None:
                one.close()
    raise RuntimeError("no ports are free")


def running(word: str) -> list[int]:
    """The processes that carry this word among their arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                arguments = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            if word in arguments:
                found.append(int(folder.name))
    return found


def head(word: str) -> int:
    """The one of these processes that started the others."""
    found = running(word)
    (first,) = (one for one in found if parent_of(one) not in found)
    return first


def parent_of(number: int) -> int:
    status = Path(f"/proc/{number}/stat").read_text("utf-8")
    return int(status.rpartition(")")[2].split()[1])


def wait_until(holds, seconds: float = 60) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())


def none_left(word: str) -> bool:
    """Whether they all end; one that was killed stays listed until the kernel has let go of it."""
    return wait_until(lambda: not running(word))


def end_all(word: str) -> list[int]:
    """Whoever should have ended by now, after ending them: a test leaves nothing behind."""
    left = running(word)
    for number in left:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return left
