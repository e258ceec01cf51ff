# SPDX-License-Identifier: Apache-2.0
"""What a file tells of itself. Only the child imports this."""

import re
from pathlib import Path
from typing import Final

from pydicom.charset import python_encoding
from pydicom.dataset import Dataset
from pydicom.uid import UID

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.fragments import find_frames
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.metadata import describe
from imaging_app.dicom.opening import Handed, Opened, check_whole, open_file
from imaging_app.dicom.uids import is_uid
from imaging_app.dicom.values import Image, Reading, Reason, Series, Study, Traits

DIRECTORY: Final = UID("1.2.840.10008.1.3.10")
UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
DAY: Final = re.compile(r"(\d{4})\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12]\d|3[01])")
TIME: Final = re.compile(r"([01]\d|2[0-3]):?([0-5]\d)?:?([0-5]\d)?.*")
SEXES: Final = {"M", "F", "O"}
LARGEST: Final = 2**31 - 1
# As some write what has one way to be written.
SPELT: Final = re.compile(r"^ISO[_ -]IR[_ -]?(\d+)$")
EXTENDED: Final = re.compile(r"^ISO[_ -]2022[_ -]IR[_ -](\d+)$")


def read(path: Path | Handed, limits: Limits) -> Reading:
    """Everything that is kept of it."""
    opened = open_file(path, limits)
    dataset = opened.dataset
    if (
        opened.meta.get("MediaStorageSOPClassUID") == DIRECTORY
        or "DirectoryRecordSequence" in dataset
    ):
        raise Unfit(Reason.DIRECTORY)
    check_depth(dataset, limits)
    frames = find_frames(opened, limits)
    count = 0 if opened.pixels is None else max(len(frames), _whole(dataset, "NumberOfFrames"), 1)
    return Reading(
        traits=_traits(dataset),
        study=_study(dataset),
        series=_series(dataset),
        image=_image(opened, count),
        frames=frames,
        metadata=describe(opened),
    )


def check_depth(dataset: Dataset, limits: Limits) -> None:
    """Look into every sequence, with a list of our own instead of calls within calls."""
    waiting, count = [(dataset, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        if depth > limits.depth:
            raise Unfit(Reason.TOO_DEEP)
        check_whole(one)
        check_characters(one)
        count += len(one)
        if count > limits.elements:
            raise Unfit(Reason.TOO_MANY, "elements")
        for tag in one.keys():  # noqa: SIM118 - a data set gives elements, not their tags
            raw = one.get_item(tag)
            if raw.VR in {"SQ", None, "UN"}:
                try:
                    element = one[tag]
                except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
                    continue
                if element.VR == "SQ":
                    waiting += [(item, depth + 1) for item in element.value]


def check_characters(dataset: Dataset) -> None:
    """PS3.3 §C.12.1.1.2: no other name is looked for among the program's own character sets."""
    told = dataset.get("SpecificCharacterSet") or ""
    for name in [told] if isinstance(told, str) else list(told):
        meant = SPELT.sub(r"ISO_IR \1", EXTENDED.sub(r"ISO 2022 IR \1", str(name).strip()))
        if meant and meant not in python_encoding:
            raise Unfit(Reason.MALFORMED, "character set")


def text(dataset: Dataset, keyword: str, most: int = 64) -> str:
    """A text, on one line, without what is not seen; empty where there is none."""
    try:
        value = dataset.get(keyword)
        found = "" if value is None else str(value)
    except (ValueError, TypeError, KeyError, AttributeError, LookupError, NotImplementedError):
        return ""
    if found.startswith("[") and hasattr(value, "__getitem__") and not isinstance(value, str):
        found = str(value[0]) if len(value) else ""
    return UNSEEN.sub(" ", found).strip()[:most]


def _uid(dataset: Dataset, keyword: str) -> str:
    found = text(dataset, keyword, 200)
    if not found:
        raise Unfit(Reason.NO_IDENTIFIER, keyword)
    if not is_uid(found):
        raise Unfit(Reason.WRONG_IDENTIFIER, keyword)
    return found


def _day(found: str) -> str:
    match = DAY.fullmatch(found)
    return "".join(match.groups()) if match else ""


def _time(found: str) -> str:
    match = TIME.fullmatch(found)
    return "".join(part or "00" for part in match.groups()) if match else ""


def _whole(dataset: Dataset, keyword: str) -> int:
    try:
        return min(max(int(dataset.get(keyword) or 0), -LARGEST), LARGEST)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return 0


def _name(dataset: Dataset) -> tuple[str, str]:
    """Family name and first names of the first way of writing (PS3.5 §6.2.1)."""
    parts = text(dataset, "PatientName", 194).partition("=")[0].split("^")
    family, given, middle = (*(part.strip() for part in parts[:3]), "", "", "")[:3]
    return family, f"{given} {middle}".strip()


def _traits(dataset: Dataset) -> Traits:
    family, given = _name(dataset)
    sex = text(dataset, "PatientSex").upper()
    return Traits(
        number=text(dataset, "PatientID"),
        issuer=text(dataset, "IssuerOfPatientID"),
        family=family,
        given=given,
        # A day or a month of zeros is how registers write what they do not know.
        birth_date=_day(text(dataset, "PatientBirthDate")),
        sex=sex if sex in SEXES else "",
        national=tuple(_national(dataset)),
    )


def _national(dataset: Dataset) -> list[tuple[str, str]]:
    """Numbers of other issuers that are named by an OID (facts: INS beside the local number)."""
    found = []
    for item in list(dataset.get("OtherPatientIDsSequence") or [])[:16]:
        number = text(item, "PatientID")
        for qualifier in list(item.get("IssuerOfPatientIDQualifiersSequence") or [])[:4]:
            issuer = text(qualifier, "UniversalEntityID")
            if number and text(qualifier, "UniversalEntityIDType") == "ISO" and is_uid(issuer):
                found.append((number, issuer))
    return found


def _study(dataset: Dataset) -> Study:
    return Study(
        uid=_uid(dataset, "StudyInstanceUID"),
        day=_day(text(dataset, "StudyDate")),
        time=_time(text(dataset, "StudyTime")),
        accession=text(dataset, "AccessionNumber"),
        description=text(dataset, "StudyDescription", 128),
        referrer=text(dataset, "ReferringPhysicianName", 128).replace("^", " ").strip(),
        institution=text(dataset, "InstitutionName", 128),
    )


def _series(dataset: Dataset) -> Series:
    modality = text(dataset, "Modality", 16)
    return Series(
        uid=_uid(dataset, "SeriesInstanceUID"),
        modality=modality if re.fullmatch(r"[A-Z0-9_]{1,16}", modality) else "OT",
        number=_whole(dataset, "SeriesNumber"),
        description=text(dataset, "SeriesDescription", 128),
        body_part=text(dataset, "BodyPartExamined", 32),
        laterality=text(dataset, "Laterality", 4) or text(dataset, "ImageLaterality", 4),
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
    )


def _image(opened: Opened, frames: int) -> Image:
    dataset = opened.dataset
    wrapped = "EncapsulatedDocument" in dataset
    return Image(
        uid=_uid(dataset, "SOPInstanceUID"),
        kind=_uid(dataset, "SOPClassUID"),
        syntax=str(opened.syntax),
        number=_whole(dataset, "InstanceNumber"),
        frames=frames,
        rows=_whole(dataset, "Rows"),
        columns=_whole(dataset, "Columns"),
        document=text(dataset, "MIMETypeOfEncapsulatedDocument") if wrapped else "",
        made_on=_day(text(dataset, "ContentDate") or text(dataset, "InstanceCreationDate")),
    )
