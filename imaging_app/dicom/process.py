# SPDX-License-Identifier: Apache-2.0
"""A process that reads files: its limits, what it keeps open, how it is heard and ended.

Only the child imports this.
"""

import fcntl
import json
import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from imaging_app.dicom.values import Reason
from imaging_app.dicom.wire import Silent, receive

# Its answers go there; what else it keeps comes after.
ANSWERS: Final = 3
FILES: Final = 32
BEYOND: Final = 4096
# RLIMIT_CPU speaks by these.
SLOW: Final = {signal.SIGXCPU}
Heard = tuple[bytes, bytes] | str


def limit(limits: dict[str, Any], seconds: int = 0, memory: int = 0) -> None:
    """What it may use, for good; so much more in all where it lasts for several files."""
    pages = pages_of("self")
    allowed = pages * resource.getpagesize() + limits["memory"]
    soft = limits["cpu_seconds"]
    # The first of the two speaks by a signal that tells why, the second by one that nobody ignores.
    resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 2 + seconds))
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed + memory))
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        # Nothing of it outlives it; of root the kernel asks this in vain.
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


def pages_of(process: int | str) -> int:
    """Of memory, that it has."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[0])


def keep_only(kept: Sequence[int]) -> None:
    """These stay open, from ANSWERS on: the pipes of the one who waits are not for it."""
    high = [fcntl.fcntl(one, fcntl.F_DUPFD, ANSWERS + len(kept)) for one in kept]
    for number, one in enumerate(high, ANSWERS):
        os.dup2(one, number)
    os.closerange(ANSWERS + len(kept), BEYOND)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


def hear(source: int, until: float, most: int) -> Heard:
    """Its answer; or why there is none."""
    try:
        return receive(source, until, most)
    except Silent as fault:
        return str(fault)


def end(pid: int) -> int:
    """It is no more; how it ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return status


def told(heard: Heard, status: int) -> tuple[bytes, bytes]:
    """What was heard; or that it said nothing, and how it ended."""
    if isinstance(heard, tuple):
        return heard
    late = heard == "late" or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in SLOW)
    reason = Reason.TOO_SLOW if late else Reason.CRASHED
    detail = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""
    return json.dumps({"refused": reason.value, "detail": detail}).encode(), b""
