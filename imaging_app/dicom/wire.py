# SPDX-License-Identifier: Apache-2.0
"""How the child and we speak: two lengths, a JSON text, bytes. Nothing here parses a file."""

import os
import select
import struct
import time
from typing import Final

HEAD: Final = struct.Struct("!IQ")
# Of the JSON: places of a hundred thousand frames fit.
MOST_TOLD: Final = 64 << 20
# What a pipe takes at once.
BLOCK: Final = 1 << 16


class Silent(Exception):
    """The other side is gone, late, or talks nonsense."""


def send(target: int, told: bytes, content: bytes = b"") -> None:
    """All of it."""
    for part in (HEAD.pack(len(told), len(content)), told, content):
        view = memoryview(part)
        while view:
            view = view[os.write(target, view) :]


def receive(source: int, until: float, most: int) -> tuple[bytes, bytes]:
    """One message; nothing is believed of its lengths but that they are short enough."""
    told, content = HEAD.unpack(take(source, HEAD.size, until))
    if told > MOST_TOLD or content > most:
        raise Silent("too long")
    return take(source, told, until), take(source, content, until)


def take(source: int, length: int, until: float) -> bytes:
    """So many bytes, by that moment."""
    found = bytearray()
    poll = select.poll()
    poll.register(source, select.POLLIN)
    while len(found) < length:
        left = until - time.monotonic()
        if left <= 0:
            raise Silent("late")
        # A poll's milliseconds end after some weeks.
        if not poll.poll(min(left, 3600.0) * 1000):
            continue
        block = os.read(source, min(length - len(found), 1 << 20))
        if not block:
            raise Silent("gone")
        found += block
    return bytes(found)
