# SPDX-License-Identifier: Apache-2.0
"""Extracts that administrators brought, in a folder until they are read."""

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

# The upload itself, and what comes between its end and the wish that it be read.
KEPT: Final = 3600
PIECE: Final = 1 << 20
OURS: Final = re.compile(r"[0-9A-Za-z_-]{16}\.[0-9A-Za-z._-]{1,80}")
UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]")


class Source(Protocol):
    """What is read piece by piece."""

    def read(self, size: int = ..., /) -> bytes: ...


class NotKept(Enum):
    """Why a file was not kept."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    # The disk is full, or the folder is not there.
    NO_ROOM = "no-room"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder that all servers of an installation see."""

    folder: Path
    most_bytes: int

    def put(self, token: str, name: str, source: Source) -> Path | NotKept:
        """Keep a file, whole or not at all. WB-022: of its name no more than plain signs."""
        plain = UNSAFE.sub("_", name)[-80:] or "extract"
        path = self.folder / f"{token[:16]}.{plain}"
        try:
            size = self._write(path, source)
        except OSError:
            self.drop(path)
            return NotKept.NO_ROOM
        if not 0 < size <= self.most_bytes:
            self.drop(path)
            return NotKept.TOO_LARGE if size else NotKept.EMPTY
        return path

    def drop(self, path: Path) -> None:
        """Nobody needs it any more."""
        with suppress(OSError):
            path.unlink()

    def tidy(self, in_use: Collection[str], now: int) -> int:
        """Take away what was read, or never asked for; how many files went."""
        gone = 0
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if str(path) in in_use or not OURS.fullmatch(path.name):
                continue
            with suppress(OSError):
                if path.stat().st_mtime < now - KEPT:
                    path.unlink()
                    gone += 1
        return gone

    def _write(self, path: Path, source: Source) -> int:
        size = 0
        # Nobody else's to read, and never in the place of another file.
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "wb") as target:
            while size <= self.most_bytes and (piece := source.read(PIECE)):
                target.write(piece)
                size += len(piece)
        return size
