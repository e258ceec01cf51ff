# SPDX-License-Identifier: Apache-2.0
"""WADO-RS (PS3.18 §10.4): metadata, frames, pictures of frames; files, where one may download."""

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, exam
from imaging_app.access.visitor import Visitor
from imaging_app.dicom.records import says_result
from imaging_app.dicom.values import Look, Refused
from imaging_app.dicomweb import accepting, problems
from imaging_app.dicomweb.accepting import want_json
from imaging_app.dicomweb.asking import Asking
from imaging_app.dicomweb.describing import KIND
from imaging_app.dicomweb.multipart import Changed, Message, Part
from imaging_app.exams.index import read_frame
from imaging_app.exams.values import Exam, Image, Whole
from imaging_app.limits.turns import SINGLES, WHOLES, Running, Turn

MOST_FRAMES: Final = 500
LARGEST_SIDE: Final = 4096
NUMBER: Final = 9
# While files go out, it is asked with each and again so often whether they still may.
EVERY: Final = 5


class Stopped(Exception):
    """Whoever takes it away may no more: the message is cut short."""


def add_retrieving(pages: Blueprint, asking: Asking) -> None:
    """The addresses."""
    _add_metadata(pages, asking)
    _add_files(pages, asking)
    image = "/studies/<study>/series/<series>/instances/<image>"

    @pages.get(f"{image}/frames/<numbers>")
    def frames(study: str, series: str, image: str, numbers: str) -> Response:
        who = asking.reader()
        one, _passage = asking.open(who, study, Action.EXAM_IMAGES)
        whole = _whole(asking, who, one, series, image)
        wanted = _numbers(numbers, whole.image.frames)
        kind, decoded = accepting.frame_kind(whole.image.syntax)
        # The first is read before anything is said: what is not there is no broken message.
        first = _frame(asking, whole, wanted[0], decoded=decoded)

        if len(wanted) == 1:
            # In memory already: the server itself waits for the reader.
            message, told = _message(
                kind.partition(";")[0], [Part(kind, len(first), lambda: [first])]
            )
            return _sent(message, told, b"".join(message.stream()))
        goes_on = asking.going(who, exam(one.id), Action.EXAM_IMAGES)

        def frame(number: int) -> Iterator[bytes]:
            if number == wanted[0]:
                yield first
                return
            if not goes_on():
                raise Stopped
            yield _frame(asking, whole, number, decoded=decoded)

        # Frames that are not in the file as they are sent are as long as one another.
        sizes = [0 if decoded else _length(whole, number) for number in wanted]
        parts = [
            Part(kind, size or len(first), partial(frame, number))
            for number, size in zip(wanted, sizes, strict=True)
        ]
        message, told = _message(kind.partition(";")[0], parts)
        try:
            return _sent(message, told, asking.send(who, message.stream()))
        except Stopped:
            # Before anything was sent.
            raise problems.not_there() from None
        except Changed:
            raise problems.Problem(404, "no-frame", "This frame can't be read.") from None

    @pages.get(f"{image}/rendered")
    def rendered(study: str, series: str, image: str) -> Response:
        return _rendered(asking, study, series, image, 1)

    @pages.get(f"{image}/frames/<int:number>/rendered")
    def rendered_frame(study: str, series: str, image: str, number: int) -> Response:
        return _rendered(asking, study, series, image, number)


def _add_metadata(pages: Blueprint, asking: Asking) -> None:
    index, database = asking.rooms.exams.index, asking.rooms.database

    def metadata(study: str, series: str = "") -> Response:
        who = asking.reader()
        one, _passage = asking.open(who, study, Action.EXAM_OPEN)
        with database.read() as tx:
            seen = asking.rooms.seen(tx, who, one)
        each = [found.uid for found in seen.series if series in {"", found.uid}]
        if series and not each:
            raise problems.not_there()

        def told() -> Iterator[bytes]:
            with database.read() as tx:
                yield from index.metadata(tx, one.id, *each, untold=seen.untold)

        return Response(asking.send(who, told()), content_type=KIND)

    @pages.get("/studies/<study>/metadata")
    def study_metadata(study: str) -> Response:
        want_json()
        return metadata(study)

    @pages.get("/studies/<study>/series/<series>/metadata")
    def series_metadata(study: str, series: str) -> Response:
        want_json()
        return metadata(study, series)

    @pages.get("/studies/<study>/series/<series>/instances/<image>/metadata")
    def image_metadata(study: str, series: str, image: str) -> Response:
        want_json()
        who = asking.reader()
        one, _passage = asking.open(who, study, Action.EXAM_OPEN)
        whole = _whole(asking, who, one, series, image)
        with database.read() as tx:
            facts = index.facts_of_image(tx, one.id, whole.image.uid) or b"{}"
        return Response(b"[" + facts + b"]", content_type=KIND)


def _add_files(pages: Blueprint, asking: Asking) -> None:
    index, database = asking.rooms.exams.index, asking.rooms.database

    @pages.get("/studies/<study>")
    def study_files(study: str) -> Response:
        who = asking.reader()
        with asking.turn(who, WHOLES) as turn:
            one, _passage = asking.take(who, study, Action.EXAM_DOWNLOAD)
            with database.read() as tx:
                each = index.all_images(tx, one.id)
            return _files(asking, who, one, each, turn)

    @pages.get("/studies/<study>/series/<series>")
    def series_files(study: str, series: str) -> Response:
        who = asking.reader()
        with asking.turn(who, WHOLES) as turn:
            one, _passage = asking.take(who, study, Action.EXAM_DOWNLOAD)
            with database.read() as tx:
                each = index.images(tx, one.id, series)
            return _files(asking, who, one, each, turn)

    @pages.get("/studies/<study>/series/<series>/instances/<image>")
    def image_file(study: str, series: str, image: str) -> Response:
        who = asking.reader()
        with asking.turn(who, SINGLES) as turn:
            one, _passage = asking.take(who, study, Action.EXAM_DOWNLOAD)
            found = _whole(asking, who, one, series, image).image
            return _files(asking, who, one, [found], turn)


