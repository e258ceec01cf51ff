# SPDX-License-Identifier: Apache-2.0
"""Where each frame lies in a file (PS3.5 §8.2, §A.4). Only the child imports this."""

import struct
from array import array
from typing import BinaryIO, Final

from pydicom.dataset import Dataset

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.opening import UNDEFINED, Opened
from imaging_app.dicom.values import Frames, Reason

ITEM: Final = 0xFFFEE000
END: Final = 0xFFFEE0DD
HEAD: Final = struct.Struct("<HHL")
# How a picture begins: JPEG and JPEG-LS, JPEG 2000.
BEGINS: Final = (b"\xff\xd8", b"\xff\x4f")
Piece = tuple[int, int]


def frame_count(dataset: Dataset, limits: Limits) -> int:
    """How many frames the file says it has."""
    try:
        count = int(dataset.get("NumberOfFrames") or 1)
    except (TypeError, ValueError) as fault:
        raise Unfit(Reason.WRONG_PIXELS, "frames") from fault
    if not 1 <= count <= limits.frames:
        raise Unfit(Reason.TOO_MANY if count > 0 else Reason.WRONG_PIXELS, "frames")
    return count


def frame_size(dataset: Dataset) -> tuple[int, int]:
    """Bytes of one frame that is not compressed, and the bits beyond them."""
    try:
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        samples, bits = int(dataset.get("SamplesPerPixel") or 1), int(dataset.BitsAllocated)
    except (AttributeError, TypeError, ValueError) as fault:
        raise Unfit(Reason.WRONG_PIXELS, "description") from fault
    if min(rows, columns, samples, bits) < 1 or bits not in {1, 8, 16, 32, 64}:
        raise Unfit(Reason.WRONG_PIXELS, "description")
    # PS3.3 §C.7.6.3.1.2: with half the colour, two samples a pixel are written of three.
    if samples == 3 and str(dataset.get("PhotometricInterpretation")) == "YBR_FULL_422":
        samples = 2
    return divmod(rows * columns * samples * bits, 8)


def find_frames(opened: Opened, limits: Limits) -> Frames:
    """Where they lie; nothing where no frame can be copied out as it is."""
    pixels = opened.pixels
    if pixels is None:
        return Frames()
    count = frame_count(opened.dataset, limits)
    size, bits = frame_size(opened.dataset)
    if max(size, 1) > limits.frame:
        raise Unfit(Reason.TOO_LARGE, "frame")
    if pixels.length != UNDEFINED:
        if opened.syntax.is_encapsulated:
            raise Unfit(Reason.WRONG_PIXELS, "not in fragments")
        if (size * 8 + bits) * count > pixels.length * 8:
            raise Unfit(Reason.TRUNCATED, "pixels")
        if bits or opened.deflated:
            return Frames()
        return Frames(even=(count, pixels.start, size))
    if not opened.syntax.is_encapsulated:
        raise Unfit(Reason.WRONG_PIXELS, "in fragments")
    opened.source.seek(pixels.start)
    table, pieces = _pieces(opened.source, opened.size, limits)
    return Frames(pieces=tuple(_in_frames(opened, count, table, pieces)))


def _pieces(source: BinaryIO, size: int, limits: Limits) -> tuple[bytes, list[Piece]]:
    """The table of offsets, and where each fragment lies."""
    table, pieces = None, list[Piece]()
    while True:
        head = source.read(HEAD.size)
        if len(head) < HEAD.size:
            raise Unfit(Reason.TRUNCATED, "fragments")
        group, element, length = HEAD.unpack(head)
        tag, start = group << 16 | element, source.tell()
        if tag == END:
            break
        if tag != ITEM or length == UNDEFINED:
            raise Unfit(Reason.WRONG_PIXELS, "fragments")
        if start + length > size:
            raise Unfit(Reason.TRUNCATED, "fragments")
        if table is None:
            table = source.read(length)
        else:
            pieces.append((start, length))
            source.seek(start + length)
        if len(pieces) > limits.frames * 4:
            raise Unfit(Reason.TOO_MANY, "fragments")
    if not pieces:
        raise Unfit(Reason.WRONG_PIXELS, "no fragment")
    return table or b"", pieces


def _in_frames(
    opened: Opened, count: int, table: bytes, pieces: list[Piece]
) -> list[tuple[Piece, ...]]:
    if count == 1:
        return [tuple(pieces)]
    if len(pieces) == count:
        return [(one,) for one in pieces]
    # Offsets count from the first fragment's own head.
    first = pieces[0][0] - HEAD.size
    starts = [first + offset for offset in _offsets(opened.dataset, table)]
    if len(starts) != count:
        starts = _beginnings(opened.source, pieces)
    heads = {start - HEAD.size: place for place, (start, _length) in enumerate(pieces)}
    places = [heads.get(start) for start in starts]
    if len(places) != count or None in places or places[0] != 0:
        raise Unfit(Reason.WRONG_PIXELS, "no frame by itself")
    known = [place for place in places if place is not None]
    if sorted(set(known)) != known:
        raise Unfit(Reason.WRONG_PIXELS, "offsets")
    ends = [*known[1:], len(pieces)]
    return [tuple(pieces[start:end]) for start, end in zip(known, ends, strict=True)]


def _offsets(dataset: Dataset, table: bytes) -> list[int]:
    extended = dataset.get("ExtendedOffsetTable")
    if isinstance(extended, bytes) and len(extended) % 8 == 0 and extended:
        return [one for (one,) in struct.iter_unpack("<Q", extended)]
    if len(table) % 4:
        raise Unfit(Reason.WRONG_PIXELS, "offsets")
    return [one for (one,) in struct.iter_unpack("<L", table)]


def _beginnings(source: BinaryIO, pieces: list[Piece]) -> list[int]:
    """Where a new picture begins, for files that tell no offsets."""
    found = array("Q")
    for start, _length in pieces:
        source.seek(start)
        if source.read(2) in BEGINS:
            found.append(start - HEAD.size)
    return list(found)


def read_frame(opened: Opened, frames: Frames, number: int, limits: Limits) -> bytes:
    """A frame as it lies in the file."""
    where = frames.of(number)
    if not where:
        raise Unfit(Reason.NO_FRAME)
    if sum(length for _start, length in where) > limits.frame:
        raise Unfit(Reason.TOO_LARGE, "frame")
    parts = []
    for start, length in where:
        opened.source.seek(start)
        parts.append(opened.source.read(length))
    return b"".join(parts)
