# SPDX-License-Identifier: Apache-2.0
"""Messages of several parts (RFC 2046 §5.1), written and read as they pass by."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 1 << 18
MOST_HEAD: Final = 1 << 14
LINE: Final = b"\r\n"


class Broken(Exception):
    """What comes is no such message, or ends before it is whole."""


class Changed(Exception):
    """A part is not as long as was told: what was sent is no message."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part, opened when its turn comes."""

    kind: str
    size: int
    blocks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Message:
    """Several parts: the length is known before it begins, so that one that breaks off is seen."""

    parts: Sequence[Part]
    border: str

    def __len__(self) -> int:
        """How many bytes `stream` gives."""
        each = sum(len(self._head(one)) + one.size + len(LINE) for one in self.parts)
        return each + len(self._end())

    def stream(self) -> Iterator[bytes]:
        """It; Changed where a part is longer or shorter than was told."""
        for one in self.parts:
            yield self._head(one)
            size = 0
            for block in one.blocks():
                size += len(block)
                if size > one.size:
                    break
                yield block
            if size != one.size:
                raise Changed
            yield LINE
        yield self._end()

    def _head(self, one: Part) -> bytes:
        return f"--{self.border}\r\nContent-Type: {one.kind}\r\n\r\n".encode()

    def _end(self) -> bytes:
        return f"--{self.border}--\r\n".encode()


@dataclass(slots=True)
class Reader:
    """Parts one after the other; each is read to its end before the next."""

    take: Callable[[int], bytes]
    border: str
    _held: bytes = b""
    _over: bool = False

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The type of each, and its content in blocks."""
        first = f"--{self.border}".encode()
        while (begin := self._held.find(first)) < 0:
            # Whatever stands before is nobody's.
            if len(self._held) > MOST_HEAD:
                raise Broken("no border")
            self._more()
        self._held = self._held[begin + len(first) :]
        while not self._ends():
            content = self._content(self._head())
            yield content[0], content[1]
            for _rest in content[1]:
                pass

    def _ends(self) -> bool:
        while len(self._held) < 2:
            self._more()
        return self._held.startswith(b"--")

    def _head(self) -> str:
        # The line of the border ends here, and an empty one ends the head.
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > MOST_HEAD:
                raise Broken("head")
            self._more()
        lines = self._held[:end].decode("latin-1").split("\r\n")
        self._held = self._held[end + 4 :]
        told = dict(line.partition(":")[::2] for line in lines[1:])
        named = {name.strip().lower(): value.strip() for name, value in told.items()}
        return named.get("content-type", "")

    def _content(self, kind: str) -> tuple[str, Iterator[bytes]]:
        end = f"\r\n--{self.border}".encode()

        def blocks() -> Iterator[bytes]:
            while (found := self._held.find(end)) < 0:
                cut = max(len(self._held) - len(end) + 1, 0)
                if cut:
                    block, self._held = self._held[:cut], self._held[cut:]
                    yield block
                self._more()
            block, self._held = self._held[:found], self._held[found + len(end) :]
            if block:
                yield block

        return kind, blocks()

    def _more(self) -> None:
        block = b"" if self._over else self.take(BLOCK)
        if not block:
            self._over = True
            raise Broken("cut short")
        self._held += block
