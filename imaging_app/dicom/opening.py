# SPDX-License-Identifier: Apache-2.0
"""A file up to its pixels: signature, syntax, elements counted as they come.

Only the child imports this.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydicom.config import IGNORE, settings
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_file_meta_info, read_preamble
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.values import Reason

# Of pixels as integers, as floats and as doubles.
PIXELS: Final = (0x7FE00010, 0x7FE00008, 0x7FE00009)
UNDEFINED: Final = 0xFFFFFFFF
GROUP_LENGTH: Final = struct.Struct("<HH2sHL")
# What is wrong in a value is seen where it is read, and never written on a stream.
settings.reading_validation_mode = IGNORE


@dataclass(slots=True)
class Pixels:
    """Where the pixels begin, and how long they are (or UNDEFINED: in fragments)."""

    keyword: str
    start: int
    length: int


@dataclass(slots=True)
class Opened:
    """A file as far as it is read."""

    dataset: Dataset
    meta: FileMetaDataset
    syntax: UID
    # The file, or what it became where it was deflated.
    source: BinaryIO
    size: int
    deflated: bool
    pixels: Pixels | None

    def close(self) -> None:
        """Give the file back."""
        self.source.close()


class Reader:
    """Counts elements, and stops before the pixels."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.elements
        self.count = 0
        self.stopped: tuple[int, int] | None = None

    def stop(self, tag: int, _vr: str | None, length: int) -> bool:
        """Whether the elements end here."""
        self.count += 1
        if self.count > self._most:
            raise Unfit(Reason.TOO_MANY, "elements")
        if int(tag) in PIXELS:
            self.stopped = (int(tag), length)
        return self.stopped is not None


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that somebody else opened, twice: each has a place of its own in it. They close it."""

    head: int
    whole: int


def open_file(file: Path | Handed, limits: Limits) -> Opened:
    """The file, its elements read up to the pixels."""
    source: BinaryIO
    # What takes a path takes the number of an open file, too, and closes that.
    head: Any
    if isinstance(file, Handed):
        source, head = os.fdopen(file.whole, "rb", closefd=False), os.dup(file.head)
    else:
        source, head = file.open("rb"), os.fspath(file)
    size = os.fstat(source.fileno()).st_size
    if size > limits.file:
        raise Unfit(Reason.TOO_LARGE, "file")
    try:
        read_preamble(source, force=False)
    except InvalidDicomError as fault:
        raise Unfit(Reason.NOT_DICOM) from fault
    meta = read_file_meta_info(head)
    syntax = UID(str(meta.get("TransferSyntaxUID", "")))
    if not syntax.is_transfer_syntax:
        raise Unfit(Reason.UNKNOWN_SYNTAX)
    _skip_meta(source)
    deflated = syntax == DeflatedExplicitVRLittleEndian
    if deflated:
        source = _inflate(source, limits.inflated)
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
    reader = Reader(limits)
    little = syntax.is_little_endian
    dataset = read_dataset(source, syntax == ImplicitVRLittleEndian, little, stop_when=reader.stop)
    check_whole(dataset)
    pixels = _pixels(source, size, reader)
    return Opened(dataset, meta, syntax, source, size, deflated, pixels)


def _skip_meta(source: BinaryIO) -> None:
    """Go where the elements of the file itself begin: by the length that the meta group tells."""
    start = source.tell()
    head = source.read(GROUP_LENGTH.size)
    if len(head) < GROUP_LENGTH.size:
        raise Unfit(Reason.TRUNCATED)
    group, element, kind, length, told = GROUP_LENGTH.unpack(head)
    if (group, element, kind, length) == (2, 0, b"UL", 4):
        source.seek(told, os.SEEK_CUR)
        if source.read(2) not in {b"\x02\x00", b""}:
            source.seek(-2, os.SEEK_CUR)
            return
    source.seek(start)
    # It tells none, or a wrong one: element by element.
    read_dataset(source, is_implicit_VR=False, is_little_endian=True, stop_when=_beyond_meta)


def _beyond_meta(tag: int, _vr: str | None, _length: int) -> bool:
    return int(tag) >> 16 != 2


def _inflate(source: BinaryIO, most: int) -> BinaryIO:
    """What a deflated file is, as long as it is no bomb."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    whole = bytearray()
    while block := source.read(1 << 20):
        while block:
            try:
                whole += inflater.decompress(block, 1 << 20)
            except zlib.error as fault:
                raise Unfit(Reason.MALFORMED, "deflate") from fault
            if len(whole) > most:
                raise Unfit(Reason.TOO_LARGE, "inflated")
            block = inflater.unconsumed_tail
    if not inflater.eof:
        raise Unfit(Reason.TRUNCATED, "deflate")
    return BytesIO(whole)


def check_whole(dataset: Dataset) -> None:
    """PS3.5 §7.1: a value that is shorter than it says means that the rest is missing."""
    for tag in list(dataset.keys()):
        raw: Any = dataset.get_item(tag)
        if (
            isinstance(raw, RawDataElement)
            and raw.length != UNDEFINED
            and len(raw.value or b"") < raw.length
        ):
            raise Unfit(Reason.TRUNCATED, "element")


def _pixels(source: BinaryIO, size: int, reader: Reader) -> Pixels | None:
    if reader.stopped is None:
        if source.tell() < size:
            raise Unfit(Reason.MALFORMED, "elements")
        return None
    tag, length = reader.stopped
    head = source.read(8)
    # With its kind spelled out, a long one has two bytes in reserve and its length after them.
    if head[4:6] in {b"OB", b"OW", b"OF", b"OD", b"UN"}:
        source.seek(4, os.SEEK_CUR)
    keywords = dict(
        zip(PIXELS, ("PixelData", "FloatPixelData", "DoubleFloatPixelData"), strict=True)
    )
    found = Pixels(keywords[tag], source.tell(), length)
    if length != UNDEFINED and found.start + length > size:
        raise Unfit(Reason.TRUNCATED, "pixels")
    return found
