# SPDX-License-Identifier: Apache-2.0
"""A small tree from XML that somebody hands over: no DTD, no entity, nothing fetched, no bomb.

Expat itself and nothing above it: whatever a DOCTYPE could declare (entities inside or outside of
the file, defaults, notations) is refused where it begins, before anything is expanded. That is all
that a safe reader of a fixed format needs, so no library is asked for it.
"""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

DEEPEST: Final = 24
MOST_ELEMENTS: Final = 2_000_000
# An element takes some 300 bytes of memory, however short it is written: of what is read here one
# takes thirty signs and more.
SHORTEST_ELEMENT: Final = 16
ALWAYS: Final = 1000


class Unreadable(ValueError):
    """It is no XML, or XML of a kind that is not read; the text says which and where."""


@dataclass(slots=True)
class Element:
    """One element: names without their prefix."""

    name: str
    space: str
    attributes: dict[str, str]
    line: int
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def child(self, *path: str) -> "Element | None":
        """The first element of this path below."""
        found = self
        for name in path:
            below = next((one for one in found.children if one.name == name), None)
            if below is None:
                return None
            found = below
        return found

    def words(self, *path: str) -> str:
        """What is written there, without spaces around; nothing where there is nothing."""
        found = self.child(*path)
        return found.text.strip() if found else ""


class _Builder:
    def __init__(self, most: int) -> None:
        self.root: Element | None = None
        self._most = most
        self._open: list[Element] = []
        self._count = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._write

    def read(self, data: bytes) -> Element:
        try:
            self._parser.Parse(data, True)
        except Unreadable:
            raise
        except (expat.ExpatError, LookupError, ValueError) as fault:
            # Also an encoding that nobody knows, or that expat does not read.
            raise Unreadable(f"it is no XML: {fault}") from None
        if self.root is None:
            raise Unreadable("it holds no element")
        return self.root

    def _refuse(self, *_declared: object) -> None:
        raise Unreadable("it declares a document type, which is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > self._most:
            raise Unreadable("it is nested too deep, or too long")
        space, _, local = name.rpartition(" ")
        made = Element(local, space, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _write(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text


def read_tree(data: bytes) -> Element:
    """The root of a document; `Unreadable` for what is none."""
    most = min(max(len(data) // SHORTEST_ELEMENT, ALWAYS), MOST_ELEMENTS)
    return _Builder(most).read(data)
