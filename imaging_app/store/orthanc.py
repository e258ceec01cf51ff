# SPDX-License-Identifier: Apache-2.0
"""Images in an Orthanc, by its native routes: it keeps a file byte for byte.

It knows an image by patient and identifiers alone, whatever its bytes are. We note their digest
beside each that we bring; where there is none, the bytes themselves are asked. Of a piece no digest
can be made: beside ours we note the one that it makes itself, and ask for that before each piece.
"""

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from imaging_app.store.embedded import blocks_of
from imaging_app.store.line import Address, Line, is_unwanted
from imaging_app.store.port import Away, Place, WrongPlace

# Numbers from 1024 on are for whoever uses an Orthanc.
NOTE: Final = "1026"
PAGE: Final = 200
MOST_KNOWN: Final = 200_000
MOST_FILE: Final = 1 << 40
NAME: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{8}){4}", re.ASCII)
OK, PARTIAL, MISSING = HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_FOUND


class Known(NamedTuple):
    """Its name there, and the MD5 of what we brought; "" where none was noted."""

    name: str
    sum: str


class Orthanc:
    """One of them; safe for many threads."""

    def __init__(self, address: Address) -> None:
        self._line = Line(address)
        self._lock = threading.Lock()
        self._known: OrderedDict[Place, Known] = OrderedDict()
        # Until it shows that it is an older one.
        self._cuts = True

    def put(self, path: Path, place: Place) -> bool:
        """Whether it has these bytes now: of one name it keeps those that came first."""
        headers = {
            "Content-Type": "application/dicom",
            "Content-Length": str(path.stat().st_size),
        }
        with self._line.open("POST", "/instances", blocks_of(path), headers) as answer:
            told = b"".join(self._line.blocks(answer, 1 << 20))
        if is_unwanted(answer.status):
            return False
        found = _object(answer.status, told)
        name = _name(found.get("ID"))
        if found.get("Status") != "Success" and self._digest_of(name) != place.digest:
            return False
        status, _told = self._line.call("PUT", f"/instances/{name}/metadata/{NOTE}",
                                        f"{place.digest} {_sum(path)}".encode())  # fmt: skip
        return status == OK

    def has(self, place: Place) -> bool:
        """Asked anew: what was known may have gone."""
        self._forget(place)
        return self._find(place) is not None

    def piece(self, place: Place, start: int, length: int) -> bytes | None:
        """Newer ones give pieces; of the older ones the whole is taken."""
        known = self._find(place) if self._cuts else None
        if known is None or not self._is_as_brought(known):
            return None
        asked = {"Range": f"bytes={start}-{start + length - 1}"}
        with self._line.open("GET", f"{_file(known.name)}", headers=asked) as answer:
            if answer.status == PARTIAL:
                return b"".join(self._line.blocks(answer, length))
            self._cuts = answer.status != OK
        return None

    def stream(self, place: Place) -> Iterator[bytes] | None:
        """The file as it lies there."""
        known = self._find(place)
        return None if known is None else self._blocks(place, known.name)

    def drop(self, place: Place) -> bool:
        """The image; folders that are left empty are its own affair."""
        self._forget(place)
        known = self._find(place)
        self._forget(place)
        if known is None:
            return False
        status, _told = self._line.call("DELETE", f"/instances/{known.name}")
        if status not in {OK, MISSING}:
            raise Away(f"HTTP {status}")
        return status == OK

    def places(self) -> Iterator[Place]:
        """Those that we noted."""
        studies = {one["ID"]: one for one in self._all("studies")}
        series = {one["ID"]: one for one in self._all("series")}
        for one in self._all("instances"):
            digest, _sum = self._noted(one["ID"])
            with suppress(KeyError, WrongPlace):
                above = series[one["ParentSeries"]]
                study = studies[above["ParentStudy"]]["MainDicomTags"]["StudyInstanceUID"]
                uid = above["MainDicomTags"]["SeriesInstanceUID"]
                yield Place(study, uid, one["MainDicomTags"]["SOPInstanceUID"], digest)

    def close(self) -> None:
        """Give connections back."""
        self._line.close()

    def _blocks(self, place: Place, name: str) -> Iterator[bytes] | None:
        """Opened at once, read as somebody takes it."""
        with ExitStack() as stack:
            answer = stack.enter_context(self._line.open("GET", _file(name)))
            if answer.status == MISSING:
                self._forget(place)
                return None
            if answer.status != OK:
                raise Away(f"HTTP {answer.status}")
            rest = stack.pop_all()

        def blocks() -> Iterator[bytes]:
            with rest:
                yield from self._line.blocks(answer, MOST_FILE)

        return blocks()

    def _is_as_brought(self, known: Known) -> bool:
        """As it says itself; an older one, or one that makes no digests, says nothing."""
        if not known.sum:
            return False
        status, told = self._line.call("GET", f"/instances/{known.name}/attachments/dicom/md5")
        return status == OK and told.decode("ascii", "replace").strip() == known.sum

    def _find(self, place: Place) -> Known | None:
        """Its name for these very bytes; what it calls it never changes."""
        with self._lock:
            known = self._known.get(place)
            if known is not None:
                self._known.move_to_end(place)
                return known
        status, told = self._line.call("POST", "/tools/lookup", place.image.encode())
        for one in _list(status, told):
            if one.get("Type") != "Instance":
                continue
            name = _name(one.get("ID"))
            digest, found = self._noted(name)
            if (digest or self._digest_of(name)) == place.digest:
                known = Known(name, found)
                self._remember(place, known)
                return known
        return None

    def _noted(self, name: str) -> tuple[str, str]:
        """Our digest and its own."""
        status, told = self._line.call("GET", f"/instances/{_name(name)}/metadata/{NOTE}")
        if status not in {OK, MISSING}:
            raise Away(f"HTTP {status}")
        digest, _, found = told.decode("ascii", "replace").partition(" ")
        return (digest, found) if status == OK else ("", "")

    def _digest_of(self, name: str) -> str | None:
        with self._line.open("GET", _file(name)) as answer:
            if answer.status != OK:
                return None
            digest = hashlib.sha256()
            for block in self._line.blocks(answer, MOST_FILE):
                digest.update(block)
        return digest.hexdigest()

    def _all(self, kind: str) -> Iterator[dict[str, Any]]:
        since = 0
        while True:
            asked = urlencode({"since": since, "limit": PAGE, "expand": ""})
            found = _list(*self._line.call("GET", f"/{kind}?{asked}"))
            yield from found
            if len(found) < PAGE:
                return
            since += PAGE

    def _remember(self, place: Place, known: Known) -> None:
        with self._lock:
            self._known[place] = known
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def _forget(self, place: Place) -> None:
        with self._lock:
            self._known.pop(place, None)


def _sum(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, _md5).hexdigest()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _file(name: str) -> str:
    return f"/instances/{name}/attachments/dicom/data"


def _name(told: object) -> str:
    if not isinstance(told, str) or not NAME.fullmatch(told):
        raise Away("not an answer of an Orthanc")
    return told


def _object(status: int, told: bytes) -> dict[str, Any]:
    found = _read(status, told)
    if not isinstance(found, dict):
        raise Away("not an answer of an Orthanc")
    return found


def _list(status: int, told: bytes) -> list[dict[str, Any]]:
    found = _read(status, told)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Away("not an answer of an Orthanc")
    return found


def _read(status: int, told: bytes) -> object:
    if status != OK:
        raise Away(f"HTTP {status}")
    try:
        return json.loads(told)
    except (ValueError, RecursionError) as fault:
        raise Away("not an answer of an Orthanc") from fault
