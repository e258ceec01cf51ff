# SPDX-License-Identifier: Apache-2.0
"""From stored numbers to grey: modality, then values of interest (PS3.3 §C.11). Child only."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.pixels import Samples
from imaging_app.dicom.values import Look, Reason

Grey = NDArray[np.uint8]
# In which group of an image with many frames something stands.
GROUPS: Final = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")
WIDE_ENOUGH: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Window:
    """What is between black and white."""

    centre: float
    width: float
    function: str = "LINEAR"


def part_of(dataset: Dataset, keyword: str, frame: int) -> Dataset:
    """Where a frame's own settings stand: in its group, in the one for all, or in the image."""
    for name, place in ((GROUPS[0], frame), (GROUPS[1], 0)):
        groups = dataset.get(name)
        if groups and place < len(groups):
            inner = groups[place].get(keyword)
            if inner:
                found: Dataset = inner[0]
                return found
    return dataset


def to_grey(samples: Samples, dataset: Dataset, look: Look, *, inverse: bool) -> Grey:
    """Eight bits, white for the highest value unless inverse."""
    values = _modality(samples, part_of(dataset, "PixelValueTransformationSequence", look.frame))
    interest = part_of(dataset, "FrameVOILUTSequence", look.frame)
    if look.width is None and interest.get("VOILUTSequence") and values.dtype.kind in "iu":
        grey = _by_table(values, interest)
    else:
        known = values[_is_value(samples, dataset)]
        window = _asked(look) or _own(interest) or _whole(known)
        grey = apply(values, window)
    return 255 - grey if inverse != look.invert else grey


def _modality(samples: Samples, part: Dataset) -> Samples:
    if part.get("ModalityLUTSequence"):
        found: Samples = apply_modality_lut(samples, part)
        return found
    slope, intercept = _number(part, "RescaleSlope", 1.0), _number(part, "RescaleIntercept", 0.0)
    if slope == 1.0 and intercept == 0.0:
        return samples
    return samples.astype(np.float32) * np.float32(slope) + np.float32(intercept)


def _number(part: Dataset, keyword: str, otherwise: float) -> float:
    try:
        value = part.get(keyword)
        found = otherwise if value is None or value == "" else float(_first(value))
    except (TypeError, ValueError, IndexError):
        return otherwise
    return found if np.isfinite(found) else otherwise


def _first(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else value[0]


def _is_value(samples: Samples, dataset: Dataset) -> NDArray[np.bool_]:
    """What is no padding around the picture (PS3.3 §C.7.5.1.1.2), nor no number at all."""
    known = np.isfinite(samples)
    if "PixelPaddingValue" in dataset:
        padding = _number(dataset, "PixelPaddingValue", 0)
        limit = _number(dataset, "PixelPaddingRangeLimit", padding)
        known &= (samples < min(padding, limit)) | (samples > max(padding, limit))
    return known


def _by_table(values: Samples, part: Dataset) -> Grey:
    table = part.VOILUTSequence[0]
    try:
        bits = int(table.LUTDescriptor[2])
        found = apply_voi(values, part)
    except (AttributeError, IndexError, TypeError, ValueError, NotImplementedError) as fault:
        raise Unfit(Reason.WRONG_PIXELS, "table") from fault
    highest = float((1 << bits) - 1) or 1.0
    return np.clip(found / highest * 255.0 + 0.5, 0, 255).astype(np.uint8)


def _asked(look: Look) -> Window | None:
    if look.centre is None or look.width is None:
        return None
    return Window(look.centre, max(look.width, WIDE_ENOUGH))


def _own(part: Dataset) -> Window | None:
    width = _number(part, "WindowWidth", 0.0)
    if width <= 0 or part.get("WindowCenter") in (None, ""):
        return None
    function = str(part.get("VOILUTFunction") or "LINEAR").strip()
    return Window(_number(part, "WindowCenter", 0.0), width, function)


def _whole(values: Samples) -> Window:
    """From the lowest to the highest, where nobody says more."""
    if not values.size:
        return Window(0.5, 1.0, "LINEAR_EXACT")
    low, high = float(values.min()), float(values.max())
    return Window((low + high) / 2, max(high - low, 1.0), "LINEAR_EXACT")


def apply(values: Samples, window: Window) -> Grey:
    """PS3.3 §C.11.2.1.2 and §C.11.2.1.3."""
    numbers = np.nan_to_num(values.astype(np.float32, copy=False))
    centre, width = window.centre, window.width
    if window.function == "SIGMOID":
        steps = np.clip(-4 * (numbers - centre) / max(width, WIDE_ENOUGH), -60, 60)
        scaled = 255.0 / (1 + np.exp(steps))
    elif window.function == "LINEAR_EXACT":
        scaled = ((numbers - centre) / max(width, WIDE_ENOUGH) + 0.5) * 255.0
    elif width <= 1:
        # A window of one: below it is black, the rest is white.
        scaled = np.where(numbers > centre - 0.5, 255.0, 0.0)
    else:
        scaled = ((numbers - (centre - 0.5)) / (width - 1) + 0.5) * 255.0
    grey: Grey = np.clip(np.floor(scaled + 0.5), 0, 255).astype(np.uint8)
    return grey
