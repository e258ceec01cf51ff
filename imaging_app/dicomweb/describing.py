# SPDX-License-Identifier: Apache-2.0
"""Exams, series and images as DICOM JSON (PS3.18 §F), from the index alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from imaging_app.exams.values import Exam, Image, Series
from imaging_app.people.traits import Traits

Element = dict[str, Any]
KIND: Final = "application/dicom+json"


@dataclass(frozen=True, slots=True)
class Person:
    """Whose exam it is, under which number."""

    traits: Traits
    number: str


def study(exam: Exam, person: Person, root: str) -> Element:
    """PS3.18 §10.6.3.3.1."""
    traits = person.traits
    given = " ".join(traits.first_names)
    return {
        "00080005": _of("CS", "ISO_IR 192"),
        "00080020": _of("DA", exam.taken_on),
        "00080030": _of("TM", exam.taken_time),
        "00080050": _of("SH", exam.accession),
        "00080056": _of("CS", "ONLINE"),
        "00080061": _of("CS", *exam.modalities),
        "00080090": _name(exam.referrer),
        "00081190": _of("UR", f"{root}/studies/{exam.uid}"),
        "00081030": _of("LO", exam.description),
        "00080080": _of("LO", exam.institution),
        "00100010": _name(f"{traits.birth_name}^{given}"),
        "00100020": _of("LO", person.number),
        "00100021": _of("LO", exam.establishment),
        "00100030": _of("DA", traits.birth_date.replace("-", "")),
        "00100040": _of("CS", traits.sex if traits.sex in {"F", "M"} else ""),
        "0020000D": _of("UI", exam.uid),
        "00200010": _of("SH", ""),
        "00201206": _of("IS", exam.series),
        "00201208": _of("IS", exam.images),
    }


def series(exam: Exam, one: Series, root: str) -> Element:
    """PS3.18 §10.6.3.3.2."""
    return {
        "00080060": _of("CS", one.modality),
        "0008103E": _of("LO", one.description),
        "00081190": _of("UR", f"{root}/studies/{exam.uid}/series/{one.uid}"),
        "00180015": _of("CS", one.body_part),
        "0020000D": _of("UI", exam.uid),
        "0020000E": _of("UI", one.uid),
        "00200011": _of("IS", one.number),
        "00201209": _of("IS", one.images),
    }


def image(exam: Exam, one: Image, root: str) -> Element:
    """PS3.18 §10.6.3.3.3."""
    place = one.place
    address = f"{root}/studies/{exam.uid}/series/{place.series}/instances/{one.uid}"
    found = {
        "00080016": _of("UI", one.kind),
        "00080018": _of("UI", one.uid),
        "00080056": _of("CS", "ONLINE"),
        "00081190": _of("UR", address),
        "00083002": _of("UI", one.syntax),
        "0020000D": _of("UI", exam.uid),
        "0020000E": _of("UI", place.series),
        "00200013": _of("IS", one.number),
    }
    if one.frames:
        found |= {
            "00280008": _of("IS", one.frames),
            "00280010": _of("US", one.rows),
            "00280011": _of("US", one.columns),
        }
    return found


def _of(kind: str, *values: str | int) -> Element:
    """PS3.18 §F.2.5: an empty attribute has no value."""
    kept = [one for one in values if one != ""]
    return {"vr": kind, "Value": kept} if kept else {"vr": kind}


def _name(text: str) -> Element:
    plain = text.strip("^ ")
    return {"vr": "PN", "Value": [{"Alphabetic": plain}]} if plain else {"vr": "PN"}


def sequence(items: Iterable[Element]) -> Element:
    """A sequence of them."""
    found = list(items)
    return {"vr": "SQ", "Value": found} if found else {"vr": "SQ"}


def number(value: int) -> Element:
    """A short number."""
    return _of("US", value)


def text(kind: str, value: str) -> Element:
    """One text of that kind."""
    return _of(kind, value)
