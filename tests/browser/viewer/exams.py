# SPDX-License-Identifier: Apache-2.0
"""Pictures of which every pixel is known, with their metadata as DICOM JSON (PS3.18 §F)."""

from array import array
from dataclasses import dataclass, field
from typing import Any

STUDY = "1.2.826.0.1.3680043.10.1.1"
SIDE = 128
SPACING = 2.0
# Hounsfield units: around, in the body, in its marker.
AIR, BODY, MARK = -1000, 40, 1000
# At the right front of the patient: columns and rows, the first in and the first out.
MARK_X, MARK_Y = (20, 34), (24, 31)
BODY_BOX = (12, 116)


@dataclass
class Series:
    """A series, its frames as the wire carries them."""

    uid: str
    description: str
    modality: str
    images: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)


def tag(vr: str, *values: object) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def common(series: str, number: int, modality: str, study: str = STUDY) -> dict[str, Any]:
    return {
        "00080016": tag("UI", "1.2.840.10008.5.1.4.1.1.2"),
        "00080018": tag("UI", f"{series}.{number}"),
        "00080060": tag("CS", modality),
        "0020000D": tag("UI", study),
        "0020000E": tag("UI", series),
        "00200013": tag("IS", number),
        "00280002": tag("US", 1),
        "00280004": tag("CS", "MONOCHROME2"),
        "00280010": tag("US", SIDE),
        "00280011": tag("US", SIDE),
        "00280100": tag("US", 16),
        "00280101": tag("US", 16),
        "00280102": tag("US", 15),
        "00280103": tag("US", 1),
        "00281050": tag("DS", 40),
        "00281051": tag("DS", 400),
        "00281052": tag("DS", 0),
        "00281053": tag("DS", 1),
    }


def picture() -> bytes:
    """Body and marker."""
    rows = array("h", [AIR]) * (SIDE * SIDE)
    for y in range(*BODY_BOX):
        for x in range(*BODY_BOX):
            marked = MARK_X[0] <= x < MARK_X[1] and MARK_Y[0] <= y < MARK_Y[1]
            rows[y * SIDE + x] = MARK if marked else BODY
    return rows.tobytes()


SHOT = picture()


def scan(count: int = 24, study: str = STUDY, number: int = 1) -> Series:
    """Axial slices from the feet up, three millimetres apart."""
    series = Series(f"{STUDY}.{number}", "Thorax", "CT")
    for at in range(count):
        image = common(series.uid, at + 1, "CT", study) | {
            "00180050": tag("DS", 3),
            "00200032": tag("DS", -128.0, -128.0, 3.0 * at),
            "00200037": tag("DS", 1, 0, 0, 0, 1, 0),
            "00200052": tag("UI", f"{STUDY}.99"),
            "00280030": tag("DS", SPACING, SPACING),
        }
        series.images.append((image, SHOT))
    return series


def radiograph(number: int = 2, letters: tuple[str, str] | None = ("L", "F")) -> Series:
    """One picture that knows the letters of its rows and columns, and no more."""
    series = Series(f"{STUDY}.{number}", "Face", "DX")
    image = common(series.uid, 1, "DX") | {"00280030": tag("DS", 0.5, 0.5)}
    if letters:
        image["00200020"] = tag("CS", *letters)
    series.images.append((image, picture()))
    return series
