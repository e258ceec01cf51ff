# SPDX-License-Identifier: Apache-2.0
"""The one parser, fed piece by piece: a document of any length in the memory of one of its parts.

What is refused in a document that is read at once is refused here, at the same bytes.
"""

import codecs
from collections.abc import Callable, Iterator
from copy import deepcopy

from lxml import etree

from idp.saml.xml import Element, Malformed, after_declaration, has_forbidden, new_pull_parser

Read = Callable[[int], bytes]
PIECE = 1 << 17
# Of one part; and of all of them together.
LARGEST_PART = 2 << 20
LARGEST = 256 << 20
# SM-017: each prefix in sight costs whoever canonicalises a look, for each name that is written.
# Many times what anybody uses, since one part of too much spoils the whole.
MOST_NAMES = 512
OVERLAP = 3


class Unreadable(Exception):
    """Ends the reading of one document; a value at the door of whoever reads."""

    def __init__(self, why: Malformed) -> None:
        super().__init__(why.value)
        self.why = why


def batches(read: Read, tag: str) -> Iterator[Element]:
    """The root again and again, each time with those of its children that are complete by then.

    All of them together are the document: each child comes once, with the text after it.
    """
    guard, parser = _Guard(), new_pull_parser(tag)
    root: Element | None = None
    since = 0
    while piece := read(PIECE):
        guard.look(piece)
        _feed(parser, piece)
        root = _root(parser, root)
        since += len(piece)
        if root is not None and len(root) > 1:
            # The last one, or the text after it, may not be whole.
            yield _bounded(_cut(root, keep=1))
            since = len(piece)
        if since > LARGEST_PART:
            raise Unreadable(Malformed.TOO_LARGE)
    guard.end()
    try:
        parser.close()
    except (etree.LxmlError, ValueError):
        raise Unreadable(Malformed.BROKEN) from None
    root = _root(parser, root)
    if root is None:
        raise Unreadable(Malformed.UNEXPECTED_ROOT)
    yield _bounded(_cut(root, keep=0))


class _Guard:
    """What is looked for in bytes, across the borders of pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._size = 0
        self._rest = b""

    def look(self, piece: bytes) -> None:
        start = 0
        if not self._size:
            after = after_declaration(piece)
            if isinstance(after, Malformed):
                raise Unreadable(after)
            start = after
        self._size += len(piece)
        if self._size > LARGEST:
            raise Unreadable(Malformed.TOO_LARGE)
        self._decode(piece)
        seen = self._rest + piece[start:]
        # What begins at the very end is looked at with what follows.
        if has_forbidden(seen, len(seen) - OVERLAP):
            raise Unreadable(Malformed.FORBIDDEN)
        self._rest = seen[-OVERLAP:]

    def end(self) -> None:
        self._decode(b"", final=True)
        if has_forbidden(self._rest, len(self._rest)):
            raise Unreadable(Malformed.FORBIDDEN)

    def _decode(self, piece: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise Unreadable(Malformed.NOT_UTF8) from None


def _feed(parser: etree.XMLPullParser, piece: bytes) -> None:
    try:
        parser.feed(piece)
    except (etree.LxmlError, ValueError):
        raise Unreadable(Malformed.BROKEN) from None


def _root(parser: etree.XMLPullParser, root: Element | None) -> Element | None:
    try:
        begun = [element for _event, element in parser.read_events()]
    except (etree.LxmlError, ValueError):
        raise Unreadable(Malformed.BROKEN) from None
    if root is None and begun:
        root = begun.pop(0)
        if root.getparent() is not None:
            raise Unreadable(Malformed.UNEXPECTED_ROOT)
    if begun:
        # One inside of another would be a part of any size.
        raise Unreadable(Malformed.TOO_DEEP)
    return root


def _bounded(part: Element) -> Element:
    """A part that costs no more to canonicalise than its length lets expect."""
    in_sight = 0
    for event, found in etree.iterwalk(part, events=("start", "start-ns", "end-ns")):
        if event == "end-ns":
            in_sight -= 1
            continue
        in_sight += event == "start-ns"
        named = 0 if event == "start-ns" else len(found.attrib)
        if in_sight + named > MOST_NAMES:
            raise Unreadable(Malformed.TOO_MANY)
    return part


def _cut(root: Element, keep: int) -> Element:
    """A copy with what is complete; of the original only what is not."""
    whole = deepcopy(root)
    ready = len(root) - keep
    del whole[ready:]
    root.text = None
    del root[:ready]
    return whole
