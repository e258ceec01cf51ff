# SPDX-License-Identifier: Apache-2.0
"""Whether a list of known passwords can be searched: readable, of one form, and sorted.

A list of any usual size is read whole. A huge one is looked at in places spread evenly, both ends
included: what lies between two of them may still be out of order, but not a list in another order.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from idp.credentials.breaches import Malformed, length_of, line_at

# Read whole up to this size: some 800,000 passwords, within a second or two.
WHOLE = 32 * 1024 * 1024
PLACES = 1024
LINE = re.compile(rb"([0-9A-F]{40})(?::[0-9]{1,20})?\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Looked:
    """Nothing was found wrong."""

    size: int
    # Lines read: all of them where the list was read whole.
    lines: int
    whole: bool


def look_through(path: str, *, whole: int = WHOLE, places: int = PLACES) -> Looked | str:
    """What was looked at, or what is wrong, in a few words."""
    try:
        size = Path(path).stat().st_size
        if not size:
            return "is empty"
        if size <= whole:
            return _read_whole(path, size)
        return _sample(path, size, places)
    except OSError as fault:
        return f"can't be read: {fault.strerror}"
    except Malformed:
        return "is no list of SHA-1, one a line"


def _read_whole(path: str, size: int) -> Looked | str:
    before, number = b"", 0
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            found = LINE.fullmatch(line)
            if found is None:
                return f"has no SHA-1 in line {number}"
            digest = found[1].upper()
            if digest < before:
                return f"is not sorted: line {number} belongs before the one above it"
            before = digest
    return Looked(size, number, whole=True)


def _sample(path: str, size: int, places: int) -> Looked | str:
    """Each place's line and the one after it, in the order of the file."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        before, seen, end = b"", 0, 0
        for place in range(places + 1):
            start, digest = line_at(file, (size - 1) * place // places)
            for _line in range(2):
                if start >= end:
                    if digest < before:
                        return f"is not sorted: what is at byte {start} belongs before it"
                    before, end, seen = digest, start + length_of(file, start), seen + 1
                if end >= size:
                    break
                start, digest = line_at(file, end)
    finally:
        os.close(file)
    return Looked(size, seen, whole=False)
