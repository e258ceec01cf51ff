# SPDX-License-Identifier: Apache-2.0
"""The DICOMDIR of a folder of files (PS3.3 §F, PS3.10 §8.6), written from what is known of them.

No file is read, and nothing but the standard library is needed. What is neither an image nor a
report, key object, presentation state or wrapped paper lies in the folder without standing there.
"""

import secrets
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from imaging_app.dicom.elements import LONG_HEAD, Told, element, even, item, of_json, text
from imaging_app.dicom.records import Kind

DIRECTORY: Final = "1.2.840.10008.1.3.10"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
IMPLEMENTATION: Final = "1.2.826.0.1.3680043.10.1410.1"
NAMED: Final = "ISO_IR 192"
Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Filed:
    """One file of the folder."""

    # The parts of its path, each of eight letters at most.
    path: tuple[str, ...]
    uid: str
    kind: str
    syntax: str
    number: int
    # Of what is no image: what its file says of itself that its record tells, in DICOM JSON.
    record: Kind | None = None
    told: Told = field(default_factory=dict)
    is_image: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A series and its files."""

    uid: str
    modality: str
    number: int
    files: Sequence[Filed]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose they are, and of which exam."""

    patient_number: str
    patient_name: str
    study: str
    study_number: str
    day: str
    time: str
    accession: str
    description: str


@dataclass(slots=True)
class Record:
    """One record; those below it come right after it."""

    kind: str
    keys: bytes
    file: Filed | None = None
    below: list["Record"] = field(default_factory=list)
    place: int = 0

    def walk(self) -> Iterator["Record"]:
        """It and all below."""
        yield self
        for one in self.below:
            yield from one.walk()


def write_directory(about: About, series: Sequence[Listed]) -> bytes:
    """The file's bytes."""
    root = _tree(about, series)
    head = _meta()
    # Where the first record begins: behind the four elements before them, and their own head.
    start = len(head) + len(_before(0)) + LONG_HEAD.size
    place = start
    for one in root.walk():
        one.place = place
        place += len(_written(one, 0, 0))
    body = b"".join(_records([root]))
    return head + _before(root.place) + LONG_HEAD.pack(4, 0x1220, b"SQ", 0, len(body)) + body


def _tree(about: About, series: Sequence[Listed]) -> Record:
    patient: tuple[Key, ...] = (
        (0x00100010, "PN", about.patient_name),
        (0x00100020, "LO", about.patient_number),
    )
    study: tuple[Key, ...] = (
        (0x00080020, "DA", about.day),
        (0x00080030, "TM", about.time),
        (0x00080050, "SH", about.accession),
        (0x00081030, "LO", about.description),
        (0x0020000D, "UI", about.study),
        (0x00200010, "SH", about.study_number or about.accession or "1"),
    )
    root = Record("PATIENT", _keys(patient), below=[Record("STUDY", _keys(study))])
    for one in series:
        files = [_of_file(each) for each in one.files if each.is_image or each.record]
        keys: tuple[Key, ...] = (
            (0x00080060, "CS", one.modality),
            (0x0020000E, "UI", one.uid),
            (0x00200011, "IS", str(one.number)),
        )
        if files:
            root.below[0].below.append(Record("SERIES", _keys(keys), below=files))
    return root


def _of_file(one: Filed) -> Record:
    if one.record is None:
        return Record("IMAGE", text(0x00200013, "IS", str(one.number)), one)
    return Record(one.record.name, of_json(one.told, one.record.tags), one)


def _keys(keys: tuple[Key, ...]) -> bytes:
    return b"".join(text(*key) for key in keys)


def _records(same: Sequence[Record]) -> Iterator[bytes]:
    """Those of one level, each followed by what is below it."""
    for at, one in enumerate(same):
        following = same[at + 1].place if at + 1 < len(same) else 0
        yield _written(one, following, one.below[0].place if one.below else 0)
        yield from _records(one.below)


def _written(one: Record, following: int, below: int) -> bytes:
    parts = [
        element(0x00041400, "UL", struct.pack("<L", following)),
        element(0x00041410, "US", b"\xff\xff"),
        element(0x00041420, "UL", struct.pack("<L", below)),
        text(0x00041430, "CS", one.kind),
    ]
    if one.file is not None:
        parts += [
            element(0x00041500, "CS", even("\\".join(one.file.path).encode(), "CS")),
            text(0x00041510, "UI", one.file.kind),
            text(0x00041511, "UI", one.file.uid),
            text(0x00041512, "UI", one.file.syntax),
        ]
    parts += [text(0x00080005, "CS", NAMED), one.keys]
    return item(b"".join(parts))


def _meta() -> bytes:
    own = f"2.25.{secrets.randbits(120)}"
    body = b"".join((
        element(0x00020001, "OB", b"\0\1"),
        text(0x00020002, "UI", DIRECTORY),
        text(0x00020003, "UI", own),
        text(0x00020010, "UI", EXPLICIT),
        text(0x00020012, "UI", IMPLEMENTATION),
    ))  # fmt: skip
    length = element(0x00020000, "UL", struct.pack("<L", len(body)))
    return b"\0" * 128 + b"DICM" + length + body


def _before(first: int) -> bytes:
    """What stands before the records; there is one at the top, so first and last are the same."""
    place = struct.pack("<L", first)
    return b"".join((
        text(0x00041130, "CS", "EXAM"),
        element(0x00041200, "UL", place),
        element(0x00041202, "UL", place),
        element(0x00041212, "US", b"\0\0"),
    ))  # fmt: skip
