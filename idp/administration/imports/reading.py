# SPDX-License-Identifier: Apache-2.0
"""Tables that come from a spreadsheet: their characters and delimiter found out, read row by row.

Nothing here holds a whole file: one of a hundred megabytes needs the room of a line (WB-019).
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

MOST_BYTES: Final = 100 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
MOST_COLUMNS: Final = 60
# No cell of a person is nearly as long.
LONGEST_CELL: Final = 2000
CHUNK: Final = 1 << 20
DELIMITERS: Final = ";,\t|"
ENCODINGS: Final = ("utf-8-sig", "cp1252")
# What other files begin with: a workbook, an archive, a picture, a document.
OTHERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"GIF8", b"\x1f\x8b")
WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """It is no table that can be read: why, as a word, and where."""

    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line that it begins on."""

    line: int
    cells: tuple[str, ...]


def look(file: BinaryIO) -> Shape | Unreadable:
    """Find out how it is written; the whole of it is looked at once."""
    file.seek(0)
    head = file.read(8)
    if not head:
        return Unreadable("empty")
    if head.startswith((*OTHERS, *WIDE)):
        return Unreadable("no-table")
    encoding = encoding_of(file)
    if not encoding:
        return Unreadable("characters")
    file.seek(0)
    first = _first_line(file, encoding)
    delimiter = max(DELIMITERS, key=first.count)
    for row in rows(file, encoding, delimiter):
        if isinstance(row, Unreadable):
            return row
        return _checked(Shape(encoding, delimiter, tuple(one.strip() for one in row.cells)))
    return Unreadable("empty")


def encoding_of(file: BinaryIO) -> str:
    """UTF-8 where all of it is, else what spreadsheets of Windows write; nothing for neither."""
    file.seek(0)
    decoders = {one: codecs.getincrementaldecoder(one)("strict") for one in ENCODINGS}
    size = 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            return ""
        decoders = {name: one for name, one in decoders.items() if _takes(one, chunk)}
    return next((name for name, one in decoders.items() if _takes(one, b"", final=True)), "")


def rows(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[Row | Unreadable]:
    """Every row that is not blank, the header first; it ends with what can't be read."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        yield from _rows(csv.reader(_short(text), delimiter=delimiter, strict=True))
    except _TooLong as fault:
        yield Unreadable("long-line", fault.line)
    finally:
        # The file is the caller's.
        text.detach()


def _rows(reader: Any) -> Iterator[Row | Unreadable]:
    begun, found = 1, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            yield Unreadable("quotes", begun)
            return
        if cells is None:
            return
        line, begun = begun, reader.line_num + 1
        if any(cell.strip() for cell in cells):
            found += 1
            # The header is none of them.
            if found > MOST_ROWS + 1:
                yield Unreadable("too-many", line)
                return
            yield Row(line, tuple(cells))


class _TooLong(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _short(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines, none of which may be longer than a row can be."""
    longest, number = LONGEST_CELL * MOST_COLUMNS, 0
    while line := text.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise _TooLong(number)
        yield line


def _first_line(file: BinaryIO, encoding: str) -> str:
    return file.readline(LONGEST_CELL * MOST_COLUMNS).decode(encoding, "replace")


def _takes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _checked(shape: Shape) -> Shape | Unreadable:
    header = shape.header
    if len(header) > MOST_COLUMNS:
        return Unreadable("columns", 1)
    if len(header) < 2 or not any(header) or any("\x00" in one for one in header):
        return Unreadable("header", 1)
    return shape if _parted(header) else Unreadable("header", 1)


def _parted(header: Sequence[str]) -> bool:
    """Two columns of one name can't be told apart."""
    named = [one.casefold() for one in header if one]
    return len(named) == len(set(named))
