# SPDX-License-Identifier: Apache-2.0
"""What a directory says of a file that is no image (PS3.3 §F.5): reports, key objects, states.

What such a record must have and the file does not say is written as dcmmkdir invents it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from imaging_app.dicom.elements import Told, first_of

KEY_OBJECT: Final = "1.2.840.10008.5.1.4.1.1.88.59"
# PS3.4 §B.5: the families of their storage classes, and two that stand beside them.
REPORTS: Final = "1.2.840.10008.5.1.4.1.1.88."
STATES: Final = "1.2.840.10008.5.1.4.1.1.11."
# Encapsulated documents, whatever type they tell.
WRAPPED: Final = "1.2.840.10008.5.1.4.1.1.104."
ALSO_REPORTS: Final = {"1.2.840.10008.5.1.4.1.1.78.6", "1.2.840.10008.5.1.4.1.1.79.1"}
ALSO_STATES: Final = {"1.2.840.10008.5.1.4.1.1.131"}

CONTENT_DATE, CONTENT_TIME, NUMBER = "00080023", "00080033", "00200013"
NAME, CONTENT, RELATION = "0040A043", "0040A730", "0040A010"
COMPLETE, VERIFIED, VERIFIED_AT, BY_WHOM = "0040A491", "0040A493", "0040A030", "0040A073"
TITLE, MIME, HL7 = "00420010", "00420012", "0040E001"
MADE_ON, MADE_AT, LABEL, SAYS, BY = "00700082", "00700083", "00700080", "00700081", "00700084"
SERIES, BLENDS = "00081115", "00700402"
# Of a code (PS3.3 §8), an item of content, and a reference.
CODE: Final = (
    "00080100", "00080102", "00080103", "00080104", "00080119", "00080120",
)  # fmt: skip
ITEM: Final = (RELATION, "0040A040", "0040A168", "0040A160", "0040A123", "0040A124")
REFERENCE: Final = (
    "0020000D", "0020000E", "00081140", "00081150", "00081155", "00081160", "00700405",
)  # fmt: skip
UNKNOWN_DAY, UNKNOWN_TIME = "19000101", "000000"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of record: what it must have, with what stands there otherwise; what it may have."""

    name: str
    needed: Mapping[str, tuple[str, str]]
    # There in any case, if empty.
    empty: Mapping[str, str]
    more: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """All that is written of a file, in whatever depth."""
        inside = (*CODE, *ITEM, *REFERENCE) if self.more else CODE
        return (*self.needed, *self.empty, *self.more, *inside)


_number = {NUMBER: ("IS", "1")}
_content = {CONTENT_DATE: ("DA", UNKNOWN_DAY), CONTENT_TIME: ("TM", UNKNOWN_TIME), **_number}
REPORT: Final = Kind(
    "SR DOCUMENT",
    {**_content, COMPLETE: ("CS", "PARTIAL"), VERIFIED: ("CS", "UNVERIFIED")},
    {},
    (VERIFIED_AT, NAME, CONTENT),
)
KEY: Final = Kind("KEY OBJECT DOC", _content, {}, (NAME, CONTENT))
STATE: Final = Kind(
    "PRESENTATION",
    {
        **_number,
        MADE_ON: ("DA", UNKNOWN_DAY),
        MADE_AT: ("TM", UNKNOWN_TIME),
        LABEL: ("CS", "UNKNOWN"),
    },
    {SAYS: "LO", BY: "PN"},
    (SERIES, BLENDS),
)
PAPER: Final = Kind(
    "ENCAP DOC",
    {**_number, MIME: ("LO", "application/octet-stream")},
    {CONTENT_DATE: "DA", CONTENT_TIME: "TM", NAME: "SQ", TITLE: "LO"},
    (HL7,),
)
NAMELESS: Final = {
    "vr": "SQ",
    "Value": [
        {
            "00080100": {"vr": "SH", "Value": ["121144"]},
            "00080102": {"vr": "SH", "Value": ["DCM"]},
            "00080104": {"vr": "LO", "Value": ["Document Title"]},
        }
    ],
}


def kind_of(storage: str, document: str) -> Kind | None:
    """What such a file stands under; None for what is nothing of these."""
    if document:
        return PAPER
    if storage == KEY_OBJECT:
        return KEY
    if storage.startswith(REPORTS) or storage in ALSO_REPORTS:
        return REPORT
    return STATE if storage.startswith(STATES) or storage in ALSO_STATES else None


def says_result(storage: str, document: str) -> bool:
    """Whether it may say what was found; key objects and states point at images and say nothing."""
    return storage.startswith(WRAPPED) or kind_of(storage, document) in (REPORT, PAPER)


def told_of(kind: Kind, told: Told, number: int, document: str) -> dict[str, object]:
    """What its record says, out of what its file says, in DICOM JSON."""
    tops = (*kind.needed, *kind.empty, *kind.more)
    said: dict[str, object] = {tag: told[tag] for tag in tops if tag in told}
    said[NUMBER] = {"vr": "IS", "Value": [str(number)]}
    if kind is PAPER:
        said[MIME] = {"vr": "LO", "Value": [document]}
    if VERIFIED_AT in kind.more and (at := _last_verified(told)):
        said[VERIFIED_AT] = {"vr": "DT", "Value": [at]}
    if CONTENT in kind.more:
        said[NAME] = _named(said.get(NAME))
        said[CONTENT] = _modifiers(said.get(CONTENT))
    for tag, (vr, otherwise) in kind.needed.items():
        if not first_of(said, tag):
            said[tag] = {"vr": vr, "Value": [otherwise]}
    for tag, vr in kind.empty.items():
        said.setdefault(tag, {"vr": vr})
    return {tag: value for tag, value in said.items() if value is not None}


def _last_verified(told: Told) -> str:
    """When the last of those who verified it did (PS3.3 §F.5.23)."""
    found = told.get(BY_WHOM)
    values = found.get("Value") if isinstance(found, Mapping) else None
    every = values if isinstance(values, list) else []
    return max(
        (first_of(one, VERIFIED_AT) for one in every if isinstance(one, Mapping)), default=""
    )


def _named(found: object) -> object:
    values = found.get("Value") if isinstance(found, Mapping) else None
    return found if values else NAMELESS


def _modifiers(found: object) -> object:
    """Of its content, what tells its name more closely, and nothing else (PS3.3 §F.5.23)."""
    values = found.get("Value") if isinstance(found, Mapping) else None
    near = [
        one
        for one in (values if isinstance(values, list) else [])
        if isinstance(one, Mapping) and first_of(one, RELATION) == "HAS CONCEPT MOD"
    ]
    return {"vr": "SQ", "Value": near} if near else None
