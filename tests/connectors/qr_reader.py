# SPDX-License-Identifier: Apache-2.0
"""Reads a clean QR code back, by the standard (ISO/IEC 18004) and not by the library that drew it.

Enough for a picture that no camera has blurred: no error is corrected.
"""

import re
from collections.abc import Iterator

MASKS = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)
# Table 9, level M: blocks of data, as (how many, how many data codewords), by version.
BLOCKS = {
    4: [(2, 32)],
    5: [(2, 43)], 6: [(4, 27)], 7: [(4, 31)], 8: [(2, 38), (2, 39)], 9: [(3, 36), (2, 37)],
    10: [(4, 43), (1, 44)], 11: [(1, 50), (4, 51)], 12: [(6, 36), (2, 37)], 13: [(8, 37), (1, 38)],
}  # fmt: skip
# Annex E: where alignment patterns are centred.
CENTRES = {
    4: [6, 26],
    5: [6, 30], 6: [6, 34], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50],
    11: [6, 30, 54], 12: [6, 32, 58], 13: [6, 34, 62],
}  # fmt: skip
FORMAT_MASK = 0b101010000010010
LEVEL_M = 0b00
BYTES, LETTERS = 0b0100, 0b0010
# Table 5: the signs of the alphanumeric mode.
SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def read_qr(picture: str) -> str:
    """The text of a code drawn as an SVG path of unit squares."""
    return read_modules(_modules(picture))


def read_modules(modules: list[list[bool]]) -> str:
    """The same of its modules, black ones true, without the quiet zone."""
    size = len(modules)
    version = (size - 17) // 4
    mask = _mask(modules)
    kept = _reserved(size, version)
    bits = [
        modules[row][column] ^ mask(row, column)
        for row, column in _way(size)
        if (row, column) not in kept
    ]
    words = [_number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    return _text(_joined(words, BLOCKS[version]), large=version > 9)


def _number(bits: list[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)


def _modules(picture: str) -> list[list[bool]]:
    """Black and white, without the quiet zone."""
    squares = re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V", picture)
    unit = float(squares[0][2]) - float(squares[0][0])
    black = {(round(float(y) / unit), round(float(x) / unit)) for x, y, _right in squares}
    first, last = min(black)[0], max(black)[0]
    # Scanners need four white modules around it (§6.3.8).
    assert first >= 4
    inside = range(first, last + 1)
    return [[(row, column) in black for column in inside] for row in inside]


def _mask(modules: list[list[bool]]):  # type: ignore[no-untyped-def]
    """Which mask was laid over the data (§7.9)."""
    row = [modules[8][column] for column in (0, 1, 2, 3, 4, 5, 7, 8)]
    column = [modules[line][8] for line in (7, 5, 4, 3, 2, 1, 0)]
    value = _number(row + column) ^ FORMAT_MASK
    assert value >> 13 == LEVEL_M
    return MASKS[value >> 10 & 0b111]


def _reserved(size: int, version: int) -> set[tuple[int, int]]:
    """Finder, alignment and timing patterns, format and version."""
    kept = {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    for top, left in ((0, 0), (0, size - 8), (size - 8, 0)):
        kept |= {(top + row, left + column) for row in range(8) for column in range(8)}
    kept |= {(8, at) for at in range(9)} | {(at, 8) for at in range(9)}
    kept |= {(8, at) for at in range(size - 8, size)} | {(at, 8) for at in range(size - 8, size)}
    middles = CENTRES[version]
    corners = {(6, 6), (6, middles[-1]), (middles[-1], 6)}
    for row in middles:
        for column in middles:
            if (row, column) not in corners:
                kept |= {(row + a, column + b) for a in range(-2, 3) for b in range(-2, 3)}
    if version >= 7:
        for a in range(6):
            for b in range(3):
                kept |= {(a, size - 11 + b), (size - 11 + b, a)}
    return kept


def _way(size: int) -> Iterator[tuple[int, int]]:
    """Two columns at a time, from the right, up and down in turn (§7.7.3)."""
    upwards = True
    columns = [at for at in range(size - 1, 0, -2) if at > 6]
    columns += [5, 3, 1]
    for column in columns:
        for at in range(size):
            row = size - 1 - at if upwards else at
            yield row, column
            yield row, column - 1
        upwards = not upwards


def _joined(words: list[int], blocks: list[tuple[int, int]]) -> list[int]:
    """The data of the blocks, which were interleaved, one after another (§7.6)."""
    sizes = [length for count, length in blocks for _one in range(count)]
    parts: list[list[int]] = [[] for _size in sizes]
    source = iter(words)
    for at in range(max(sizes)):
        for part, size in zip(parts, sizes, strict=True):
            if at < size:
                part.append(next(source))
    return [word for part in parts for word in part]


def _text(words: list[int], *, large: bool) -> str:
    """The segments one after another, each with its mode and length (§7.4)."""
    bits = "".join(f"{word:08b}" for word in words)
    text, at = b"", 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    while at + 4 <= len(bits) and (mode := take(4)):
        if mode == BYTES:
            length = take(16 if large else 8)
            text += bytes(take(8) for _one in range(length))
        else:
            assert mode == LETTERS
            length = take(11 if large else 9)
            for _pair in range(length // 2):
                text += b"".join(SIGNS[one : one + 1] for one in divmod(take(11), 45))
            if length % 2:
                one = take(6)
                text += SIGNS[one : one + 1]
    return text.decode()
