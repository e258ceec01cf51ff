# SPDX-License-Identifier: Apache-2.0
"""What a program takes (PS3.18 §8.7): its Accept header as values, and what fits it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flask import request
from werkzeug.http import parse_list_header

from imaging_app.dicomweb.problems import Problem

ANY: Final = "*/*"
PARTS: Final = re.compile(r'(?:[^;"]|"[^"]*"?)+')
RAW, DICOM, MANY = "application/octet-stream", "application/dicom", "multipart/related"
JSON: Final = frozenset({"application/dicom+json", "application/json", "application/*", ANY})
PLAIN: Final = "1.2.840.10008.1.2.1"
# Whose frames are plain samples, the lowest byte first.
NATIVE: Final = frozenset({"1.2.840.10008.1.2", PLAIN, "1.2.840.10008.1.2.1.99"})
# PS3.18 table 8.7.3-5.
KINDS: Final = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
}
PICTURES: Final = {"image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Taken:
    """One of the things that are taken; of a multipart message, what is in it."""

    kind: str
    # Empty where none is asked for, `*` for any.
    syntax: str = ""

    def fits(self, kind: str, syntax: str) -> bool:
        """Whether such a part is taken."""
        return self.kind in {kind, ANY} and self.syntax in {"", "*", syntax}


def taken() -> tuple[Taken, ...]:
    """Of this request; a header that says nothing takes everything."""
    return _read(request.headers.get("Accept", "") or ANY)


@lru_cache(maxsize=64)
def _read(header: str) -> tuple[Taken, ...]:
    """Programs say the same with each frame."""
    found = []
    for one in parse_list_header(header):
        kind, told = options(one)
        inside = told.get("type", ANY) if kind == MANY else kind
        found.append(Taken(inside.lower(), told.get("transfer-syntax", "")))
    return tuple(found)


def options(text: str) -> tuple[str, dict[str, str]]:
    """A type with its parameters; many write theirs without the quotes that a slash needs."""
    kind, *each = [found[0].strip() for found in PARTS.finditer(text)] or [""]
    told = {}
    for one in each:
        name, _, value = one.partition("=")
        told[name.strip().lower()] = value.strip().strip('"')
    return kind.lower(), told


def want_json() -> None:
    """For whoever takes DICOM JSON; XML is not spoken here."""
    if not any(one.kind in JSON for one in taken()):
        raise unacceptable("application/dicom+json")


def want_files(syntax: str) -> None:
    """For whoever takes files as they lie here: they are not written anew."""
    if not any(one.fits(DICOM, syntax) for one in taken()):
        raise unacceptable(f'multipart/related; type="application/dicom"; transfer-syntax={syntax}')


def frame_kind(syntax: str) -> tuple[str, bool]:
    """How frames of this syntax are sent: under which type, and whether they have to be decoded."""
    wanted = taken()
    if syntax in NATIVE:
        if any(one.fits(RAW, PLAIN) or one.fits(RAW, syntax) for one in wanted):
            return f"{RAW}; transfer-syntax={PLAIN}", False
        raise unacceptable(RAW)
    kind = KINDS.get(syntax)
    if kind is not None and any(one.fits(kind, syntax) for one in wanted):
        return f"{kind}; transfer-syntax={syntax}", False
    if any(one.fits(RAW, PLAIN) for one in wanted):
        return f"{RAW}; transfer-syntax={PLAIN}", True
    raise unacceptable(RAW, *(filter(None, [kind])))


def picture_kind() -> str:
    """Of a rendered frame."""
    for one in taken():
        if one.kind in PICTURES:
            return PICTURES[one.kind]
        if one.kind in {ANY, "image/*"}:
            return "jpeg"
    raise unacceptable(*PICTURES)


def unacceptable(*offered: str) -> Problem:
    """With what is offered."""
    return Problem(406, "not-acceptable", "Not sent in that form.", offered=list(offered))
