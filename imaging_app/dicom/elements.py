# SPDX-License-Identifier: Apache-2.0
"""Elements of a data set, written in Explicit VR Little Endian (PS3.5 §7.1), without pydicom."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

HEAD: Final = struct.Struct("<HH2sH")
LONG_HEAD: Final = struct.Struct("<HH2sHL")
ITEM: Final = struct.Struct("<HHL")
LONG: Final = {"OB", "SQ", "UC", "UR", "UT"}
# Most letters that a value of this kind holds (PS3.5 §6.2).
MOST: Final = {
    "CS": 16, "DA": 8, "DT": 26, "IS": 12, "LO": 64, "PN": 324, "SH": 16, "ST": 1024, "TM": 14,
    "UC": 1024, "UI": 64, "UR": 1024,
}  # fmt: skip
# Of one sequence: whoever names thousands is cut short, not believed.
MOST_ITEMS: Final = 1000
DEEPEST: Final = 8
Told = Mapping[str, object]


def element(tag: int, kind: str, value: bytes) -> bytes:
    """One, by the bytes of its value."""
    group, number, name = tag >> 16, tag & 0xFFFF, kind.encode()
    if kind in LONG:
        return LONG_HEAD.pack(group, number, name, 0, len(value)) + value
    return HEAD.pack(group, number, name, len(value)) + value


def text(tag: int, kind: str, value: str) -> bytes:
    """One of text, no longer than its kind may be."""
    return element(tag, kind, even(value[: MOST.get(kind, 64)].encode(), kind))


def even(value: bytes, kind: str) -> bytes:
    """Filled up as its kind is."""
    return value + (b"\0" if kind == "UI" else b" ") * (len(value) % 2)


def item(body: bytes) -> bytes:
    """One of a sequence."""
    return ITEM.pack(0xFFFE, 0xE000, len(body)) + body


def of_json(told: Told, tags: Sequence[str], depth: int = 0) -> bytes:
    """Those of an object in DICOM JSON (PS3.18 §F) that are among `tags`, in their order."""
    parts = []
    for tag in sorted(tags):
        found = told.get(tag)
        if isinstance(found, Mapping):
            parts.append(_of_json(int(tag, 16), found, tags, depth))
    return b"".join(parts)


def _of_json(tag: int, found: Told, tags: Sequence[str], depth: int) -> bytes:
    kind, values = found.get("vr"), found.get("Value")
    listed = values if isinstance(values, list) else []
    if kind == "SQ":
        items = [one for one in listed[:MOST_ITEMS] if isinstance(one, Mapping)]
        below = items if depth < DEEPEST else []
        return element(tag, "SQ", b"".join(item(of_json(one, tags, depth + 1)) for one in below))
    if kind not in MOST:
        # Numbers and bytes: no record of ours has one that it can't do without.
        return b""
    return text(tag, str(kind), _plain(listed[0]) if listed else "")


def first_of(told: Told, tag: str) -> str:
    """The first value of an attribute in DICOM JSON, a name in all its spellings."""
    found = told.get(tag)
    values = found.get("Value") if isinstance(found, Mapping) else None
    return _plain(values[0]) if isinstance(values, list) and values else ""


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        ways = ("Alphabetic", "Ideographic", "Phonetic")
        return "=".join(str(value.get(one, "")) for one in ways).rstrip("=")
    return "" if value is None else str(value)
