# SPDX-License-Identifier: Apache-2.0
"""A screen of a test's own (Xvfb), and somebody who types on it (xdotool)."""

import os
import shutil
import subprocess
from contextlib import contextmanager

MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]


@contextmanager
def screen():
    """The environment of programs that draw on it."""
    read, write = os.pipe()
    started = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1000x700x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        yield {"DISPLAY": f":{number}"}
    finally:
        started.terminate()
        started.wait(30)


def hands(display, *words):
    """What xdotool prints; "" where it found nothing."""
    done = subprocess.run(
        ["xdotool", *words],
        env={**os.environ, **display},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip()
