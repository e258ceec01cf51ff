# SPDX-License-Identifier: Apache-2.0
"""What is drawn of a known phantom: the right way up, in the right grey."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from imaging_app.dicom.values import Look, Picture, Reason
from tests.imaging.dicom_files import MARKED, image, item, items, many, save

RAMP = np.arange(-1000, 1000, 25, dtype=np.int16).reshape(8, 10)


def drawn(door, tmp_path, made, **look) -> np.ndarray:
    found = door.draw(save(tmp_path, made), Look(kind="png", **look))
    assert isinstance(found, Picture), found
    assert (found.height, found.width) == np.asarray(Image.open(BytesIO(found.content))).shape[:2]
    return np.asarray(Image.open(BytesIO(found.content)))


def expected(values: np.ndarray, centre: float, width: float) -> np.ndarray:
    """PS3.3 §C.11.2.1.2.1, as it is written there."""
    out = np.empty(values.shape)
    for place, x in np.ndenumerate(values.astype(float)):
        if x <= centre - 0.5 - (width - 1) / 2:
            out[place] = 0
        elif x > centre - 0.5 + (width - 1) / 2:
            out[place] = 255
        else:
            out[place] = ((x - (centre - 0.5)) / (width - 1) + 0.5) * 255
    return out


def test_the_marks_are_in_their_corners(door, tmp_path):
    grey = drawn(door, tmp_path, image(), centre=250.0, width=1502.0)
    assert grey.shape == (8, 6)
    assert [int(grey[place]) for place in ((0, 0), (0, -1), (-1, 0), (-1, -1))] == [
        255, 170, 128, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(("centre", "width"), [(40, 400), (-600, 1500), (0, 2), (500, 1)])
def test_a_window_to_the_letter(door, tmp_path, centre, width):
    grey = drawn(door, tmp_path, image(RAMP), centre=float(centre), width=float(width))
    if width > 1:
        assert np.abs(grey - expected(RAMP, centre, width)).max() <= 0.51
    else:
        assert np.array_equal(grey, np.where(centre - 0.5 < RAMP, 255, 0))


def test_the_file_s_own_window_is_the_first_one(door, tmp_path):
    made = image(RAMP, WindowCenter=[40, -600], WindowWidth=[400, 1500])
    assert np.abs(drawn(door, tmp_path, made) - expected(RAMP, 40, 400)).max() <= 0.51


def test_exact_and_curved_windows(door, tmp_path):
    made = image(RAMP, WindowCenter=0, WindowWidth=1000, VOILUTFunction="LINEAR_EXACT")
    grey = drawn(door, tmp_path, made)
    assert np.abs(grey - np.clip((RAMP / 1000 + 0.5) * 255, 0, 255)).max() <= 0.51
    made = image(RAMP, WindowCenter=0, WindowWidth=1000, VOILUTFunction="SIGMOID")
    curve = 255 / (1 + np.exp(-4 * RAMP.astype(float) / 1000))
    assert np.abs(drawn(door, tmp_path, made) - curve).max() <= 0.51


def test_the_modality_comes_before_the_window(door, tmp_path):
    stored = (RAMP + 1024).astype(np.int16)
    made = image(stored, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400)
    assert np.abs(drawn(door, tmp_path, made) - expected(RAMP, 40, 400)).max() <= 0.51


def test_without_a_window_from_the_lowest_to_the_highest(door, tmp_path):
    grey = drawn(door, tmp_path, image(RAMP))
    assert (grey.min(), grey.max()) == (0, 255)
    assert np.all(np.diff(grey.reshape(-1).astype(int)) > 0)


def test_padding_does_not_darken_the_picture(door, tmp_path):
    values = RAMP.copy()
    values[0, :5] = -32768
    grey = drawn(door, tmp_path, image(values, PixelPaddingValue=-32768))
    assert set(grey[0, :5]) == {0}
    assert int(grey[0, 5]) == 0
    assert int(grey[4, 5]) > 100


def test_monochrome_1_and_an_inverse_shape_are_light_where_values_are_low(door, tmp_path):
    plain = drawn(door, tmp_path, image(RAMP, WindowCenter=0, WindowWidth=500))
    for change in (
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"PresentationLUTShape": "INVERSE"},
    ):
        made = image(RAMP, WindowCenter=0, WindowWidth=500, **change)
        assert np.array_equal(drawn(door, tmp_path, made), 255 - plain)
        assert np.array_equal(drawn(door, tmp_path, made, invert=True), plain)


def test_a_table_of_values_of_interest(door, tmp_path):
    values = np.arange(8, dtype=np.uint16).reshape(2, 4)
    table = item(LUTDescriptor=[8, 0, 8], LUTData=[255, 0, 200, 50, 100, 10, 1, 128])
    made = image(values, VOILUTSequence=items(table))
    made.VOILUTSequence[0]["LUTDescriptor"].VR = "US"
    made.VOILUTSequence[0]["LUTData"].VR = "US"
    assert drawn(door, tmp_path, made).reshape(-1).tolist() == [255, 0, 200, 50, 100, 10, 1, 128]


def test_a_palette(door, tmp_path):
    values = np.array([[0, 1], [2, 3]], np.uint8)
    made = image(values, PhotometricInterpretation="PALETTE COLOR")
    for name, data in (
        ("Red", [255, 0, 0, 9]),
        ("Green", [0, 255, 0, 9]),
        ("Blue", [0, 0, 255, 9]),
    ):
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 8])
        made[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(made, f"{name}PaletteColorLookupTableData", bytes(data))
    assert drawn(door, tmp_path, made).tolist() == [
        [[255, 0, 0], [0, 255, 0]],
        [[0, 0, 255], [9, 9, 9]],
    ]


def test_colours_by_brightness_and_difference(door, tmp_path):
    """PS3.3 §C.7.6.3.1.2: pure red, and a grey."""
    ybr = np.array([[[76, 85, 255], [128, 128, 128]]], np.uint8)
    made = image(ybr, PhotometricInterpretation="YBR_FULL")
    found = drawn(door, tmp_path, made).astype(int)
    assert np.abs(found - [[[254, 0, 0], [128, 128, 128]]]).max() <= 1


def test_colours_plane_by_plane(door, tmp_path):
    colours = np.zeros((2, 2, 3), np.uint8)
    colours[0, 0], colours[0, 1], colours[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    made = image(colours, PlanarConfiguration=1, PixelData=colours.transpose(2, 0, 1).tobytes())
    assert np.array_equal(drawn(door, tmp_path, made), colours)


def test_each_frame_by_its_own_settings(door, tmp_path):
    def group(slope):
        change = item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")
        return item(PixelValueTransformationSequence=items(change))

    window = item(FrameVOILUTSequence=items(item(WindowCenter=50, WindowWidth=101)))
    made = many(
        3,
        PerFrameFunctionalGroupsSequence=items(group(1), group(10), group(25)),
        SharedFunctionalGroupsSequence=items(window),
    )
    shown = [int(drawn(door, tmp_path, made, frame=number)[0, 0]) for number in range(3)]
    assert shown == [round((value - 49.5) / 100 * 255 + 127.5) for value in (0, 10, 50)]


def test_a_thumbnail_keeps_its_shape(door, tmp_path):
    wide = np.zeros((100, 300), np.int16)
    assert drawn(door, tmp_path, image(wide), side=150).shape == (50, 150)
    assert drawn(door, tmp_path, image(wide), side=900).shape == (100, 300)
    # Of pixels that are twice as high as wide.
    assert drawn(door, tmp_path, image(wide, PixelSpacing=[2, 1]), side=150).shape == (100, 150)


@pytest.mark.parametrize(("kind", "begin"), [("jpeg", b"\xff\xd8"), ("webp", b"RIFF")])
def test_other_forms(door, tmp_path, kind, begin):
    found = door.draw(save(tmp_path, image(RAMP)), Look(kind=kind))
    assert found.content.startswith(begin)


def test_numbers_that_are_none_do_not_break_it(door, tmp_path):
    made = image(MARKED, RescaleSlope=None, WindowCenter=None)
    for tag, told in ((0x00281053, "abc"), (0x00281050, "x"), (0x00281051, "-5")):
        made.add_new(tag, "LO", told)
    assert drawn(door, tmp_path, made).max() == 255


def test_a_broken_table_is_a_reason(door, tmp_path):
    made = image(RAMP, VOILUTSequence=items(item(LUTExplanation="x")))
    assert door.draw(save(tmp_path, made), Look()).reason == Reason.WRONG_PIXELS
