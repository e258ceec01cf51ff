# SPDX-License-Identifier: Apache-2.0
"""Exams are brought in: files and archives, each with what became of it; folders under way."""

import json
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.actions import house as house_thing
from imaging_app.exams.ingest import Arrival, Ingest
from imaging_app.exams.values import Fate, Origin, Outcome
from imaging_app.web.establishment.house import INVALID, House, for_staff
from imaging_app.web.establishment.unpacking import Broken, Swollen, sent_files
from imaging_app.web.establishment.words import REASONS
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

BATCH: Final = 16
# A page of what became of thousands helps nobody: these, and how many in all.
MOST_SHOWN: Final = 200
LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file."""

    name: str
    fate: Fate
    reason: str = ""


def add_upload_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/upload`."""

    @app.get("/establishment/<finess>/upload")
    @for_staff(portal)
    def house_upload(house: House) -> ResponseReturnValue:
        return show(house)

    @app.post("/establishment/<finess>/upload")
    @for_staff(portal)
    def house_take(house: House) -> ResponseReturnValue:
        refused = house.through(house_thing(house.finess), Action.HOUSE_UPLOAD)
        if refused is not None:
            return answer(refused, back=f"/establishment/{house.finess}")
        files = [one for one in request.files.getlist("files") if one.filename]
        if not files:
            return show(house, INVALID, errors={"files": "missing"})
        taken = take_in(house.rooms.exams.ingest, house, files)
        if request.headers.get("Accept") == LINES:
            # For the page's own script, which counts them as they come. The request ends before
            # its answer is made: it closes no file that is still to be read.
            request.files = ImmutableMultiDict()
            answered = Response(stream_with_context(as_they_come(taken, files)), mimetype=LINES)
            answered.headers["X-Accel-Buffering"] = "no"
            return answered
        lines = list(taken)
        counts = Counter(one.fate for one in lines)
        # What went wrong comes first.
        lines.sort(key=lambda one: one.fate in {Fate.KEPT, Fate.KNOWN})
        return house.page(
            "upload_done",
            "house_upload",
            lines=lines[:MOST_SHOWN],
            count=len(lines),
            counts={one.value: counts[one] for one in Fate},
            reasons=REASONS,
        )


def as_they_come(taken: Generator[Line, None, None], files: Iterable[FileStorage]) -> Iterator[str]:
    """A line of JSON for each file, and a last one: what lacks it has broken off."""
    try:
        for one in taken:
            told = {"name": one.name, "fate": one.fate.value, "reason": one.reason}
            yield json.dumps(told | {"why": str(REASONS.get(one.reason, one.reason))}) + "\n"
        yield json.dumps({"done": True}) + "\n"
    finally:
        # Whoever cancels leaves in the middle: what was received and not committed is forgotten.
        taken.close()
        for file in files:
            file.close()


def show(
    house: House, status: int = 200, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """The form, and folders that a command takes in."""
    with house.rooms.database.read() as tx:
        imports = house.rooms.exams.imports.latest(tx, house.finess)
    return house.page(
        "upload",
        "house_upload",
        status,
        imports=imports[:5],
        shown=MOST_SHOWN,
        errors=errors or {},
    )


def take_in(
    ingest: Ingest, house: House, files: Iterable[FileStorage]
) -> Generator[Line, None, None]:
    """Batch by batch: what a later one does takes nothing back."""
    waiting: list[Arrival] = []
    try:
        for sent in sent_files(files):
            name = sent.name[-200:]
            if sent.why:
                yield Line(name, Fate.REFUSED, sent.why)
                continue
            origin = Origin(house.finess, house.who.subject, name)
            found = receive(ingest, sent.blocks, origin)
            if isinstance(found, str):
                yield Line(name, Fate.REFUSED, found)
            elif isinstance(found, Outcome):
                yield Line(name, found.fate, found.reason)
            else:
                waiting.append(found)
            if len(waiting) >= BATCH:
                yield from commit(ingest, waiting)
        yield from commit(ingest, waiting)
    finally:
        for one in waiting:
            ingest.discard(one)


def receive(ingest: Ingest, blocks: Iterable[bytes], origin: Origin) -> Arrival | Outcome | str:
    """Its bytes, read; or why an archive does not give them."""
    try:
        return ingest.receive(blocks, origin)
    except Swollen:
        return "bomb"
    except Broken:
        return "archive"


def commit(ingest: Ingest, waiting: list[Arrival]) -> Iterator[Line]:
    """One transaction for a batch."""
    arrivals = waiting[:]
    waiting.clear()
    if not arrivals:
        return
    for one, outcome in zip(arrivals, ingest.commit(arrivals), strict=True):
        yield Line(one.origin.name, outcome.fate, outcome.reason)
