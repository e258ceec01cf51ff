# SPDX-License-Identifier: Apache-2.0
"""The child's program: it waits, warm, and gives every file to a process that has limits.

That process writes into no file, starts none and is gone when it is done. Where the kernel
can see to it, it opens no other file and speaks to nobody (`imaging_app.dicom.confining`).
"""

import gc
import json
import os
import resource
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from imaging_app.dicom import confining, work
from imaging_app.dicom.values import Reason
from imaging_app.dicom.wire import Silent, receive, send

IN, OUT = 0, 1
FOREVER: Final = 10.0 * 365 * 86_400
FILES: Final = 32
# RLIMIT_CPU speaks by these.
SLOW: Final = {signal.SIGXCPU}


def main() -> None:
    """Until nobody asks any more."""
    os.umask(0o077)
    gc.collect()
    gc.freeze()
    while True:
        try:
            asked, _nothing = receive(IN, time.monotonic() + FOREVER, 0)
        except Silent:
            return
        told, content = serve(json.loads(asked))
        send(OUT, told, content)


def serve(asked: dict[str, Any]) -> tuple[bytes, bytes]:
    """One file, by a process of its own."""
    source, target = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(source)
        _work(asked, target)
    os.close(target)
    until = time.monotonic() + asked["limits"]["seconds"]
    try:
        answer = _hear(source, until, asked["limits"]["answer"])
    finally:
        os.close(source)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
    if isinstance(answer, tuple):
        return answer
    late = answer == "late" or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in SLOW)
    reason = Reason.TOO_SLOW if late else Reason.CRASHED
    detail = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
    return json.dumps({"refused": reason.value, "detail": detail}).encode(), b""


def _hear(source: int, until: float, most: int) -> tuple[bytes, bytes] | str:
    try:
        return receive(source, until, most)
    except Silent as fault:
        return str(fault)


def _work(asked: dict[str, Any], target: int) -> NoReturn:
    """In the process of one file. It never comes back from here."""
    try:
        _limit(asked["limits"])
        # The pipes of the one who waits are not for whoever takes this process over.
        os.dup2(target, 3)
        os.closerange(4, 4096)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for one in (0, 1, 2):
            os.dup2(nowhere, one)
        confining.confine(Path(asked["path"]))
        told, content = work.do(asked)
        send(3, json.dumps(told).encode(), content)
    finally:
        os._exit(0)


def _limit(limits: dict[str, int]) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + limits["memory"]
    seconds = limits["cpu_seconds"]
    # The first of the two speaks by a signal that tells why, the second by one that nobody ignores.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        # Nothing of it outlives it; of root the kernel asks this in vain.
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
