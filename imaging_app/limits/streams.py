# SPDX-License-Identifier: Apache-2.0
"""What is sent bit by bit: short, it is handed over whole; long, it takes a turn.

Of what is handed over whole the server itself waits for the reader. What comes bit by bit holds a
thread for as long as its reader likes.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from imaging_app.limits.turns import Busy, Running, Turn, Turns

# Beside the downloads, so that neither keeps the other from going.
STREAMS: Final = 8
# Of one person.
EACH: Final = 3
SHORT: Final = 1 << 20


def short(blocks: Iterable[bytes], most: int = SHORT) -> bytes | Iterator[bytes]:
    """All of it where it is short; else the same blocks again."""
    rest, held, size = iter(blocks), list[bytes](), 0
    for block in rest:
        held.append(block)
        size += len(block)
        if size > most:
            return chain(held, rest)
    return b"".join(held)


class Streams(Turns):
    """Those that run in this process."""

    def __init__(self, most: int = STREAMS, size: int = SHORT) -> None:
        super().__init__(most)
        self.size = size

    def send(self, who: str, blocks: Iterable[bytes]) -> bytes | Running | Busy:
        """What somebody asked for, as it may go out."""
        found = short(blocks, self.size)
        if isinstance(found, bytes):
            return found
        turn = self.begin(who, EACH)
        return turn if isinstance(turn, Busy) else Running(found, turn)

    def go_on(self, turn: Turn, blocks: Iterable[bytes]) -> bytes | Running:
        """The same in a turn that was begun before; it is over where there is no need of it."""
        with turn:
            found = short(blocks, self.size)
        if isinstance(found, bytes):
            turn.end()
            return found
        return Running(found, turn)
