# SPDX-License-Identifier: Apache-2.0
"""The store in folders of our own: <study>/<series>/<image>.<digest>.dcm, readable by us alone.

A file is written apart, synced, then put in its place by one rename: half of one is never seen.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from imaging_app.store.port import DIGEST, Parcel, Place, Trouble, WrongPlace

BLOCK: Final = 1 << 20
FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
END: Final = ".dcm"
TRIES: Final = 50


class Folders:
    """The embedded store."""

    def __init__(self, root: Path) -> None:
        self._images = root / "images"
        self._incoming = root / "incoming"
        self._aside = root / "aside"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self._images, self._incoming, self._aside):
            folder.mkdir(mode=0o700, exist_ok=True)

    def receive(self, blocks: Iterable[bytes], most: int) -> Parcel | Trouble:
        """Write them down; what breaks on the way leaves nothing."""
        path = self._incoming / secrets.token_hex(16)
        try:
            found = _write(path, blocks, most)
        except OSError as fault:
            _forget(path)
            if fault.errno in FULL:
                return Trouble.NO_ROOM
            raise
        except BaseException:
            _forget(path)
            raise
        if isinstance(found, Trouble):
            _forget(path)
        return found

    def discard(self, parcel: Parcel) -> None:
        """Forget it."""
        _forget(parcel.path)

    def keep(self, parcel: Parcel, place: Place) -> Trouble | None:
        """By one rename; its folders are synced before anybody is told."""
        if parcel.digest != place.digest:
            raise WrongPlace("other bytes than those of the place")
        target = self._path(place)
        return self._move(parcel, target, (target.parent, target.parent.parent, self._images))

    def read(self, place: Place, start: int, length: int) -> bytes | None:
        """One look into the file."""
        try:
            file = os.open(self._path(place), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            found = os.pread(file, length, start)
            # One look gives 2 GB at most, and less where the file was cut.
            return found if len(found) == length else None
        finally:
            os.close(file)

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """Opened at once, read as somebody takes it."""
        try:
            source = self._path(place).open("rb")
        except FileNotFoundError:
            return None

        def blocks() -> Iterator[bytes]:
            with source:
                while block := source.read(BLOCK):
                    yield block

        return blocks()

    @contextmanager
    def local(self, place: Place) -> Iterator[Path | None]:
        """The file itself."""
        path = self._path(place)
        yield path if path.is_file() else None

    def digest(self, place: Place) -> str | None:
        """Of the bytes as they are now."""
        try:
            with self._path(place).open("rb") as source:
                return hashlib.file_digest(source, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def drop(self, place: Place) -> bool:
        """The file, and folders that are left empty."""
        path = self._path(place)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        for folder in (path.parent, path.parent.parent):
            with suppress(OSError):
                folder.rmdir()
        return True

    def take_back(self, place: Place) -> None:
        """The same."""
        self.drop(place)

    def places(self) -> Iterator[Place]:
        """Every file whose names are ours."""
        for path in self._images.glob(f"*/*/*{END}"):
            image, _, digest = path.name.removesuffix(END).rpartition(".")
            with suppress(WrongPlace):
                yield Place(path.parent.parent.name, path.parent.name, image, digest)

    def set_aside(self, parcel: Parcel) -> Trouble | None:
        """By one rename."""
        return self._move(parcel, self._aside / parcel.digest, (self._aside,))

    def aside(self, digest: str) -> Path | None:
        """The file, by a digest and nothing else."""
        path = self._aside / digest
        return path if DIGEST.fullmatch(digest) and path.is_file() else None

    def drop_aside(self, digest: str) -> bool:
        """The file."""
        path = self.aside(digest)
        if path is None:
            return False
        _forget(path)
        return True

    def clear_incoming(self, before: float) -> int:
        """Forget what a process that was killed left behind, if it is older than that."""
        count = 0
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count

    def _path(self, place: Place) -> Path:
        return self._images / place.study / place.series / f"{place.image}.{place.digest}{END}"

    def _move(self, parcel: Parcel, target: Path, folders: tuple[Path, ...]) -> Trouble | None:
        try:
            _put(parcel.path, target, folders)
            for folder in folders:
                # Gone: what was put there was dropped meanwhile.
                with suppress(FileNotFoundError):
                    _sync(folder)
        except OSError as fault:
            if fault.errno in FULL:
                return Trouble.NO_ROOM
            raise
        return None


def _write(path: Path, blocks: Iterable[bytes], most: int) -> Parcel | Trouble:
    digest, size = hashlib.sha256(), 0
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, how, 0o600), "wb", buffering=0) as target:
        for block in blocks:
            size += len(block)
            if size > most:
                return Trouble.TOO_LARGE
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[target.write(view) :]
        os.fsync(target.fileno())
    return Parcel(path, size, digest.hexdigest()) if size else Trouble.EMPTY


def _put(source: Path, target: Path, folders: tuple[Path, ...]) -> None:
    """Make the folders, and rename; whoever drops the last image there takes them away again."""
    for left in reversed(range(TRIES)):
        try:
            for folder in reversed(folders):
                folder.mkdir(mode=0o700, exist_ok=True)
            source.replace(target)
        except FileNotFoundError:
            if not left or not source.exists():
                raise
        else:
            return


def _sync(folder: Path) -> None:
    """A rename is on the disk once its folder is."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _forget(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def blocks_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, for a store to take in."""
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
