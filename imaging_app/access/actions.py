# SPDX-License-Identifier: Apache-2.0
"""What can be done, to what, by whom, under which conditions: one table; what is not in it is not.

A new action has a row here and one in tests/imaging/access/matrix_rows.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from imaging_app.access.visitor import Kind


class Sort(StrEnum):
    """What something is done to."""

    EXAM = "exam"
    PATIENT = "patient"
    FILE = "file"
    CODE = "code"
    HOUSE = "house"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something by its name: an exam, a patient, a file, a code, an establishment, the portal."""

    sort: Sort
    id: str = ""


PORTAL = Thing(Sort.PORTAL)


def exam(name: str) -> Thing:
    """The exam of this id."""
    return Thing(Sort.EXAM, name)


def patient(name: str) -> Thing:
    """The patient of this id."""
    return Thing(Sort.PATIENT, name)


def file(name: str) -> Thing:
    """The file of this id."""
    return Thing(Sort.FILE, name)


def code(name: str) -> Thing:
    """The sharing code of this id."""
    return Thing(Sort.CODE, name)


def house(finess: str) -> Thing:
    """The establishment of this FINESS."""
    return Thing(Sort.HOUSE, finess)


class Action(StrEnum):
    """What can be done."""

    EXAM_OPEN = "exam.open"
    EXAM_IMAGES = "exam.images"
    EXAM_REPORT = "exam.report"
    EXAM_DOWNLOAD = "exam.download"
    EXAM_SEEN = "exam.seen"
    EXAM_TELL = "exam.tell"
    EXAM_SHARE = "exam.share"
    EXAM_ADD = "exam.add"
    PATIENT_OPEN = "patient.open"
    PATIENT_MOTIVE = "patient.motive"
    PATIENT_EMERGENCY = "patient.emergency"
    PATIENT_SELF = "patient.self"
    PATIENT_HISTORY = "patient.history"
    PATIENT_BLOCK = "patient.block"
    PATIENT_UNBLOCK = "patient.unblock"
    PATIENT_WITHDRAW = "patient.withdraw"
    PATIENT_OPPOSE = "patient.oppose"
    PATIENT_SHARE = "patient.share"
    PATIENT_TRAITANT = "patient.traitant"
    FILE_OPEN = "file.open"
    FILE_CONSENT = "file.consent"
    FILE_CODE = "file.code"
    FILE_INVOLVE = "file.involve"
    FILE_DESK = "file.desk"
    FILE_ACCOUNT = "file.account"
    FILE_UNTIE = "file.untie"
    FILE_PUT = "file.put"
    FILE_TAKE_OUT = "file.take_out"
    CODE_REVOKE = "code.revoke"
    HOUSE_DESK = "house.desk"
    HOUSE_UPLOAD = "house.upload"
    HOUSE_CODES = "house.codes"
    HOUSE_TRACE = "house.trace"
    HOUSE_DOWNLOADS = "house.downloads"
    SEARCH = "search"
    SEARCH_NUMBER = "search.number"
    SEARCH_EMERGENCY = "search.emergency"
    CODE_ENTER = "code.enter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Under which conditions something may be done."""

    sort: Sort
    who: frozenset[Kind]
    # Whether the patient must share what is touched.
    consent: bool = False
    # Whether a professional needs a basis: without one it is open to all of them.
    basis: bool = True
    motive: bool = False
    # Grave: a higher level, lately.
    grave: bool = False
    # Whether a patient waits until the result was told.
    embargo: bool = False
    download: bool = False
    # Of staff: whether it is for those alone who administer the establishment.
    administers: bool = False
    # Whether it stands in the patient's own history.
    shown: bool = False


PRO, PAT, STA = (frozenset({one}) for one in (Kind.PROFESSIONAL, Kind.PATIENT, Kind.STAFF))

