# SPDX-License-Identifier: Apache-2.0
"""A zip of files as they are, made while somebody takes it: its length is known before it begins.

Nothing is packed (images are already, or hardly can be). A file's checksum stands before it, as the
plainest of unzippers wants it: small ones are in memory meanwhile, large ones are read twice.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# APPNOTE 6.3.10 §4.3.7, §4.3.12, §4.3.14 to §4.3.16.
LOCAL: Final = struct.Struct("<4s5H3L2H")
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
FAR: Final = struct.Struct("<2HQ")
END: Final = struct.Struct("<4s4H2LH")
END_64: Final = struct.Struct("<4sQ2H2L4Q")
PLACE_64: Final = struct.Struct("<4sLQL")
# Of one file.
MOST_HELD: Final = 8 << 20
# From here on a number has no place in the old fields.
WIDE, MANY = 0xFFFFFFFF, 0xFFFF
PLAIN, VERSION_64 = 20, 45
UTF_8: Final = 1 << 11


class Changed(Exception):
    """A file is not what it was when the length was told: what was sent is no zip."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, which can be read as often as one likes."""

    name: str
    size: int
    blocks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Zip:
    """All of them, under one day."""

    entries: Sequence[Entry]
    day: date

    def __len__(self) -> int:
        """How many bytes `stream` gives."""
        offset = sum(LOCAL.size + len(one.name.encode()) + one.size for one in self.entries)
        return offset + len(self._tail([0] * len(self.entries), offset))

    def stream(self) -> Iterator[bytes]:
        """It; Changed where a file is not whole any more."""
        sums = list[int]()
        offset = 0
        for one in self.entries:
            held = _hold(one)
            sums.append(_checksum(held))
            head = self._head(one, sums[-1])
            yield head
            yield from _whole(held)
            offset += len(head) + one.size
        yield self._tail(sums, offset)

    def _head(self, one: Entry, checksum: int) -> bytes:
        name = one.name.encode()
        fields = (PLAIN, UTF_8, 0, 0, self._day(), checksum, one.size, one.size, len(name), 0)
        return LOCAL.pack(b"PK\x03\x04", *fields) + name

    def _tail(self, sums: Sequence[int], start: int) -> bytes:
        """The list of what there is, and where it begins."""
        parts, offset = list[bytes](), 0
        for one, checksum in zip(self.entries, sums, strict=True):
            parts.append(self._listed(one, checksum, offset))
            offset += LOCAL.size + len(one.name.encode()) + one.size
        listed = b"".join(parts)
        count, size = len(self.entries), len(listed)
        far = b""
        if start >= WIDE or count >= MANY:
            end = (44, VERSION_64, VERSION_64, 0, 0, count, count, size, start)
            far = END_64.pack(b"PK\x06\x06", *end)
            far += PLACE_64.pack(b"PK\x06\x07", 0, start + size, 1)
        few, near = min(count, MANY), min(start, WIDE)
        return listed + far + END.pack(b"PK\x05\x06", 0, 0, few, few, size, near, 0)

    def _listed(self, one: Entry, checksum: int, offset: int) -> bytes:
        name = one.name.encode()
        far = FAR.pack(1, 8, offset) if offset >= WIDE else b""
        needed = VERSION_64 if far else PLAIN
        fields = (
            needed, needed, UTF_8, 0, 0, self._day(), checksum, one.size, one.size, len(name),
            len(far), 0, 0, 0, 0, min(offset, WIDE),
        )  # fmt: skip
        return CENTRAL.pack(b"PK\x01\x02", *fields) + name + far

    def _day(self) -> int:
        """As a disk of 1980 counts it."""
        return (max(self.day.year - 1980, 0) & 0x7F) << 9 | self.day.month << 5 | self.day.day


def _hold(one: Entry) -> Entry:
    """The same, read once where it is small: a store may be far."""
    if one.size > MOST_HELD:
        return one
    blocks = list(_whole(one))
    return Entry(one.name, one.size, lambda: iter(blocks))


def _whole(one: Entry) -> Iterator[bytes]:
    """Its blocks; Changed where they are more or fewer than was told."""
    size = 0
    for block in one.blocks():
        size += len(block)
        if size > one.size:
            break
        yield block
    if size != one.size:
        raise Changed(one.name)


def _checksum(one: Entry) -> int:
    found = 0
    for block in _whole(one):
        found = zlib.crc32(block, found)
    return found
