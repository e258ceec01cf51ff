# SPDX-License-Identifier: Apache-2.0
"""Opens an extract as one stream of lines: plain, .gz or .zip, never more than is allowed.

Nothing is unpacked to disk, so that the names inside an archive can't write anywhere (WB-019); a
bomb is told by how much more comes out than went in.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 16_384
# Real extracts come out nine times as large as they went in.
MOST_TIMES: Final = 100
FREE_BYTES: Final = 10 << 20
MOST_MEMBERS: Final = 100
TEXTS: Final = (".txt", ".csv")
GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = b"PK"


class Unreadable(Exception):
    """The file can't be read as an extract; says why, for whoever imports it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file as bytes; too long a one is cut and told so."""

    number: int
    text: bytes
    # Where the next one begins, in bytes of the unpacked file.
    end: int
    too_long: bool = False


@dataclass(slots=True)
class Source:
    """An open file; `size` is what comes out of it as far as known."""

    stream: IO[bytes]
    size: int


class Bounded(io.RawIOBase):
    """A stream that stops where more comes out than may."""

    def __init__(self, inner: IO[bytes], most: int) -> None:
        self._inner = inner
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        try:
            data = self._inner.read(len(view))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError) as fault:
            raise Unreadable("the file is damaged, or not complete") from fault
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("more comes out of the file than may")
        view[: len(data)] = data
        return len(data)


def digest_of(path: Path, most: int) -> str:
    """The file's SHA-256, as it lies there."""
    sha = hashlib.sha256()
    left = most
    with open_file(path) as file:
        while chunk := file.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Unreadable("the file is larger than may be read")
            sha.update(chunk)
    return sha.hexdigest()


@contextmanager
def open_source(path: Path, most: int, begins: str = "") -> Iterator[Source]:
    """The lines' stream; of an archive the one text whose name begins so, or its only one."""
    with open_file(path) as file:
        magic = file.read(2)
        file.seek(0)
        length = path.stat().st_size
        bound = min(most, max(FREE_BYTES, length * MOST_TIMES))
        if magic == ZIP_MAGIC:
            with _member(file, begins, most) as (stream, size):
                yield Source(_buffered(stream, bound), size)
        elif magic == GZIP_MAGIC:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield Source(_buffered(cast("IO[bytes]", unpacked), bound), 0)
        else:
            yield Source(_buffered(file, most), length)


def open_file(path: Path) -> IO[bytes]:
    """A file of the server; that it can't be opened is told in plain words."""
    try:
        return path.open("rb")
    except OSError as fault:
        raise Unreadable(f"the file can't be opened: {fault.strerror}") from fault


def lines_of(source: Source, end: int = 0, number: int = 0) -> Iterator[Line]:
    """Lines from where the stream stands, which is this byte, behind so many lines."""
    while piece := source.stream.readline(LONGEST_LINE):
        length, text = len(piece), piece
        while not piece.endswith(b"\n"):
            piece = source.stream.readline(LONGEST_LINE)
            if not piece:
                break
            length += len(piece)
        end += length
        number += 1
        yield Line(number, text.rstrip(b"\r\n"), end, too_long=length > len(text))


@contextmanager
def _member(file: IO[bytes], begins: str, most: int) -> Iterator[tuple[IO[bytes], int]]:
    try:
        with zipfile.ZipFile(file) as archive:
            chosen = _choose(archive, begins)
            if chosen.flag_bits & 1:
                raise Unreadable("the archive is encrypted")
            if chosen.file_size > most:
                raise Unreadable("more comes out of the file than may")
            with archive.open(chosen) as stream:
                yield stream, chosen.file_size
    except (zipfile.BadZipFile, NotImplementedError) as fault:
        raise Unreadable("the archive can't be read") from fault


def _choose(archive: zipfile.ZipFile, begins: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Unreadable("the archive holds too many files")
    texts = [one for one in members if PurePosixPath(one.filename).suffix.lower() in TEXTS]
    named = [
        one
        for one in texts
        if begins and PurePosixPath(one.filename).name.lower().startswith(begins.lower())
    ]
    found = named or texts
    if len(found) != 1:
        raise Unreadable("the archive does not hold one extract")
    return found[0]


def _buffered(stream: IO[bytes], most: int) -> IO[bytes]:
    return io.BufferedReader(Bounded(stream, most), CHUNK)


def skip(stream: IO[bytes], count: int) -> None:
    """Read over what was taken before."""
    while count > 0:
        skipped = len(stream.read(min(CHUNK, count)))
        if not skipped:
            raise Unreadable("the file is shorter than it was")
        count -= skipped
