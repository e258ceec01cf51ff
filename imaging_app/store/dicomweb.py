# SPDX-License-Identifier: Apache-2.0
"""Images in any PACS that speaks DICOMweb (PS3.18): sent by STOW-RS, fetched by WADO-RS.

The standard has no word for digests, nor for removal. What is there stands in a list of ours: an
empty file each, written once the PACS has given the very same bytes back. Of one identifier a PACS
keeps one image, and many keep the one that came last: the first of ours holds its name, and what
another establishment has under it is never sent there.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from email.message import Message
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from imaging_app.store.embedded import blocks_of
from imaging_app.store.line import Address, Line, is_unwanted
from imaging_app.store.port import Away, Place, WrongPlace

MOST_FILE: Final = 1 << 40
MOST_HEAD: Final = 1 << 14
OK: Final = HTTPStatus.OK
HEARD: Final = {OK, HTTPStatus.ACCEPTED}
GONE: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
AS_IT_IS: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'


class Dicomweb:
    """One PACS; safe for many threads."""

    def __init__(self, address: Address, sent: Path) -> None:
        self._line = Line(address)
        self._sent = sent
        self._names = sent.with_name(f"{sent.name}-names")
        sent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, path: Path, place: Place) -> bool:
        """Whether it gives these very bytes back: one that rewrites files is no store of ours."""
        if not self._take_name(place):
            return False
        there = self._digest(place)
        if there != place.digest:
            if there is not None:
                # Other bytes, whose ever they are: sent over them, ours could take their place.
                return False
            self._store(path, place)
            if self._digest(place) != place.digest:
                return False
        mark = self._mark(place)
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch(0o600)
        return True

    def has(self, place: Place) -> bool:
        """As our list says."""
        return self._mark(place).is_file()

    def piece(self, place: Place, start: int, length: int) -> bytes | None:
        """None: the standard knows frames, and no bytes of a file."""
        return None

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """As it lies there."""
        return self._blocks(place) if self.has(place) else None

    def drop(self, place: Place) -> bool:
        """From our list; out of the PACS whoever runs it takes it."""
        try:
            self._mark(place).unlink()
        except FileNotFoundError:
            return False
        name = self._name(place)
        with suppress(FileNotFoundError):
            if name.readlink() == self._told(place):
                name.unlink()
        return True

    def places(self) -> Iterator[Place]:
        """As our list says."""
        for mark in self._sent.glob("*/*/*"):
            image, _, digest = mark.name.rpartition(".")
            with suppress(WrongPlace):
                yield Place(mark.parent.parent.name, mark.parent.name, image, digest)

    def close(self) -> None:
        """Give connections back."""
        self._line.close()

    def _mark(self, place: Place) -> Path:
        return self._sent / place.study / place.series / f"{place.image}.{place.digest}"

    def _name(self, place: Place) -> Path:
        # So few in each folder that a file system finds them.
        return self._names / sha256(place.image.encode()).hexdigest()[:3] / place.image

    def _told(self, place: Place) -> Path:
        return self._mark(place).relative_to(self._sent)

    def _take_name(self, place: Place) -> bool:
        """Whether it is this one's, from now on: one process sends at a time."""
        whole = self._names / "whole"
        if not whole.exists():
            # Of what was sent before there were names.
            for one in self.places():
                self._write_name(one)
            self._names.mkdir(mode=0o700, exist_ok=True)
            whole.touch(0o600)
        self._write_name(place)
        return self._name(place).readlink() == self._told(place)

    def _write_name(self, place: Place) -> None:
        name = self._name(place)
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            name.symlink_to(self._told(place))

    def _store(self, path: Path, place: Place) -> None:
        border = secrets.token_hex(16)
        head = f"--{border}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        tail = f"\r\n--{border}--\r\n".encode()
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={border}',
            "Content-Length": str(len(head) + path.stat().st_size + len(tail)),
            "Accept": "application/dicom+json",
        }
        blocks = _joined(head, blocks_of(path), tail)
        with self._line.open("POST", f"/studies/{place.study}", blocks, headers) as answer:
            for _block in self._line.blocks(answer, 1 << 20):
                pass
        # PS3.18 §10.5.3: some were not taken, or all: it is seen when they are asked for.
        if answer.status not in HEARD and not is_unwanted(answer.status):
            raise Away(f"HTTP {answer.status}")

    def _digest(self, place: Place) -> str | None:
        blocks = self._blocks(place)
        if blocks is None:
            return None
        digest = sha256()
        for block in blocks:
            digest.update(block)
        return digest.hexdigest()

    def _blocks(self, place: Place) -> Iterator[bytes] | None:
        address = f"/studies/{place.study}/series/{place.series}/instances/{place.image}"
        with ExitStack() as stack:
            answer = stack.enter_context(
                self._line.open("GET", address, headers={"Accept": AS_IT_IS})
            )
            if answer.status in GONE:
                return None
            kind = Message()
            kind["Content-Type"] = answer.headers.get("Content-Type", "")
            border = kind.get_param("boundary")
            if answer.status != OK or not isinstance(border, str):
                raise Away(f"HTTP {answer.status}")
            rest = stack.pop_all()

        def blocks() -> Iterator[bytes]:
            with rest:
                yield from only_part(self._line.blocks(answer, MOST_FILE), border)

        return blocks()


def _joined(head: bytes, blocks: Iterable[bytes], tail: bytes) -> Iterator[bytes]:
    yield head
    yield from blocks
    yield tail


def only_part(blocks: Iterator[bytes], border: str) -> Iterator[bytes]:
    """The content of a message of one part (RFC 2046 §5.1), as it comes in."""
    held, inside = b"", False
    end = f"\r\n--{border}".encode()
    for block in blocks:
        held += block
        if not inside:
            # Whatever stands before the first line of the border is nobody's.
            begin = held.find(end[2:])
            start = held.find(b"\r\n\r\n", begin) if begin >= 0 else -1
            if start < 0:
                if len(held) > MOST_HEAD:
                    raise Away("no part")
                continue
            held, inside = held[start + 4 :], True
        found = held.find(end)
        if found >= 0:
            yield held[:found]
            # The rest is read, so that the connection may be used again.
            for _block in blocks:
                pass
            return
        cut = max(len(held) - len(end) + 1, 0)
        yield held[:cut]
        held = held[cut:]
    raise Away("cut short")
