# SPDX-License-Identifier: Apache-2.0
"""A child process that does not outlive its parent, however that one ended."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int | None = None) -> None:
    """Have the kernel send SIGTERM to this process when its parent is gone (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    before = os.getppid() if parent is None else parent
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != before:
        # It was gone before we asked.
        os.kill(os.getpid(), signal.SIGTERM)
