# SPDX-License-Identifier: Apache-2.0
"""What is told of a file, and why one is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file is set aside."""

    NOT_DICOM = "not-dicom"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    NO_IDENTIFIER = "no-identifier"
    WRONG_IDENTIFIER = "wrong-identifier"
    DIRECTORY = "directory"
    UNKNOWN_SYNTAX = "unknown-syntax"
    NO_DECODER = "no-decoder"
    NO_FRAME = "no-frame"
    WRONG_PIXELS = "wrong-pixels"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    TOO_SLOW = "too-slow"
    CRASHED = "crashed"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not taken; the detail is for a log, and holds nothing of the file."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Traits:
    """Who the file says it is about."""

    number: str
    issuer: str
    family: str
    given: str
    # YYYYMMDD; empty where it is unknown.
    birth_date: str
    # M, F, O, or empty.
    sex: str
    # National identity numbers: the number, and the OID of who gives it.
    national: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """The exam, as this file tells of it."""

    uid: str
    # YYYYMMDD and HHMMSS; empty where unknown.
    day: str
    time: str
    accession: str
    description: str
    referrer: str
    institution: str


@dataclass(frozen=True, slots=True)
class Series:
    """The series, as this file tells of it."""

    uid: str
    modality: str
    number: int
    description: str
    body_part: str
    laterality: str
    frame_of_reference: str


@dataclass(frozen=True, slots=True)
class Image:
    """The object itself; also one without pixels (a report, a note)."""

    uid: str
    kind: str
    syntax: str
    number: int
    frames: int
    rows: int
    columns: int
    # The type of the document that it wraps; empty where there is none.
    document: str
    # YYYYMMDD: the day of its content; empty where unknown.
    made_on: str


@dataclass(frozen=True, slots=True)
class Frames:
    """Where each frame lies in the file: (offset, length) of each of its pieces.

    Empty where a frame can't be had by copying bytes.
    """

    # All alike, one after the other: how many, where the first begins, how long each is.
    even: tuple[int, int, int] | None = None
    pieces: tuple[tuple[tuple[int, int], ...], ...] = ()

    def __len__(self) -> int:
        return self.even[0] if self.even else len(self.pieces)

    def of(self, number: int) -> tuple[tuple[int, int], ...]:
        """Where this frame lies, counted from 0."""
        if not 0 <= number < len(self):
            return ()
        if self.even:
            _count, start, length = self.even
            return ((start + number * length, length),)
        return self.pieces[number]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is kept of a file beside the file."""

    traits: Traits
    study: Study
    series: Series
    image: Image
    frames: Frames
    # One DICOM JSON object without its large values, as zlib packs it.
    metadata: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """How a frame is to be drawn."""

    frame: int = 0
    # The file's own window where there is none here.
    centre: float | None = None
    width: float | None = None
    # Longest side; 0: as it is.
    side: int = 0
    # jpeg, png or webp.
    kind: str = "jpeg"
    quality: int = 85
    invert: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as a browser shows it."""

    content: bytes
    kind: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Native:
    """A frame's samples, little-endian, colour by pixel."""

    content: bytes
    rows: int
    columns: int
    samples: int
    bits: int
    signed: bool
    photometric: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a report says it is about; empty is what it does not tell."""

    family: str
    # Another family name beside that of the birth.
    used: str
    given: str
    # YYYYMMDD.
    birth_date: str
    # M, F, or empty.
    sex: str


@dataclass(frozen=True, slots=True)
class Document:
    """What a file wraps."""

    kind: str
    title: str
    content: bytes
    about: Subject | None = None
