# SPDX-License-Identifier: Apache-2.0
"""STOW-RS (PS3.18 §10.5): establishments send files in, by the same way as all the others."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, house
from imaging_app.access.decide import Refused
from imaging_app.dicom.values import Reading
from imaging_app.dicomweb import describing, problems
from imaging_app.dicomweb.accepting import DICOM, MANY, options, want_json
from imaging_app.dicomweb.asking import Asking
from imaging_app.dicomweb.describing import KIND, Element
from imaging_app.dicomweb.multipart import Broken, Reader
from imaging_app.exams.ingest import Arrival, Ingest
from imaging_app.exams.values import Fate, Origin, Outcome
from imaging_app.store.port import Parcel

# One transaction for so many.
BATCH: Final = 20
MOST_PARTS: Final = 5_000
MOST_BYTES: Final = 1 << 40
# PS3.4 table CC.2.3-1, and PS3.18 table I.2-2.
OUT_OF_ROOM, NOT_UNDERSTOOD, REFUSED = 0xA700, 0xC000, 0x0110
WRONG_STUDY: Final = 0xC100
ROOMLESS: Final = frozenset({"no-room", "busy"})
PARSED: Final = frozenset({
    "not-dicom", "truncated", "malformed", "no-identifier", "wrong-identifier", "directory",
    "unknown-syntax", "no-decoder", "wrong-pixels", "too-large", "too-many", "too-deep",
    "too-slow", "crashed", "empty",
})  # fmt: skip


@dataclass(slots=True)
class Message:
    """What came in with one request."""

    kept: list[tuple[str, str, str, str]] = field(default_factory=list)
    failed: list[tuple[str, str, int]] = field(default_factory=list)

    def note(self, arrival: Arrival | None, outcome: Outcome) -> None:
        """What became of one."""
        found = arrival.found if arrival else None
        kind = found.image.kind if isinstance(found, Reading) else ""
        if isinstance(found, Reading) and outcome.fate in {Fate.KEPT, Fate.KNOWN}:
            self.kept.append((found.study.uid, found.series.uid, found.image.uid, kind))
        else:
            self.failed.append((outcome.image, kind, _code(outcome.reason)))


def _code(reason: str) -> int:
    if reason in ROOMLESS:
        return OUT_OF_ROOM
    # Why a good file is set aside is told at the establishment's own pages.
    return NOT_UNDERSTOOD if reason in PARSED else REFUSED


def add_storing(pages: Blueprint, asking: Asking) -> None:
    """The addresses."""

    @pages.post("/studies")
    def store() -> Response:
        return _store(asking, "")

    @pages.post("/studies/<study>")
    def store_in(study: str) -> Response:
        return _store(asking, study)


def _store(asking: Asking, study: str) -> Response:
    want_json()
    who = asking.sender()
    reader = Reader(_taker(), _border())
    passage = asking.rooms.access.doors.through(who, house(who.establishment), Action.HOUSE_UPLOAD)
    if isinstance(passage, Refused):
        raise problems.refused(passage)
    intake = Intake(asking.rooms.exams.ingest, Origin(who.establishment, who.subject), study)
    try:
        for number, (kind, blocks) in enumerate(reader.parts()):
            if number == MOST_PARTS:
                raise problems.Problem(413, "too-many", f"{MOST_PARTS} files at most.")
            if kind.partition(";")[0].strip().lower() != DICOM:
                raise problems.Problem(415, "media-type", f"Each part: {DICOM}.")
            intake.take(blocks)
        intake.commit()
    except Broken:
        # What came whole before is written: the sender comes again with all of it.
        intake.commit()
        raise problems.wrong("broken", "The message ends before it is whole.") from None
    finally:
        intake.close()
    return _answer(intake.message, asking.root)


class Intake:
    """Files of one message: each is read while the bytes of the next one come in."""

    def __init__(self, ingest: Ingest, origin: Origin, study: str) -> None:
        self.message = Message()
        self._ingest = ingest
        self._origin = origin
        self._study = study
        self._reads = ThreadPoolExecutor(1, "imaging-reads")
        self._read: Future[Arrival | Outcome] | None = None
        self._waiting: list[Arrival] = []

    def take(self, blocks: Iterable[bytes]) -> None:
        """One file."""
        parcel = self._ingest.arrive(blocks)
        try:
            self._settle()
            if len(self._waiting) >= BATCH:
                self._write()
        except BaseException:
            if isinstance(parcel, Parcel):
                self._ingest.drop(parcel)
            raise
        if isinstance(parcel, Outcome):
            self.message.note(None, parcel)
        else:
            self._read = self._reads.submit(self._ingest.read, parcel, self._origin)

    def commit(self) -> None:
        """Write down what came whole."""
        self._settle()
        self._write()

    def close(self) -> None:
        """Forget what was not written down."""
        with suppress(Exception):
            self._settle()
        self._reads.shutdown()
        for one in self._waiting:
            self._ingest.discard(one)

    def _settle(self) -> None:
        read, self._read = self._read, None
        if read is None:
            return
        found = read.result()
        if isinstance(found, Outcome):
            self.message.note(None, found)
        elif (
            self._study
            and isinstance(found.found, Reading)
            and found.found.study.uid != self._study
        ):
            self._ingest.discard(found)
            image = found.found.image
            self.message.failed.append((image.uid, image.kind, WRONG_STUDY))
        else:
            self._waiting.append(found)

    def _write(self) -> None:
        arrivals, self._waiting = self._waiting, []
        if arrivals:
            outcomes = self._ingest.commit(arrivals)
            for arrival, outcome in zip(arrivals, outcomes, strict=True):
                self.message.note(arrival, outcome)


def _taker() -> Callable[[int], bytes]:
    # A message is as long as its files: each of them has its own limit, and they are counted.
    request.max_content_length = MOST_BYTES
    return request.stream.read


def _border() -> str:
    kind, told = options(request.headers.get("Content-Type", ""))
    if kind != MANY or told.get("type", DICOM).lower() != DICOM:
        raise problems.Problem(415, "media-type", f'{MANY}; type="{DICOM}"')
    border = told.get("boundary", "")
    if not 0 < len(border) <= 70 or not border.isascii() or not border.isprintable():
        raise problems.wrong("boundary", "boundary: 1 to 70 signs.")
    return border


def _answer(message: Message, root: str) -> Response:
    """PS3.18 §10.5.3."""
    told: Element = {}
    if message.kept:
        told["00081199"] = describing.sequence(
            {
                "00081150": describing.text("UI", kind),
                "00081155": describing.text("UI", image),
                "00081190": describing.text(
                    "UR", f"{root}/studies/{study}/series/{series}/instances/{image}"
                ),
            }
            for study, series, image, kind in message.kept
        )
    if message.failed:
        told["00081198"] = describing.sequence(
            {
                "00081150": describing.text("UI", kind),
                "00081155": describing.text("UI", image),
                "00081197": describing.number(code),
            }
            for image, kind, code in message.failed
        )
    some, all_ = bool(message.kept), not message.failed
    response: Response = jsonify(told)
    response.status_code = 200 if some and all_ else 202 if some else 409
    response.content_type = KIND
    return response
