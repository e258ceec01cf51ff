# SPDX-License-Identifier: Apache-2.0
"""One body with a mark at its right, front and head, as scanners see it from different sides.

Places are millimetres in the patient (PS3.3 §C.7.6.2): to the left, to the back, to the head.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.browser.viewer.exams import AIR, BODY, MARK, STUDY, Series, common, tag

Three = tuple[float, float, float]
# The body around the middle, the mark in it: from, to, along each way.
BODY_BOX = ((-80.0, 80.0), (-60.0, 60.0), (-70.0, 70.0))
MARK_BOX = ((-60.0, -30.0), (-45.0, -25.0), (30.0, 54.0))
SERIES = f"{STUDY}.1"


@dataclass(frozen=True)
class Scan:
    """How a scanner lays its images: its ways, its steps in millimetres, and how many."""

    right: Three = (1.0, 0.0, 0.0)
    down: Three = (0.0, 1.0, 0.0)
    # Rows, columns, images.
    step: Three = (1.5, 2.0, 4.0)
    size: tuple[int, int, int] = (100, 96, 40)
    modality: str = "CT"
    # Slope and intercept of what is stored.
    scale: tuple[float, float] = (1.0, 0.0)
    # Level and width.
    window: tuple[float, float] = (40.0, 400.0)
    shift: dict[int, Three] = field(default_factory=dict)
    turned: bool = False

    @property
    def through(self) -> np.ndarray:
        return np.cross(self.right, self.down)


def leaning(degrees: float) -> Scan:
    """Axial images of a head that is bent forward: their rows are level, their columns slanted."""
    lean = math.radians(degrees)
    return Scan(down=(0.0, math.cos(lean), math.sin(lean)), size=(120, 96, 60))


AXIAL = Scan()
SAGITTAL = Scan(right=(0.0, 1.0, 0.0), down=(0.0, 0.0, -1.0), size=(110, 80, 48))
CORONAL = Scan(right=(1.0, 0.0, 0.0), down=(0.0, 0.0, -1.0), size=(110, 96, 40))


def body(scan: Scan = AXIAL, uid: str = SERIES, description: str = "Abdomen") -> Series:
    """The images, one file each."""
    series = Series(uid, description, scan.modality)
    for at, (position, frame) in enumerate(_images(scan)):
        image = common(series.uid, at + 1, scan.modality) | _size(scan) | _scaling(scan)
        image |= {
            "00200032": tag("DS", *position),
            "00200037": tag("DS", *scan.right, *scan.down),
            "00200052": tag("UI", f"{STUDY}.99"),
            "00280030": tag("DS", scan.step[0], scan.step[1]),
        }
        series.images.append((image, frame))
    return series


def enhanced(scan: Scan = AXIAL, uid: str = SERIES) -> Series:
    """All images in one file (PS3.3 §C.7.6.16): what they share, and what each has of its own."""
    series = Series(uid, "Enhanced", scan.modality)
    images = list(_images(scan))
    image = common(series.uid, 1, scan.modality) | _size(scan)
    told = _scaling(scan)
    for name in told:
        del image[name]
    scaling = {name: told[name] for name in ("00281052", "00281053")}
    window = {name: told[name] for name in ("00281050", "00281051")}
    spacing = tag("DS", scan.step[0], scan.step[1])
    image |= {
        "00080016": tag("UI", "1.2.840.10008.5.1.4.1.1.2.1"),
        "00200052": tag("UI", f"{STUDY}.99"),
        "00280008": tag("IS", len(images)),
        "52009229": _sequence(
            {
                "00209116": _sequence({"00200037": tag("DS", *scan.right, *scan.down)}),
                "00289110": _sequence({"00280030": spacing, "00180050": tag("DS", scan.step[2])}),
                "00289132": _sequence(window),
                "00289145": _sequence(scaling),
            }
        ),
        "52009230": tag(
            "SQ",
            *({"00209113": _sequence({"00200032": tag("DS", *at)})} for at, _frame in images),
        ),
    }
    series.images.append((image, b"".join(frame for _at, frame in images)))
    return series


def _images(scan: Scan) -> list[tuple[list[float], bytes]]:
    """Where each image begins, and its pixels."""
    rows, columns, count = scan.size
    right, down, through = (np.array(way) for way in (scan.right, scan.down, scan.through))
    steps = np.array(scan.step)
    corner = (
        -(
            down * steps[0] * (rows - 1)
            + right * steps[1] * (columns - 1)
            + through * steps[2] * (count - 1)
        )
        / 2
    )
    slope, intercept = scan.scale
    made = []
    for at in range(count):
        position = corner + through * steps[2] * at + np.array(scan.shift.get(at, (0, 0, 0)))
        row, column = np.mgrid[0:rows, 0:columns]
        place = position + row[..., None] * down * steps[0] + column[..., None] * right * steps[1]
        values = np.full((rows, columns), AIR)
        for box, value in ((BODY_BOX, BODY), (MARK_BOX, MARK)):
            inside = [
                (place[..., way] >= low) & (place[..., way] < high)
                for way, (low, high) in enumerate(box)
            ]
            values[np.all(inside, axis=0)] = value
        raw = np.round((values - intercept) / slope).astype("<i2").tobytes()
        made.append(([round(float(one), 4) for one in position], raw))
    return made[::-1] if scan.turned else made


def _size(scan: Scan) -> dict[str, Any]:
    return {"00280010": tag("US", scan.size[0]), "00280011": tag("US", scan.size[1])}


def _scaling(scan: Scan) -> dict[str, Any]:
    (level, width), (slope, intercept) = scan.window, scan.scale
    told = {"00281050": level, "00281051": width, "00281053": slope, "00281052": intercept}
    return {name: tag("DS", value) for name, value in told.items()}


def _sequence(item: dict[str, Any]) -> dict[str, Any]:
    return tag("SQ", item)
