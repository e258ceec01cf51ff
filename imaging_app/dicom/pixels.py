# SPDX-License-Identifier: Apache-2.0
"""One frame decoded. Only the child imports this."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.fragments import find_frames, frame_count, frame_size, read_frame
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.opening import UNDEFINED, Opened
from imaging_app.dicom.values import Native, Reason

Samples = NDArray[Any]
# What a decoder must know of a frame (PS3.3 §C.7.6.3).
NEEDED: Final = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)
FLOATS: Final = {"FloatPixelData": np.float32, "DoubleFloatPixelData": np.float64}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows of columns, or rows of columns of colours."""

    samples: Samples
    # What they are now: colours by their parts have become red, green, blue.
    photometric: str


def decode(opened: Opened, number: int, limits: Limits) -> Decoded:
    """One frame, as numbers."""
    if opened.pixels is None:
        raise Unfit(Reason.NO_FRAME)
    if not 0 <= number < frame_count(opened.dataset, limits):
        raise Unfit(Reason.NO_FRAME)
    content = _bytes_of(opened, number, limits)
    dtype = FLOATS.get(opened.pixels.keyword)
    if dtype is not None:
        shape = (int(opened.dataset.Rows), int(opened.dataset.Columns))
        return Decoded(_floats(opened, content, dtype).reshape(shape), "MONOCHROME2")
    if opened.dataset.BitsAllocated == 1:
        return _bits(opened, content, number)
    return _integers(opened, content)


def _bytes_of(opened: Opened, number: int, limits: Limits) -> bytes:
    frames = find_frames(opened, limits)
    if len(frames):
        return read_frame(opened, frames, number, limits)
    size, bits = frame_size(opened.dataset)
    if opened.pixels is None or opened.pixels.length == UNDEFINED or size > limits.frame:
        raise Unfit(Reason.NO_FRAME)
    # Deflated, or frames that begin within a byte.
    first, last = number * (size * 8 + bits), (number + 1) * (size * 8 + bits)
    opened.source.seek(opened.pixels.start + first // 8)
    return opened.source.read((last + 7) // 8 - first // 8)


def _floats(opened: Opened, content: bytes, dtype: Any) -> Samples:
    order = "<" if opened.syntax.is_little_endian else ">"
    return np.frombuffer(content, np.dtype(dtype).newbyteorder(order)).astype(dtype)


def _bits(opened: Opened, content: bytes, number: int) -> Decoded:
    """PS3.5 §8.1.1: eight pixels a byte, the first in the lowest bit, frames without a gap."""
    rows, columns = int(opened.dataset.Rows), int(opened.dataset.Columns)
    skipped = number * rows * columns % 8
    every = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
    shape = (rows, columns)
    return Decoded(every[skipped : skipped + rows * columns].reshape(shape), _photometric(opened))


def _photometric(opened: Opened) -> str:
    return str(opened.dataset.get("PhotometricInterpretation") or "MONOCHROME2").strip()


def _integers(opened: Opened, content: bytes) -> Decoded:
    """By the decoders that are there, from a data set that holds this frame and nothing else."""
    alone = Dataset()
    for keyword in NEEDED:
        if keyword in opened.dataset:
            setattr(alone, keyword, opened.dataset[keyword].value)
    encapsulated = opened.syntax.is_encapsulated
    alone.PixelData = encapsulate([content]) if encapsulated else _even(content)
    alone["PixelData"].VR = "OB" if encapsulated or alone.BitsAllocated <= 8 else "OW"
    alone["PixelData"].is_undefined_length = encapsulated
    alone.file_meta = type(opened.meta)()
    alone.file_meta.TransferSyntaxUID = opened.syntax
    alone.set_original_encoding(
        is_implicit_vr=False, is_little_endian=opened.syntax.is_little_endian
    )
    try:
        decoder = get_decoder(opened.syntax)
    except NotImplementedError as fault:
        raise Unfit(Reason.NO_DECODER) from fault
    if not decoder.is_available:
        raise Unfit(Reason.NO_DECODER)
    try:
        samples, told = decoder.as_array(alone, index=0)
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError) as fault:
        # A codec that nobody here knows has the same exception as a broken picture.
        unknown = opened.syntax in TWELVE_BITS and alone.get("BitsStored") != 8
        raise Unfit(Reason.NO_DECODER if unknown else Reason.WRONG_PIXELS, "decoder") from fault
    return Decoded(samples, str(told["photometric_interpretation"]))


# JPEG Extended: the decoders that are free to use know its eight bits only.
TWELVE_BITS: Final = {"1.2.840.10008.1.2.4.51"}


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)


def native(opened: Opened, number: int, limits: Limits) -> Native:
    """One frame as little-endian samples, whatever it was compressed by (PS3.18 §8.7.3.5.2)."""
    decoded = decode(opened, number, limits)
    samples = np.ascontiguousarray(decoded.samples)
    little = samples.astype(samples.dtype.newbyteorder("<"), copy=False)
    return Native(
        content=little.tobytes(),
        rows=samples.shape[0],
        columns=samples.shape[1],
        samples=samples.shape[2] if samples.ndim == 3 else 1,
        bits=samples.dtype.itemsize * 8,
        signed=bool(samples.dtype.kind == "i"),
        photometric=decoded.photometric,
    )
