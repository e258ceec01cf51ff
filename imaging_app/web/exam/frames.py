# SPDX-License-Identifier: Apache-2.0
"""What the viewer reads: metadata, frames (PS3.18 §10.4), and small pictures of them.

Each is decided anew; what is read was decided about before, and its trace is committed.
"""

import secrets
import zlib
from collections.abc import Iterator
from typing import Final

from flask import Flask, abort, make_response, request
from werkzeug.wrappers import Response

from imaging_app.dicom.uids import is_uid
from imaging_app.dicom.values import Look, Picture, Reason, Refused
from imaging_app.exams.index import read_frame
from imaging_app.exams.looks import Shown, shown_series
from imaging_app.exams.pictures import THUMBNAIL
from imaging_app.exams.values import Whole
from imaging_app.limits.turns import Busy
from imaging_app.web.busy import wait_unseen
from imaging_app.web.exam.guests import Guest, watching
from imaging_app.web.portal import Portal

NATIVE: Final = "1.2.840.10008.1.2.1"
# What the viewer's own decoders know; everything else is decoded behind the door.
KNOWN: Final = {
    "1.2.840.10008.1.2", NATIVE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
    *(f"1.2.840.10008.1.2.4.{one}" for one in (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203)),
}  # fmt: skip
# Of these, what lies in a file can be packed; everything else is packed already.
PLAIN: Final = {"1.2.840.10008.1.2", NATIVE, "1.2.840.10008.1.2.2"}
# Of the first look: as sharp as most panes are wide.
SIDE: Final = 1024
BUSY: Final = {Reason.BUSY, Reason.TOO_SLOW}
UNAVAILABLE, UNSUPPORTED, NOT_FOUND = 503, 415, 404


def add_frame_addresses(app: Flask, portal: Portal) -> None:
    """Below `/exams/<exam>`: `first`, `series/…` and `images/…/frames/…`."""
    rooms = portal.rooms
    index, pictures = rooms.exams.index, rooms.exams.pictures

    @app.get("/exams/<name>/first")
    def exam_first(name: str) -> Response:
        watching(portal, name)
        with rooms.database.read() as tx:
            shown = shown_series(index, tx, name)
        one = shown[0] if shown else abort(NOT_FOUND)
        look = Look(frame=one.frame, side=SIDE, kind="jpeg")
        return _picture(pictures.look(one.image, look))

    @app.get("/exams/<name>/series/<uid>/picture")
    def exam_thumbnail(name: str, uid: str) -> Response:
        watching(portal, name)
        with rooms.database.read() as tx:
            shown = shown_series(index, tx, name)
        one = _of_series(shown, uid)
        look = Look(frame=one.frame, side=THUMBNAIL, kind="webp", quality=75)
        return _picture(pictures.look(one.image, look))

    @app.get("/exams/<name>/series/<uid>/metadata")
    def exam_metadata(name: str, uid: str) -> Response:
        guest = watching(portal, name)
        with rooms.database.read() as tx:
            exam = index.exam(tx, name) or abort(NOT_FOUND)
            seen = rooms.seen(tx, guest.visitor, exam)
        if uid not in {one.uid for one in seen.series}:
            abort(NOT_FOUND)

        def told() -> Iterator[bytes]:
            with rooms.database.read() as tx:
                yield from index.metadata(tx, name, uid, untold=seen.untold)

        return _streamed(portal, guest, told(), "application/dicom+json")

    @app.get("/exams/<name>/images/<uid>/frames/<int:number>")
    def exam_frame(name: str, uid: str, number: int) -> Response:
        watching(portal, name)
        if not is_uid(uid):
            abort(NOT_FOUND)
        with rooms.database.read() as tx:
            whole = index.image(tx, name, uid)
        if whole is None or not 1 <= number <= whole.image.frames:
            abort(NOT_FOUND)
        return _frame(portal, whole, number - 1)


def _of_series(shown: list[Shown], uid: str) -> Shown:
    found = [one for one in shown if one.series.uid == uid]
    return found[0] if found else abort(NOT_FOUND)


def _frame(portal: Portal, whole: Whole, number: int) -> Response:
    """As it lies in the file, where the viewer can read that; else decoded."""
    if whole.image.syntax in KNOWN and not _is_packed(whole):
        content = read_frame(portal.rooms.exams.store, whole, number)
        if content is not None:
            return _part(content, whole.image.syntax)
    found = portal.rooms.exams.pictures.native(whole.image, number)
    if isinstance(found, Refused):
        abort(_status(found))
    if found.samples > 1:
        # Its colours are others now than the metadata tell: a wrong picture is worse than none.
        abort(UNSUPPORTED)
    return _part(found.content, NATIVE)


def _is_packed(whole: Whole) -> bool:
    """Whether eight pixels share a byte, which the viewer does not take apart."""
    even, image = whole.frames.even, whole.image
    return even is not None and even[2] < image.rows * image.columns


def _part(content: bytes, syntax: str) -> Response:
    """PS3.18 §8.6.1.2: one part, between words that no picture holds by chance."""
    cut = secrets.token_hex(16).encode()
    head = b"Content-Type: application/octet-stream; transfer-syntax=" + syntax.encode()
    body = b"".join((b"--", cut, b"\r\n", head, b"\r\n\r\n", content, b"\r\n--", cut, b"--\r\n"))
    response = _spared(body) if syntax in PLAIN else _whole(body)
    response.content_type = (
        f'multipart/related; type="application/octet-stream"; boundary={cut.decode()}'
    )
    return response


def _spared(body: bytes) -> Response:
    """Half as long for whoever says that their line is slow: on others packing takes longer."""
    spares = request.headers.get("Save-Data", "").strip().lower() == "on"
    if not spares or not request.accept_encodings["gzip"]:
        return _whole(body)
    packer = _packer()
    response = make_response(packer.compress(body) + packer.flush())
    response.content_encoding = "gzip"
    return response


def _whole(body: bytes) -> Response:
    """Without pieces: so the server copies it least."""
    return Response([body], direct_passthrough=True)


def _picture(found: Picture | Refused) -> Response:
    if isinstance(found, Refused):
        abort(_status(found))
    response = make_response(found.content)
    response.content_type = f"image/{found.kind}"
    return response


def _status(refused: Refused) -> int:
    if refused.reason in BUSY:
        return UNAVAILABLE
    return NOT_FOUND if refused.reason is Reason.NO_FRAME else UNSUPPORTED


def _streamed(portal: Portal, guest: Guest, pieces: Iterator[bytes], kind: str) -> Response:
    """Packed on its way: of thousands of images nearly all is said again and again."""
    packs = bool(request.accept_encodings.best_match(["gzip"]))
    blocks = _packed(pieces) if packs else pieces
    found = portal.rooms.streams.send(guest.visitor.subject, blocks)
    if isinstance(found, Busy):
        return wait_unseen(found)
    response = Response(found)
    response.content_type = kind
    response.vary.add("Accept-Encoding")
    if packs:
        response.content_encoding = "gzip"
    return response


def _packer() -> "zlib._Compress":
    """By gzip, as quick as can be."""
    return zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = _packer()
    for piece in pieces:
        if block := packer.compress(piece):
            yield block
    yield packer.flush()
