# SPDX-License-Identifier: Apache-2.0
"""A store that is elsewhere: what is kept lies in folders of ours until it has arrived there.

So nobody waits for it at an import, and nothing is lost while it is away. What it does not take,
and what it would mix up with other bytes of the same name, stays in the folders for good.
"""

import fcntl
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final, Protocol

from imaging_app.store.embedded import Folders
from imaging_app.store.port import Away, Parcel, Place, Trouble

# Of files that are read by pieces, in memory.
ROOM: Final = 64 << 20
# Of files too large for that, on the disk.
MOST_FETCHED: Final = 4
# One after the other: then nothing more is tried.
MOST_FAULTS: Final = 3
ORDER: Final = attrgetter("study", "series", "image", "digest")


class Far(Protocol):
    """What is asked of whatever is elsewhere; each verb may raise Away."""

    def put(self, path: Path, place: Place) -> bool:
        """Whether it has these very bytes now."""

    def has(self, place: Place) -> bool:
        """Whether it has these very bytes."""

    def piece(self, place: Place, start: int, length: int) -> bytes | None:
        """A piece, where it gives pieces; what else it sends is the whole."""

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """All of it, in blocks."""

    def drop(self, place: Place) -> bool:
        """Whether it was there, and is no more."""

    def places(self) -> Iterator[Place]:
        """All that we have put there."""

    def close(self) -> None:
        """Give connections back."""


