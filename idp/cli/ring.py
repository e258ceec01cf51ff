# SPDX-License-Identifier: Apache-2.0
"""Key rings and other secrets in files that nobody else can read."""

import base64
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from idp.cli.program import refuse
from idp.clock import Entropy, SystemEntropy
from idp.crypto import KEY_BYTES


def new_ring_line(key_id: str = "", entropy: Entropy | None = None) -> str:
    """A line of a key ring with a fresh key, named after today unless told."""
    key = (entropy or SystemEntropy()).bytes(KEY_BYTES)
    name = key_id or f"k{datetime.now(UTC):%Y%m%d}"
    return f"{name}:{base64.b64encode(key).decode()}"


def write_private(path: Path, content: str) -> None:
    """A new file of mode 0600; one that exists is never overwritten."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        refuse(f"{path} is there already: what it holds may be needed, so it is left alone.")
    except OSError as fault:
        refuse(f"{path} can't be written: {fault.strerror}")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, content: str) -> None:
    """Put a whole new content in place of the old at once, so that no reader sees a half."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            kept = path.stat()
            os.chown(name, kept.st_uid, kept.st_gid)
        Path(name).replace(path)
    except OSError as fault:
        refuse(f"{path} can't be written: {fault.strerror}")
