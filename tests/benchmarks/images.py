# SPDX-License-Identifier: Apache-2.0
"""The imaging portal beside an Orthanc, in one run: searches, frames, files sent in.

The portal's are asked by a doctor's program: with a token, through the doors, traced. The Orthanc
is asked by its owner, who may see everything.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from pydicom import dcmread

from imaging_app.__main__ import bring_up
from imaging_app.demo.objects import Somebody, Visit
from imaging_app.demo.series import FULL, scanner
from imaging_app.settings import Settings
from tests.benchmarks.images_rows import CARED, DOCTOR, HOUSE, day_of_exam, small, write_rows
from tests.benchmarks.machine import install
from tests.benchmarks.portal import serving
from tests.imaging.pacs import PASSWORD, PROGRAM, USER, Pacs, running

ASKED, FRAMES, ROUNDS = 120, 300, 3
LOADERS = 4
SOME_ONE = Somebody("IPP-1", "DURAND^AGNES", "19570312", "F", "", "")
Ask = Callable[[HTTPConnection, int], bytes]


@dataclass(frozen=True)
class Imaged:
    """One thing that is measured: ours, by Orthanc's DICOMweb, and by its native routes."""

    name: str
    unit: str
    ours: float
    plugin: float
    native: float | None = None


@dataclass
class Side:
    """Somewhere to ask."""

    url: str
    headers: dict[str, str]

    def connect(self) -> HTTPConnection:
        """A kept connection."""
        return HTTPConnection(urlsplit(self.url).netloc, timeout=120)

    def ask(
        self, line: HTTPConnection, path: str, accept: str = "*/*", body: bytes | None = None,
        kind: str = "application/dicom",
    ) -> bytes:  # fmt: skip
        """An answer, whole; a refusal is no figure."""
        told = {**self.headers, "Accept": accept}
        if body is not None:
            told["Content-Type"] = kind
        line.request("GET" if body is None else "POST", path, body, told)
        answer = line.getresponse()
        found = answer.read()
        if answer.status not in {200, 204}:
            raise RuntimeError(f"{path}: {answer.status} {found[:200]!r}")
        return found


def images(exams: int, folder: Path) -> list[Imaged]:
    """All of it, over so many exams."""
    if not Path(PROGRAM).exists():
        install("orthanc", "orthanc-dicomweb")
    files = [*scanner(make_visit(), FULL)]
    with ExitStack() as stack:
        place = folder / "images"
        (place / "pacs").mkdir(parents=True)
        pacs = stack.enter_context(running(place / "pacs"))
        portal = stack.enter_context(_side(place / "portal", exams))
        there = Side(pacs.url, {"Authorization": "Basic " + _basic()})
        _load(pacs, exams)
        return [
            *_stow(portal, there, files),
            *_frames(portal, there),
            *_searches(portal, there),
        ]


@contextmanager
def _side(folder: Path, exams: int) -> Iterator[Side]:
    """The portal, over rows of so many exams."""
    folder.mkdir(parents=True)
    settings = Settings(data=folder)
    bring_up(settings)
    write_rows(settings, exams)
    with serving(folder) as (url, provider):
        staff = provider.present(
            {"sub": "staff", "population": "staff", "works_for": [{"finess": HOUSE, "name": "H"}]}
        )
        doctor = provider.present(
            {"sub": "doctor", "population": "professional", "SubjectNameID": f"8{DOCTOR}"}
        )
        yield Side(url, {"Authorization": f"Bearer {doctor}", "Staff": f"Bearer {staff}"})


def _stow(portal: Side, there: Side, files: Sequence[bytes]) -> list[Imaged]:
    """A series of 72 images in messages of 12."""
    staff = Side(portal.url, {"Authorization": portal.headers["Staff"]})
    messages = [_message(files[start : start + 12]) for start in range(0, len(files), 12)]
    kind = 'multipart/related; type="application/dicom"; boundary=border'

    def rate(side: Side, address: str) -> float:
        line, began = side.connect(), time.perf_counter()
        for one in messages:
            side.ask(line, address, "application/dicom+json", one, kind)
        return len(files) / (time.perf_counter() - began)

    def native() -> float:
        line, began = there.connect(), time.perf_counter()
        for one in files:
            there.ask(line, "/instances", body=one)
        return len(files) / (time.perf_counter() - began)

    plugin = rate(there, "/dicom-web/studies")
    line = there.connect()
    (study,) = json.loads(there.ask(line, "/tools/lookup", body=_study(files[0]).encode()))
    line.request("DELETE", study["Path"], headers=there.headers)
    line.getresponse().read()
    by_itself = native()
    ours = rate(staff, "/dicomweb/studies")
    return [Imaged("images sent in (CT 512²)", "images/s", ours, plugin, by_itself)]


