# SPDX-License-Identifier: Apache-2.0
"""Serial numbers in order, side by side: 20 bytes for each, whatever it takes in a list."""

from bisect import bisect_left
from collections.abc import Iterable

from idp.trust.certificate import SERIAL_BYTES as WIDTH


def pack(serials: Iterable[int]) -> bytes:
    """Those that a certificate can have, in order."""
    # A number beyond the column is of no certificate that we would read.
    return b"".join(sorted({as_bytes(one) for one in serials if 0 < one < 1 << 8 * WIDTH}))


def as_bytes(serial: int) -> bytes:
    """A serial number as it lies there."""
    return serial.to_bytes(WIDTH, "big")


def holds(packed: bytes, serial: int) -> bool:
    """Whether it is one of them."""
    wanted, count = as_bytes(serial), len(packed) // WIDTH
    place = bisect_left(range(count), wanted, key=lambda at: packed[at * WIDTH : (at + 1) * WIDTH])
    return packed[place * WIDTH : (place + 1) * WIDTH] == wanted
