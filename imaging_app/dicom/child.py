# SPDX-License-Identifier: Apache-2.0
"""The child's program: it waits, warm, and gives every file to a process that has limits.

That process writes into no file, starts none and is gone when it is done; one that only reads what
files tell of themselves may last for several of one sender's (`imaging_app.dicom.lasting`). Where
the kernel can see to it, it opens no other file and speaks to nobody
(`imaging_app.dicom.confining`).
"""

import gc
import json
import os
import time
from pathlib import Path
from typing import Any, Final, NoReturn

from imaging_app.dicom import confining, process, work
from imaging_app.dicom.lasting import Lasting
from imaging_app.dicom.wire import Silent, receive, send

IN, OUT = 0, 1
FOREVER: Final = 10.0 * 365 * 86_400


def main() -> None:
    """Until nobody asks any more."""
    os.umask(0o077)
    gc.collect()
    gc.freeze()
    lasting = Lasting()
    while True:
        try:
            asked, _nothing = receive(IN, time.monotonic() + FOREVER, 0)
        except Silent:
            lasting.end()
            return
        told, content = answer(json.loads(asked), lasting)
        send(OUT, told, content)


def answer(asked: dict[str, Any], lasting: Lasting) -> tuple[bytes, bytes]:
    """What a file tells is read by its sender's process, where one is named; else by its own."""
    if asked["do"] == "read" and asked.get("whose"):
        try:
            return lasting.serve(asked)
        except OSError:
            # It is not there, or the process is not: what is wrong is told by one of its own.
            lasting.end()
    return serve(asked)


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
        heard = process.hear(source, until, asked["limits"]["answer"])
    finally:
        os.close(source)
        status = process.end(pid)
    return process.told(heard, status)


def _work(asked: dict[str, Any], target: int) -> NoReturn:
    """In the process of one file. It never comes back from here."""
    try:
        process.keep_only([target])
        process.limit(asked["limits"])
        confining.confine(Path(asked["path"]))
        told, content = work.do(asked)
        send(process.ANSWERS, json.dumps(told).encode(), content)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
