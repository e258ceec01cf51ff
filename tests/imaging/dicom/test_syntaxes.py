# SPDX-License-Identifier: Apache-2.0
"""Every syntax there is in pydicom's own files, and those made here, frame by frame."""

import numpy as np
import pydicom
import pytest
from pydicom.pixels import get_encoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from imaging_app.dicom.values import Look, Native, Picture, Reason, Refused
from tests.imaging.dicom_files import MARKED, SHIPPED, compressed, image, many, save

MR = ("bigendian", "expb", "implicit", "RLE", "jp2klossless", "jpeg_ls_lossless", "padded")
DRAWN = [
    "693_J2KI.dcm",
    "ExplVR_BigEnd.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEG2000.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPEGLSNearLossless_16.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jls_lossy_sample.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "examples_jpeg2k.dcm",
    "examples_overlay.dcm",
    "examples_palette.dcm",
    "image_dfl.dcm",
    "liver_1frame.dcm",
    "liver_expb_1frame.dcm",
    "rtdose.dcm",
    "rtdose_expb.dcm",
    "rtdose_rle.dcm",
]


def samples(found) -> np.ndarray:
    assert isinstance(found, Native), found
    kind = f"<{'i' if found.signed else 'u'}{found.bits // 8}"
    shape = (found.rows, found.columns) + ((found.samples,) if found.samples > 1 else ())
    return np.frombuffer(found.content, kind).reshape(shape)


@pytest.mark.parametrize("name", MR)
def test_the_same_picture_in_every_syntax(door, name):
    plain = samples(door.frame(SHIPPED / "MR_small.dcm", 0))
    assert np.array_equal(samples(door.frame(SHIPPED / f"MR_small_{name}.dcm", 0)), plain)


@pytest.mark.parametrize("name", ["jpeg_gdcm", "rle", "gdcm_KY", "jpeg_dcmtk"])
def test_colours_in_every_syntax(door, name):
    """The first stripes are red, green and blue in all of these files."""
    rows = samples(door.frame(SHIPPED / f"SC_rgb_{name}.dcm", 0))
    for line, colour in ((5, (255, 0, 0)), (25, (0, 255, 0)), (45, (0, 0, 255))):
        assert np.abs(rows[line, 50].astype(int) - colour).max() <= 6


@pytest.mark.parametrize("name", DRAWN)
def test_it_is_drawn(door, name):
    found = door.draw(SHIPPED / name, Look(kind="png"))
    assert isinstance(found, Picture), found
    assert found.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["JPEG-lossy.dcm", "JPGExtended.dcm"])
def test_twelve_bits_of_jpeg_are_refused_by_name(door, name):
    assert door.draw(SHIPPED / name, Look()) == Refused(Reason.NO_DECODER, "decoder")


@pytest.mark.parametrize("number", [0, 7, 14])
def test_frames_are_told_apart_in_every_syntax(door, number):
    plain = samples(door.frame(SHIPPED / "rtdose.dcm", number))
    for name in ("rtdose_expb", "rtdose_rle"):
        assert np.array_equal(samples(door.frame(SHIPPED / f"{name}.dcm", number)), plain)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_frames_of_plain_syntaxes(door, tmp_path, syntax):
    made = many(3)
    made.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        made.PixelData = np.frombuffer(made.PixelData, "<i2").astype(">i2").tobytes()
    path = tmp_path / "image.dcm"
    pydicom.dcmwrite(
        path,
        made,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        force_encoding=True,
    )
    for number in range(3):
        assert set(samples(door.frame(path, number)).flat) == {number}


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"]
)
def test_frames_of_compressed_syntaxes(door, tmp_path, syntax):
    """The marks are where they were, and every frame is its own."""
    marked = np.kron(MARKED, np.ones((16, 16), np.int16))
    made = image(marked, NumberOfFrames=3)
    encoder = get_encoder(syntax)
    every = np.stack([marked + number for number in range(3)]).astype(np.int16)
    alone = image(marked)
    frames = []
    for one in every:
        alone.PixelData = one.tobytes()
        frames.append(encoder.encode(alone, index=0))
    path = save(tmp_path, compressed(made, syntax, frames))
    for number in (2, 0, 1):
        assert np.array_equal(samples(door.frame(path, number)), every[number])


def test_a_frame_that_is_not_there(door, tmp_path):
    path = save(tmp_path, many(3))
    for number in (3, -1, 10**9):
        assert door.frame(path, number) == Refused(Reason.NO_FRAME)
    assert door.frame(SHIPPED / "test-SR.dcm", 0) == Refused(Reason.NO_FRAME)


def test_single_bits_begin_within_a_byte(door, tmp_path):
    every = np.zeros((3, 3, 3), np.uint8)
    for number in range(3):
        every[number, number, 0] = 1
    packed = np.packbits(every.reshape(-1), bitorder="little").tobytes()
    made = image(
        every[0], NumberOfFrames=3, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed
    )
    path = save(tmp_path, made)
    for number in range(3):
        assert np.array_equal(samples(door.frame(path, number)), every[number])