class Behind:
    """Folders in front, the other store behind them."""

    def __init__(self, root: Path, far: Far, room: int = ROOM) -> None:
        self._near = Folders(root)
        self._far = far
        self._room = room
        self._ends, self._moves = root / "ends.lock", root / "moves.lock"
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._fetched: OrderedDict[str, Fetched] = OrderedDict()
        # What was not taken: asked again by the next process.
        self._stays: set[Place] = set()
        # Where the last turn was broken off.
        self._last: tuple[str, ...] = ()

    # Taken in, set aside: in folders, wherever the rest lies.

    def receive(self, blocks: Iterable[bytes], most: int) -> Parcel | Trouble:
        """Into the folders."""
        return self._near.receive(blocks, most)

    def discard(self, parcel: Parcel) -> None:
        """Forget it."""
        self._near.discard(parcel)

    def keep(self, parcel: Parcel, place: Place) -> Trouble | None:
        """In the folders, until it is moved."""
        return self._near.keep(parcel, place)

    def set_aside(self, parcel: Parcel) -> Trouble | None:
        """In the folders."""
        return self._near.set_aside(parcel)

    def aside(self, digest: str) -> Path | None:
        """In the folders."""
        return self._near.aside(digest)

    def drop_aside(self, digest: str) -> bool:
        """From the folders."""
        return self._near.drop_aside(digest)

    def clear_incoming(self, before: float) -> int:
        """In the folders."""
        return self._near.clear_incoming(before)

    # Kept: near first, for what is moved is dropped here once it is there.

    def read(self, place: Place, start: int, length: int) -> bytes | None:
        """A piece; a whole file that had to be fetched for it stays for a while."""
        found = self._near.read(place, start, length)
        if found is not None:
            return found
        with self._lock:
            whole = self._kept.get(place.digest)
            if whole is not None:
                self._kept.move_to_end(place.digest)
            fetched = self._fetched.get(place.digest)
        if whole is not None:
            found = whole[start : start + length]
        elif fetched is not None:
            found = fetched.read(start, length)
        else:
            found = self._far.piece(place, start, length) or self._fetch(place, start, length)
        return found if found is not None and len(found) == length else None

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """All of it; what was changed there breaks off."""
        near = self._near.stream(place)
        blocks = self._far.stream(place) if near is None else None
        return near if blocks is None else checked(blocks, place.digest)

    @contextmanager
    def local(self, place: Place) -> Iterator[Path | None]:
        """The file, or a copy that goes with the context."""
        with self._near.local(place) as path:
            if path is not None:
                yield path
                return
        blocks = self._far.stream(place)
        if blocks is None:
            yield None
            return
        with self._taken(blocks, place) as path:
            yield path

    def digest(self, place: Place) -> str | None:
        """Of the bytes as they are now."""
        found = self._near.digest(place)
        if found is not None:
            return found
        blocks = self._far.stream(place)
        if blocks is None:
            return None
        digest = hashlib.sha256()
        for block in blocks:
            digest.update(block)
        return digest.hexdigest()

    def drop(self, place: Place) -> bool:
        """Here and there."""
        with _turn(self._ends):
            self._forget(place)
            here = self._near.drop(place)
            return self._far.drop(place) or here

    def take_back(self, place: Place) -> None:
        """From the folders; only what was moved meanwhile is asked for there."""
        with _turn(self._ends):
            self._forget(place)
            if not self._near.drop(place):
                # While it is away it stays there: an unknown one, which `check` tells.
                with suppress(Away):
                    self._far.drop(place)

    def waiting(self) -> int:
        """How many lie here, and not there."""
        return sum(1 for _one in self._near.places())

    def places(self) -> Iterator[Place]:
        """All of both, each once."""
        near = set(self._near.places())
        yield from near
        yield from (one for one in self._far.places() if one not in near)

    def move(self) -> int:
        """Bring there what lies here, and how many that were; one process does it at a time.

        What fails by itself keeps nobody waiting: a turn that breaks off (Away) is followed by one
        that begins after the image it ended with.
        """
        count, faults = 0, 0
        with _turn(self._moves, wait=False) as is_ours:
            for place in self._in_turn() if is_ours else ():
                if place in self._stays:
                    continue
                try:
                    count += self._move(place)
                    faults = 0
                except Away:
                    faults += 1
                    if faults == MOST_FAULTS:
                        self._last = ORDER(place)
                        raise
        return count

    def close(self) -> None:
        """Give connections back."""
        self._far.close()

    def _in_turn(self) -> list[Place]:
        return sorted(self._near.places(), key=lambda one: (ORDER(one) <= self._last, ORDER(one)))

    def _move(self, place: Place) -> bool:
        with self._near.local(place) as path:
            if path is None:
                return False
            try:
                is_there = self._far.put(path, place)
            except FileNotFoundError:
                # Dropped while it was read: what has gone there goes again, below.
                is_there = True
            if not is_there:
                self._stays.add(place)
                return False
        with _turn(self._ends), self._near.local(place) as path:
            if path is None:
                # Dropped meanwhile: nobody else knows that it went there.
                self._far.drop(place)
            elif self._far.has(place):
                return self._near.drop(place)
        return False

    @contextmanager
    def _taken(self, blocks: Iterable[bytes], place: Place) -> Iterator[Path | None]:
        """A copy of ours, if it is what was brought there."""
        parcel = self._near.receive(blocks, 1 << 62)
        if not isinstance(parcel, Parcel):
            yield None
            return
        try:
            yield parcel.path if parcel.digest == place.digest else None
        finally:
            self._near.discard(parcel)

    def _fetch(self, place: Place, start: int, length: int) -> bytes | None:
        """Cut out of the whole: in memory, or on the disk where it is too large."""
        blocks = self._far.stream(place)
        if blocks is None:
            return None
        whole, most = bytearray(), self._room // 4
        for block in blocks:
            whole += block
            if len(whole) > most:
                return self._fetch_large(chain([bytes(whole)], blocks), place, start, length)
        if hashlib.sha256(whole).hexdigest() != place.digest:
            return None
        with self._lock:
            if place.digest not in self._kept:
                self._kept[place.digest] = bytes(whole)
                self._size += len(whole)
            while self._size > self._room:
                _name, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest)
        return bytes(whole[start : start + length])

    def _fetch_large(
        self, blocks: Iterable[bytes], place: Place, start: int, length: int
    ) -> bytes | None:
        with self._taken(blocks, place) as path:
            if path is None:
                return None
            fetched = Fetched(path)
        with self._lock:
            self._fetched[place.digest] = fetched
            while len(self._fetched) > MOST_FETCHED:
                self._fetched.popitem(last=False)
        return fetched.read(start, length)

    def _forget(self, place: Place) -> None:
        with self._lock:
            self._fetched.pop(place.digest, None)
            gone = self._kept.pop(place.digest, b"")
            self._size -= len(gone)


class Fetched:
    """A copy without a name: it goes with whoever reads it last, and with the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        os.close(self._file)

    def read(self, start: int, length: int) -> bytes:
        """One look into it."""
        return os.pread(self._file, length, start)


def checked(blocks: Iterable[bytes], digest: str) -> Iterator[bytes]:
    """As it passes by; of other bytes the last block is not given."""
    found, held = hashlib.sha256(), b""
    for block in blocks:
        if held:
            yield held
        found.update(block)
        held = block
    if found.hexdigest() != digest:
        raise Away("other bytes than those that were brought there")
    yield held


@contextmanager
def _turn(file: Path, *, wait: bool = True) -> Iterator[bool]:
    """One at a time, among processes too; whether it is our turn."""
    opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            is_ours = True
        except BlockingIOError:
            is_ours = False
        yield is_ours
    finally:
        os.close(opened)
