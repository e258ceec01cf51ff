# SPDX-License-Identifier: Apache-2.0
"""What the portal asks of whatever keeps its images."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from imaging_app.dicom.uids import is_uid

DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class WrongPlace(Exception):
    """A place whose names are none: a fault of ours, and a way out of the store."""


class Away(Exception):
    """What keeps the images does not answer, or not in time: nothing is known of what it holds."""


class Trouble(StrEnum):
    """Why bytes are not kept; nothing of them is left."""

    NO_ROOM = "no-room"
    TOO_LARGE = "too-large"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one image lies: whatever has other bytes lies elsewhere."""

    study: str
    series: str
    image: str
    # SHA-256 of the bytes.
    digest: str

    def __post_init__(self) -> None:
        if not all(is_uid(one) for one in (self.study, self.series, self.image)):
            raise WrongPlace("a name is no UID")
        if not DIGEST.fullmatch(self.digest):
            raise WrongPlace("a digest is none")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Bytes that arrived whole, and wait to be judged."""

    path: Path
    size: int
    digest: str


class Store(Protocol):
    """Keeps images. What it says it keeps is on the disk.

    Where it is elsewhere and does not answer, whoever reads is told so by `Away`.
    """

    def receive(self, blocks: Iterable[bytes], most: int) -> Parcel | Trouble:
        """Take bytes in, apart from what is kept."""

    def discard(self, parcel: Parcel) -> None:
        """Forget bytes that were taken in; as often as one likes."""

    def keep(self, parcel: Parcel, place: Place) -> Trouble | None:
        """Put a parcel in its place; the same one twice is kept once."""

    def read(self, place: Place, start: int, length: int) -> bytes | None:
        """A piece of it; None where it is not whole, or not there."""

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """All of it, in blocks; None where it is not there."""

    def local(self, place: Place) -> AbstractContextManager[Path | None]:
        """A file that holds it, for as long as the context lasts."""

    def digest(self, place: Place) -> str | None:
        """SHA-256 of what lies there; None where nothing does."""

    def drop(self, place: Place) -> bool:
        """Whether it was there, and is no more."""

    def take_back(self, place: Place) -> None:
        """What was kept a moment ago, by a batch that came to nothing; nobody waits for others."""

    def places(self) -> Iterator[Place]:
        """All that is kept."""

    def set_aside(self, parcel: Parcel) -> Trouble | None:
        """Keep a parcel that nobody may see, by its digest."""

    def aside(self, digest: str) -> Path | None:
        """The file of what was set aside."""

    def drop_aside(self, digest: str) -> bool:
        """Whether it was there, and is no more."""
