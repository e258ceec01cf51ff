# SPDX-License-Identifier: Apache-2.0
"""Messages of several parts (RFC 2046 §5.1), written and read as they pass by."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 1 << 18
MOST_HEAD: Final = 1 << 14


class Broken(Exception):
    """What comes is no such message, or ends before it is whole."""


def write(parts: Iterable[tuple[str, Iterable[bytes]]], border: str) -> Iterator[bytes]:
    """Each part with its type."""
    for kind, blocks in parts:
        yield f"--{border}\r\nContent-Type: {kind}\r\n\r\n".encode()
        yield from blocks
        yield b"\r\n"
    yield f"--{border}--\r\n".encode()


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
