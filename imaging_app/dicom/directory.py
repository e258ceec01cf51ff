# SPDX-License-Identifier: Apache-2.0
"""The DICOMDIR of a folder of files (PS3.3 §F, PS3.10 §8.6), written from what is known of them.

No file is read, and nothing but the standard library is needed. What is neither an image nor a
document that a file wraps lies in the folder without standing in the directory.
"""

import secrets
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

DIRECTORY: Final = "1.2.840.10008.1.3.10"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
IMPLEMENTATION: Final = "1.2.826.0.1.3680043.10.1410.1"
NAMED: Final = "ISO_IR 192"
HEAD: Final = struct.Struct("<HH2sH")
LONG_HEAD: Final = struct.Struct("<HH2sHL")
ITEM: Final = struct.Struct("<HHL")
LONG: Final = {"OB", "SQ"}
# Most letters that a value of this kind holds (PS3.5 §6.2).
MOST: Final = {"LO": 64, "SH": 16, "CS": 16, "DA": 8, "TM": 14, "IS": 12, "UI": 64, "PN": 324}
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
    # The type of the document that it wraps.
    document: str = ""
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
    keys: tuple[Key, ...]
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
    root = Record("PATIENT", patient, below=[Record("STUDY", study)])
    for one in series:
        files = [_of_file(each) for each in one.files if each.is_image or each.document]
        keys: tuple[Key, ...] = (
            (0x00080060, "CS", one.modality),
            (0x0020000E, "UI", one.uid),
            (0x00200011, "IS", str(one.number)),
        )
        if files:
            root.below[0].below.append(Record("SERIES", keys, below=files))
    return root


def _of_file(one: Filed) -> Record:
    number: Key = (0x00200013, "IS", str(one.number))
    if one.is_image:
        return Record("IMAGE", (number,), one)
    # PS3.3 §F.5.33: their day, time and title may be empty, but are there.
    keys: tuple[Key, ...] = (
        (0x00080023, "DA", ""),
        (0x00080033, "TM", ""),
        number,
        (0x0040A043, "SQ", ""),
        (0x00420010, "LO", ""),
        (0x00420012, "LO", one.document),
    )
    return Record("ENCAP DOC", keys, one)


def _records(same: Sequence[Record]) -> Iterator[bytes]:
    """Those of one level, each followed by what is below it."""
    for at, one in enumerate(same):
        following = same[at + 1].place if at + 1 < len(same) else 0
        yield _written(one, following, one.below[0].place if one.below else 0)
        yield from _records(one.below)


def _written(one: Record, following: int, below: int) -> bytes:
    parts = [
        _element(0x00041400, "UL", struct.pack("<L", following)),
        _element(0x00041410, "US", b"\xff\xff"),
        _element(0x00041420, "UL", struct.pack("<L", below)),
        _text(0x00041430, "CS", one.kind),
    ]
    if one.file is not None:
        parts += [
            _element(0x00041500, "CS", _even("\\".join(one.file.path).encode(), b" ")),
            _text(0x00041510, "UI", one.file.kind),
            _text(0x00041511, "UI", one.file.uid),
            _text(0x00041512, "UI", one.file.syntax),
        ]
    parts.append(_text(0x00080005, "CS", NAMED))
    parts += [_text(*key) for key in one.keys]
    body = b"".join(parts)
    return ITEM.pack(0xFFFE, 0xE000, len(body)) + body


def _meta() -> bytes:
    own = f"2.25.{secrets.randbits(120)}"
    body = b"".join((
        _element(0x00020001, "OB", b"\0\1"),
        _text(0x00020002, "UI", DIRECTORY),
        _text(0x00020003, "UI", own),
        _text(0x00020010, "UI", EXPLICIT),
        _text(0x00020012, "UI", IMPLEMENTATION),
    ))  # fmt: skip
    length = _element(0x00020000, "UL", struct.pack("<L", len(body)))
    return b"\0" * 128 + b"DICM" + length + body


def _before(first: int) -> bytes:
    """What stands before the records; there is one at the top, so first and last are the same."""
    place = struct.pack("<L", first)
    return b"".join((
        _text(0x00041130, "CS", "EXAM"),
        _element(0x00041200, "UL", place),
        _element(0x00041202, "UL", place),
        _element(0x00041212, "US", b"\0\0"),
    ))  # fmt: skip


def _text(tag: int, kind: str, value: str) -> bytes:
    value = value[: MOST.get(kind, 64)]
    return _element(tag, kind, _even(value.encode(), b"\0" if kind == "UI" else b" "))


def _even(value: bytes, filler: bytes) -> bytes:
    return value + filler * (len(value) % 2)


def _element(tag: int, kind: str, value: bytes) -> bytes:
    group, element, name = tag >> 16, tag & 0xFFFF, kind.encode()
    if kind in LONG:
        return LONG_HEAD.pack(group, element, name, 0, len(value)) + value
    return HEAD.pack(group, element, name, len(value)) + value


def value_of(told: Mapping[str, object], tag: str) -> str:
    """The first value of an attribute in DICOM JSON (PS3.18 §F), a name in all its spellings."""
    element = told.get(tag)
    values = element.get("Value") if isinstance(element, Mapping) else None
    first = values[0] if isinstance(values, list) and values else ""
    if isinstance(first, Mapping):
        ways = ("Alphabetic", "Ideographic", "Phonetic")
        return "=".join(str(first.get(one, "")) for one in ways).rstrip("=")
    return "" if first is None else str(first)