RIGHTS: Mapping[Action, Rule] = MappingProxyType({
    Action.EXAM_OPEN: Rule(
        sort=Sort.EXAM, who=PRO | PAT, consent=True, motive=True, embargo=True, shown=True
    ),
    Action.EXAM_IMAGES: Rule(
        sort=Sort.EXAM, who=PRO | PAT, consent=True, motive=True, embargo=True, shown=True
    ),
    Action.EXAM_REPORT: Rule(
        sort=Sort.EXAM, who=PRO | PAT, consent=True, motive=True, embargo=True, shown=True
    ),
    Action.EXAM_DOWNLOAD: Rule(
        sort=Sort.EXAM, who=PRO | PAT, consent=True, motive=True, grave=True, embargo=True,
        download=True, shown=True,
    ),
    Action.EXAM_SEEN: Rule(sort=Sort.EXAM, who=PRO, consent=True),
    Action.EXAM_TELL: Rule(sort=Sort.EXAM, who=PRO, consent=True, motive=True),
    Action.EXAM_SHARE: Rule(sort=Sort.EXAM, who=PAT, consent=True, embargo=True),
    Action.EXAM_ADD: Rule(sort=Sort.EXAM, who=STA),
    Action.PATIENT_OPEN: Rule(sort=Sort.PATIENT, who=PRO, consent=True, motive=True, shown=True),
    Action.PATIENT_MOTIVE: Rule(sort=Sort.PATIENT, who=PRO, consent=True),
    Action.PATIENT_EMERGENCY: Rule(
        sort=Sort.PATIENT, who=PRO, consent=True, basis=False, grave=True, shown=True
    ),
    Action.PATIENT_SELF: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_HISTORY: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_BLOCK: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_UNBLOCK: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_WITHDRAW: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_OPPOSE: Rule(sort=Sort.PATIENT, who=PAT),
    Action.PATIENT_SHARE: Rule(sort=Sort.PATIENT, who=PAT, consent=True),
    Action.PATIENT_TRAITANT: Rule(sort=Sort.PATIENT, who=PAT),
    Action.FILE_OPEN: Rule(sort=Sort.FILE, who=PRO, consent=True, motive=True, shown=True),
    Action.FILE_CONSENT: Rule(sort=Sort.FILE, who=STA),
    Action.FILE_CODE: Rule(sort=Sort.FILE, who=STA, consent=True),
    Action.FILE_INVOLVE: Rule(sort=Sort.FILE, who=STA, shown=True),
    # What its own desk sees of a file: who it is, what was said, who cares.
    Action.FILE_DESK: Rule(sort=Sort.FILE, who=STA),
    # An account is made for whoever shares.
    Action.FILE_ACCOUNT: Rule(sort=Sort.FILE, who=STA, consent=True),
    # A wrong tie shows one person's exams to another: undone whatever was consented to.
    Action.FILE_UNTIE: Rule(sort=Sort.FILE, who=STA, grave=True, administers=True, shown=True),
    # Images that say somebody else, put there and taken out again by hand: the patient reads it.
    Action.FILE_PUT: Rule(sort=Sort.FILE, who=STA, shown=True),
    Action.FILE_TAKE_OUT: Rule(sort=Sort.FILE, who=STA, shown=True),
    Action.CODE_REVOKE: Rule(sort=Sort.CODE, who=PAT | STA),
    Action.HOUSE_DESK: Rule(sort=Sort.HOUSE, who=STA),
    Action.HOUSE_UPLOAD: Rule(sort=Sort.HOUSE, who=STA),
    Action.HOUSE_CODES: Rule(sort=Sort.HOUSE, who=STA),
    Action.HOUSE_TRACE: Rule(sort=Sort.HOUSE, who=STA, grave=True, administers=True),
    Action.HOUSE_DOWNLOADS: Rule(sort=Sort.HOUSE, who=STA, grave=True, administers=True),
    Action.SEARCH: Rule(sort=Sort.PORTAL, who=PRO, basis=False),
    Action.SEARCH_NUMBER: Rule(sort=Sort.PORTAL, who=PRO, basis=False),
    Action.SEARCH_EMERGENCY: Rule(sort=Sort.PORTAL, who=PRO, basis=False, grave=True),
    Action.CODE_ENTER: Rule(sort=Sort.PORTAL, who=PRO, basis=False),
})  # fmt: skip
