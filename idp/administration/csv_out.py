# SPDX-License-Identifier: Apache-2.0
"""Tables for a spreadsheet: CSV that opens with its accents, and in which nothing is a formula.

Every export of the administration goes through here (WB-018). A file is made row by row, so that a
million of them need no more room than one.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
# French spreadsheets expect it: a comma parts their decimals.
DELIMITER: Final = ";"
# Without it they read UTF-8 as something else.
BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What makes a spreadsheet calculate, or hand something to a program (CWE-1236).
FORMULA: Final = frozenset("=+-@")
GUARD: Final = "'"
BREAKS: Final = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
# About so many characters leave at once.
CHUNK: Final = 16_384


def export(
    header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = DELIMITER
) -> Iterator[bytes]:
    """The file in pieces: a header, then a line for each row (RFC 4180)."""
    held, size = [BYTE_ORDER_MARK, line(header, delimiter)], 0
    for row in rows:
        text = line(row, delimiter)
        held.append(text)
        size += len(text)
        if size >= CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def line(values: Iterable[object], delimiter: str = DELIMITER) -> str:
    """One line. Every value is in quotes: none ends where another program would end it."""
    cells = (guarded(value).replace('"', '""') for value in values)
    return delimiter.join(f'"{cell}"' for cell in cells) + "\r\n"


def guarded(value: object) -> str:
    """A value as the text of one cell that a spreadsheet shows and never calculates."""
    text = "" if value is None else str(value)
    plain = "".join(map(_printable, text))
    return GUARD + plain if is_dangerous(text) else plain


def unguarded(text: str) -> str:
    """What a cell of such a file held before: what went out comes in again."""
    return text[1:] if text.startswith(GUARD) and is_dangerous(text[1:]) else text


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet would take it for more than text, also behind guards and blanks."""
    if text[:1] in {"\t", "\r", "\n", "\x00"}:
        return True
    for one in text.lstrip(GUARD):
        if one.isspace() or unicodedata.category(one) in {"Cc", "Cf"}:
            continue
        # Full-width signs calculate as well.
        return unicodedata.normalize("NFKC", one)[:1] in FORMULA
    return False


def _printable(one: str) -> str:
    if one in BREAKS:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in {"Cc", "Cs"} else one