def _frames(portal: Side, there: Side) -> list[Imaged]:
    line = portal.connect()
    who = f"PatientID={SOME_ONE.number}&motive=consultation"
    (found,) = _json(portal.ask(line, f"/dicomweb/studies?{who}"))
    study = found["0020000D"]["Value"][0]
    (series,) = _json(portal.ask(line, f"/dicomweb/studies/{study}/series?Modality=CT"))
    uid = series["0020000E"]["Value"][0]
    base = f"/studies/{study}/series/{uid}/instances"
    each = [one["00080018"]["Value"][0]
            for one in _json(portal.ask(line, f"/dicomweb{base}?limit=200"))]  # fmt: skip
    there_line = there.connect()
    names = [
        json.loads(there.ask(there_line, "/tools/lookup", body=one.encode()))[0]["ID"]
        for one in each
    ]
    raw = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1'

    def of(side: Side, address: Callable[[int], str], accept: str) -> Ask:
        return lambda line, number: side.ask(line, address(number), accept)

    ways = (
        (portal, of(portal, lambda n: f"/dicomweb{base}/{each[n % len(each)]}/frames/1", raw)),
        (there, of(there, lambda n: f"/dicom-web{base}/{each[n % len(each)]}/frames/1", raw)),
        (there, of(there, lambda n: f"/instances/{names[n % len(names)]}/frames/0/raw", "*/*")),
    )
    made = []
    for lines in (1, 4):
        rounds = [[_rate(side, ask, lines) for side, ask in ways] for _number in range(ROUNDS)]
        ours, plugin, native = (median(one) for one in zip(*rounds, strict=True))
        made.append(
            Imaged(f"frames of 524 kB, {lines} at a time", "frames/s", ours, plugin, native)
        )
    return made


def _searches(portal: Side, there: Side) -> list[Imaged]:
    """Each search for another patient, so that no answer is another's."""
    queries: tuple[tuple[str, Callable[[int], str]], ...] = (
        ("by number", lambda n: f"PatientID=N{n % CARED}"),
        ("by name", lambda n: f"PatientName=FAMILLE{n % CARED:05}*"),
        ("by day and kind", lambda n: f"StudyDate={day_of_exam(n)}&ModalitiesInStudy=CT&limit=20"),
        ("a page of 20", lambda n: f"limit=20&offset={n % 50}"),
    )
    made = []
    for name, query in queries:

        def late(side: Side, root: str, query: Callable[[int], str] = query) -> float:
            line, took = side.connect(), []
            for number in range(ASKED):
                began = time.perf_counter()
                side.ask(line, f"{root}?{query(number)}", "application/dicom+json")
                took.append((time.perf_counter() - began) * 1000)
            return quantiles(took, n=20)[-1]

        ours = late(portal, "/dicomweb/studies")
        made.append(Imaged(f"search {name}", "ms, p95", ours, late(there, "/dicom-web/studies")))
    return made


def _rate(side: Side, ask: Ask, lines: int) -> float:
    def go(first: int) -> None:
        line = side.connect()
        for number in range(first, FRAMES, lines):
            ask(line, number)

    began = time.perf_counter()
    with ThreadPoolExecutor(lines) as pool:
        list(pool.map(go, range(lines)))
    return FRAMES / (time.perf_counter() - began)


def _load(pacs: Pacs, exams: int) -> None:
    """So many studies of one tiny image each."""
    side = Side(pacs.url, {"Authorization": "Basic " + _basic()})

    def go(first: int) -> None:
        line = side.connect()
        for number in range(first, exams, LOADERS):
            side.ask(line, "/instances", body=small(number))

    with ThreadPoolExecutor(LOADERS) as pool:
        list(pool.map(go, range(LOADERS)))


def make_visit() -> Visit:
    """A CT of theirs."""
    today = date(2026, 11, 22).strftime("%Y%m%d")
    return Visit("bench", SOME_ONE, "Maison", today, "101500", "ACC", "Scanner", "DURAND^Claire")


def _study(content: bytes) -> str:
    return str(dcmread(BytesIO(content), stop_before_pixels=True).StudyInstanceUID)


def _message(files: Sequence[bytes]) -> bytes:
    head = b"--border\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(head + one + b"\r\n" for one in files) + b"--border--\r\n"


def _json(text: bytes) -> list[dict[str, dict[str, list[str]]]]:
    found: list[dict[str, dict[str, list[str]]]] = json.loads(text)
    return found


def _basic() -> str:
    return b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def image_rows(found: Sequence[Imaged]) -> list[str]:
    """Markdown."""
    if not found:
        return []
    lines = [
        "| Images | | portal | Orthanc, DICOMweb | ratio | Orthanc, native | ratio |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        faster = one.unit.startswith("ms")
        by = one.plugin / one.ours if faster else one.ours / one.plugin
        native = "–" if one.native is None else f"{one.native:,.0f}"
        beside = "–" if one.native is None else f"{one.ours / one.native:.2f}"
        digits = ".1f" if faster else ",.0f"
        lines.append(
            f"| {one.name} | {one.unit} | {one.ours:{digits}} | {one.plugin:{digits}} |"
            f" {by:.1f} | {native} | {beside} |"
        )
    return [*lines, ""]
