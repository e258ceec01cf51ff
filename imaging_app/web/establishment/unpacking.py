# SPDX-License-Identifier: Apache-2.0
"""What somebody sends, one file after the other: as it is, or out of an archive, within bounds.

An archive is never unpacked onto the disk: each entry is streamed to the store, which takes no
name from it. What it says of its sizes is not believed: bytes are counted as they come.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from werkzeug.datastructures import FileStorage

BLOCK: Final = 1 << 20
MOST_FILES: Final = 3000
# What an archive may become, and how many times as large as it is.
MOST_BYTES: Final = 4 << 30
MOST_RATIO: Final = 100
# Small entries compress beyond measure without harm.
FREE: Final = 16 << 20
# What its directory may be, all of which is in memory at once: room for long names of all files.
MOST_DIRECTORY: Final = 2 << 20
# The others are inflated without bounds before a byte of them is counted.
PACKED: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
ENCRYPTED: Final = 0x1
BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError
)  # fmt: skip


class Swollen(Exception):
    """An archive is more than it may be."""


class Broken(Exception):
    """An archive does not give what it says it holds."""


@dataclass(slots=True)
class Sent:
    """One file that came: its bytes, or why there are none."""

    name: str
    blocks: Iterable[bytes] = ()
    why: str = ""


def sent_files(files: Iterable[FileStorage]) -> Iterator[Sent]:
    """All of them, archives opened; whoever takes one takes its bytes before the next."""
    for count, one in enumerate(files, 1):
        if count > MOST_FILES:
            yield Sent(one.filename or "", why="too-many")
            return
        head = one.stream.read(4)
        one.stream.seek(0)
        if head in {ZIP, EMPTY_ZIP}:
            yield from _entries(one)
        else:
            yield Sent(one.filename or "", _blocks(one.stream))


def _entries(file: FileStorage) -> Iterator[Sent]:
    outer = file.filename or "zip"
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    try:
        archive = zipfile.ZipFile(Narrow(file.stream))
    except Swollen:
        yield Sent(outer, why="too-many")
        return
    except BROKEN:
        yield Sent(outer, why="archive")
        return
    with archive:
        entries = [one for one in archive.infolist() if not one.is_dir()]
        if len(entries) > MOST_FILES:
            yield Sent(outer, why="too-many")
            return
        meter = Meter(max(size * MOST_RATIO, FREE))
        for entry in entries:
            if meter.full:
                yield Sent(outer, why="bomb")
                return
            yield _entry(archive, entry, meter, outer)


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, meter: "Meter", outer: str) -> Sent:
    name = f"{outer}/{entry.filename}"
    if entry.flag_bits & ENCRYPTED:
        return Sent(name, why="encrypted")
    if entry.compress_type not in PACKED:
        return Sent(name, why="packed")
    try:
        with archive.open(entry) as source:
            head = source.read(4)
    except BROKEN:
        return Sent(name, why="archive")
    if head in {ZIP, EMPTY_ZIP}:
        return Sent(name, why="nested")
    return Sent(name, meter.counted(archive, entry))


class Narrow:
    """An archive of which nothing is read at once that is more than a directory may be.

    Its directory is read in one piece, and only then taken apart: this stops before, whichever of
    its end records is believed.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        """As the stream does."""
        if size > MOST_DIRECTORY:
            raise Swollen
        found = self._stream.read(size if size >= 0 else MOST_DIRECTORY + 1)
        if len(found) > MOST_DIRECTORY:
            raise Swollen
        return found


class Meter:
    """Counts what an archive has become."""

    def __init__(self, most: int) -> None:
        self._left = min(most, MOST_BYTES)
        self.full = False

    def counted(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry's bytes."""
        with archive.open(entry) as source:
            blocks = _blocks(source)
            while True:
                try:
                    block = next(blocks, b"")
                except BROKEN as fault:
                    raise Broken from fault
                if not block:
                    return
                self._left -= len(block)
                if self._left < 0:
                    self.full = True
                    raise Swollen
                yield block


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block
