# SPDX-License-Identifier: Apache-2.0
"""A frame as a browser shows it: the first look, and thumbnails. Only the child imports this."""

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.grey import to_grey
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.opening import Opened
from imaging_app.dicom.pixels import Decoded, decode
from imaging_app.dicom.values import Look, Picture, Reason

FORMATS: Final = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
MOST_SIDE: Final = 16_384


def draw(opened: Opened, look: Look, limits: Limits) -> Picture:
    """One frame."""
    decoded = decode(opened, look.frame, limits)
    image = Image.fromarray(_eight_bits(opened.dataset, decoded, look))
    image = _sized(image, _height_of_a_pixel(opened.dataset), look.side)
    out = BytesIO()
    extra = {} if look.kind == "png" else {"quality": look.quality}
    image.save(out, FORMATS[look.kind], **extra)
    return Picture(out.getvalue(), look.kind, image.width, image.height)


def _eight_bits(dataset: Dataset, decoded: Decoded, look: Look) -> NDArray[np.uint8]:
    samples = decoded.samples
    if decoded.photometric == "PALETTE COLOR":
        try:
            samples = apply_color_lut(samples, dataset)
        except (AttributeError, IndexError, TypeError, ValueError) as fault:
            raise Unfit(Reason.WRONG_PIXELS, "palette") from fault
        return _coloured(samples, int(dataset.RedPaletteColorLookupTableDescriptor[2]))
    if samples.ndim == 3:
        return _coloured(samples[:, :, :3], int(dataset.get("BitsStored") or 8))
    shape = str(dataset.get("PresentationLUTShape") or "")
    inverse = decoded.photometric == "MONOCHROME1" or shape == "INVERSE"
    return to_grey(samples, dataset, look, inverse=inverse)


def _coloured(samples: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    if samples.dtype == np.uint8 and bits >= 8:
        return samples.astype(np.uint8)
    highest = float((1 << min(bits, samples.dtype.itemsize * 8)) - 1)
    return np.clip(samples.astype(np.float64) * (255.0 / highest) + 0.5, 0, 255).astype(np.uint8)


def _height_of_a_pixel(dataset: Dataset) -> float:
    """In widths: what is not square would look squeezed."""
    for keyword in ("PixelSpacing", "PixelAspectRatio", "ImagerPixelSpacing"):
        try:
            rows, columns = (float(one) for one in dataset.get(keyword) or ())
        except (TypeError, ValueError):
            continue
        if 0.1 < rows / (columns or 1) < 10:
            return rows / columns
    return 1.0


def _sized(image: Image.Image, height: float, side: int) -> Image.Image:
    wide, high = image.width, round(image.height * height)
    if side:
        scale = min(1.0, side / max(wide, high))
        wide, high = round(wide * scale), round(high * scale)
    wide, high = (min(max(one, 1), MOST_SIDE) for one in (wide, high))
    if (wide, high) == image.size:
        return image
    return image.resize((wide, high), Image.Resampling.BILINEAR, reducing_gap=2.0)