def _files(asking: Asking, who: Visitor, one: Exam, each: list[Image], turn: Turn) -> Response:
    rooms = asking.rooms
    with rooms.database.read() as tx:
        each = rooms.untold(tx, who, one.id).left(each)
    if not each:
        raise problems.not_there()
    for syntax in {found.syntax for found in each}:
        accepting.want_files(syntax)
    kind = accepting.DICOM

    goes_on, now = asking.going(who, exam(one.id), Action.EXAM_DOWNLOAD), rooms.now

    def blocks(found: Image) -> Iterator[bytes]:
        asked: int | None = None
        for block in rooms.exams.store.stream(found.place) or ():
            if asked is None or now() - asked >= EVERY:
                if not goes_on():
                    raise Stopped
                asked = now()
            yield block

    parts = [
        Part(f"{kind}; transfer-syntax={found.syntax}", found.size, partial(blocks, found))
        for found in each
    ]
    message, told = _message(kind, parts)
    return _sent(message, told, Running(message.stream(), turn))


def _message(kind: str, parts: list[Part]) -> tuple[Message, str]:
    message = Message(parts, secrets.token_hex(16))
    return message, f'multipart/related; type="{kind}"; boundary={message.border}'


def _sent(message: Message, told: str, content: bytes | Running) -> Response:
    if isinstance(content, bytes):
        # Whole, and without pieces: so the server copies it least.
        return Response([content], content_type=told, direct_passthrough=True)
    response = Response(content, content_type=told)
    # Without it, one that breaks off would end as a whole one does.
    response.content_length = len(message)
    return response


def _whole(asking: Asking, who: Visitor, one: Exam, series: str, image: str) -> Whole:
    with asking.rooms.database.read() as tx:
        whole = asking.rooms.exams.index.image(tx, one.id, image)
        if whole is None or whole.image.place.series != series:
            raise problems.not_there()
        # Few ask for what may say a result.
        asked = says_result(whole.image.kind, whole.image.document)
        if asked and not asking.rooms.untold(tx, who, one.id).left([whole.image]):
            raise problems.not_there()
    return whole


def _numbers(text: str, most: int) -> list[int]:
    """PS3.18 §10.4.1.1.6: counted from 1."""
    each = text.split(",")
    good = [one for one in each if one.isascii() and one.isdigit() and len(one) <= NUMBER]
    if len(good) != len(each) or len(each) > MOST_FRAMES:
        raise problems.wrong("frames", f"Numbers of frames, {MOST_FRAMES} at most.")
    found = [int(one) for one in each]
    if len(set(found)) < len(found):
        raise problems.wrong("frames", "Each frame once.")
    if not all(1 <= one <= most for one in found):
        raise problems.Problem(404, "no-frame", "There is no such frame.")
    return [one - 1 for one in found]


def _length(whole: Whole, number: int) -> int:
    """How long a frame is in its file; 0 where it has to be decoded."""
    return sum(length for _start, length in whole.frames.of(number))


def _frame(asking: Asking, whole: Whole, number: int, *, decoded: bool) -> bytes:
    exams = asking.rooms.exams
    if not decoded:
        found = read_frame(exams.store, whole, number)
        if found is not None:
            return found
    native = exams.pictures.native(whole.image, number)
    if isinstance(native, Refused) or (not decoded and whole.image.syntax in accepting.KINDS):
        raise problems.Problem(404, "no-frame", "This frame can't be read.")
    return native.content


def _rendered(asking: Asking, study: str, series: str, image: str, number: int) -> Response:
    who, kind = asking.reader(), accepting.picture_kind()
    one, _passage = asking.open(who, study, Action.EXAM_IMAGES)
    whole = _whole(asking, who, one, series, image)
    (frame,) = _numbers(str(number), whole.image.frames)
    centre, width = _window(request.args.get("window", ""))
    look = Look(
        frame=frame,
        centre=centre,
        width=width,
        side=_side(request.args.get("viewport", "")),
        kind=kind,
        quality=_quality(request.args.get("quality", "")),
    )
    found = asking.rooms.exams.pictures.look(whole.image, look)
    if isinstance(found, Refused):
        raise problems.Problem(404, "no-frame", "This frame can't be drawn.")
    return Response(found.content, content_type=f"image/{kind}")


def _window(text: str) -> tuple[float | None, float | None]:
    """PS3.18 §8.3.5.1.4: centre, width, function; the function is linear here."""
    if not text:
        return None, None
    try:
        centre, width = (float(one) for one in text.split(",")[:2])
    except ValueError:
        raise problems.wrong("window", "window=centre,width") from None
    if not abs(centre) < 1e7 or not 1 <= width < 1e7:
        raise problems.wrong("window", "window=centre,width")
    return centre, width


def _side(text: str) -> int:
    """The longest side that fits; a picture keeps its shape."""
    if not text:
        return 0
    each = text.split(",")[:2]
    if not all(one.isascii() and one.isdigit() and len(one) <= NUMBER and int(one) for one in each):
        raise problems.wrong("viewport", "viewport=width,height")
    return min(LARGEST_SIDE, *(int(one) for one in each))


def _quality(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 100):
        raise problems.wrong("quality", "quality: 1 to 100")
    return int(text) if text else 85
