# SPDX-License-Identifier: Apache-2.0
"""Small files that are there whole or not at all, and for their owner alone."""

import json
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

LARGEST = 64 * 1024


def write_whole(path: Path, text: str) -> None:
    """Written aside, then put in its place; the old one stays until then."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as aside:
        try:
            aside.write(text)
            aside.flush()
            # The tries of a card must not come back after a power cut.
            os.fsync(aside.fileno())
            aside.close()
            Path(aside.name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(aside.name).unlink()
            raise


def read_members(path: Path) -> dict[str, object] | None:
    """The members of a JSON object; None where there is none that can be read."""
    try:
        with path.open("rb") as source:
            found = json.loads(source.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_private(folder: Path) -> bool:
    """Whether nobody but its owner may enter. Windows keeps a person's folders to themselves."""
    if os.name != "posix":
        return True
    found = folder.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o077
