# SPDX-License-Identifier: Apache-2.0
"""DICOM JSON (PS3.18 §F) of a file, without its large values. Only the child imports this."""

import json
import math
import zlib
from typing import Any, Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import MOST_TOLD
from imaging_app.dicom.opening import Opened
from imaging_app.dicom.values import Reason

# In base64. A larger one is asked for by itself: its address is its place in the file.
LARGE: Final = 4096
# Of a text where the whole is too much, private elements beside it.
LONG: Final = 256
FAULTS = (ValueError, TypeError, KeyError, AttributeError, LookupError, NotImplementedError)


def describe(opened: Opened) -> bytes:
    """One object, packed; without what is private or long where it would be too much to hand on."""
    for lean in (False, True):
        written = _written(opened, lean=lean)
        if len(written) <= MOST_TOLD:
            return zlib.compress(written, 6)
    raise Unfit(Reason.TOO_LARGE, "description")


def _written(opened: Opened, *, lean: bool) -> bytes:
    found = _of(opened.dataset, "", lean=lean)
    # PS3.18 §8.7.3: what the file's own head says, for whoever decodes frames.
    found["00083002"] = {"vr": "UI", "Value": [str(opened.syntax)]}
    if opened.pixels is not None:
        found["7FE00010"] = {"vr": "OW", "BulkDataURI": "frames"}
    written = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.encode("utf-8", "replace")


def _of(dataset: Dataset, place: str, *, lean: bool) -> dict[str, Any]:
    found = {}
    for tag in dataset.keys():  # noqa: SIM118 - a data set gives elements, not their tags
        if lean and tag.is_private:
            continue
        try:
            element = dataset[tag]
            told = _element(element, f"{place}{int(tag):08X}", lean=lean)
            if not lean or element.VR == "SQ" or len(str(told)) <= LONG:
                found[f"{int(tag):08X}"] = told
        except FAULTS:
            # A value that breaks its own rules is left out: what is told can be believed.
            continue
    return found


def _element(element: DataElement, place: str, *, lean: bool) -> dict[str, Any]:
    if element.VR == "SQ":
        items = [
            _of(item, f"{place}/{number}/", lean=lean) for number, item in enumerate(element.value)
        ]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    told: dict[str, Any] = element.to_json_dict(
        bulk_data_element_handler=lambda _one: place, bulk_data_threshold=LARGE
    )
    if "Value" in told:
        told["Value"] = [_plain(one) for one in told["Value"]]
    return told


def _plain(value: Any) -> Any:
    """PS3.18 §F.2.5: an empty one is null; a number that is none has no place in JSON."""
    if value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
