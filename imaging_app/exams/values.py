# SPDX-License-Identifier: Apache-2.0
"""Exams, series, images and reports as those who show them know them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imaging_app.dicom.values import Frames
from imaging_app.store.port import Place

LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Exam:
    """One exam, as a line of a list and as a page."""

    id: str
    uid: str
    file: str
    patient: str
    establishment: str
    # YYYYMMDD and HHMMSS; empty where unknown.
    taken_on: str
    taken_time: str
    accession: str
    description: str
    referrer: str
    institution: str
    modalities: tuple[str, ...]
    series: int
    images: int
    size: int
    added_at: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an exam is."""

    patient: str
    file: str
    establishment: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Series:
    """One series."""

    uid: str
    exam: str
    modality: str
    number: int
    description: str
    body_part: str
    laterality: str
    frame_of_reference: str
    images: int


@dataclass(frozen=True, slots=True)
class Image:
    """One object of a series, and where its bytes lie."""

    uid: str
    exam: str
    kind: str
    syntax: str
    number: int
    frames: int
    rows: int
    columns: int
    document: str
    size: int
    place: Place


@dataclass(frozen=True, slots=True)
class Whole:
    """An image with what is needed to serve its frames."""

    image: Image
    frames: Frames


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends something in."""

    establishment: str
    by: str
    # What the sender calls the file.
    name: str = ""
    job: str = ""


class Fate(StrEnum):
    """What became of a file."""

    KEPT = "kept"
    # The same bytes were here before.
    KNOWN = "known"
    ASIDE = "aside"
    # Nothing of it is left; the sender has to come again.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """It, and why."""

    fate: Fate
    reason: str = ""
    exam: str = ""
    image: str = ""
    size: int = 0
