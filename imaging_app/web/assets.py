# SPDX-License-Identifier: Apache-2.0
"""Files of the shell under addresses that change with their contents, so that they are kept."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from imaging_app.paths import STATIC

LENGTH = 12


class Assets:
    """Read once at the start."""

    def __init__(self, folder: Path = STATIC) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self._marks: Mapping[str, str] = {
            path.relative_to(folder).as_posix(): _mark(path.read_bytes()) for path in files
        }

    def url(self, name: str) -> str:
        """The address of a file that must be there."""
        return f"/static/{name}?v={self._marks[name]}"

    def is_current(self, name: str, mark: str) -> bool:
        """Whether an address names the contents that the file has."""
        return self._marks.get(name) == mark

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._marks

    def version(self) -> str:
        """One mark for all of them."""
        return _mark(repr(sorted(self._marks.items())).encode())


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:LENGTH]
