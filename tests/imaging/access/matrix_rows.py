# SPDX-License-Identifier: Apache-2.0
"""Who may do what to what: every pair that is not here is refused. A new action has a row here."""

from imaging_app.access.actions import Action

A = Action
NAMED = frozenset({"carer", "file_carer", "coded", "emergency", "blocked", "stranger"})
WHOLE = {"told", "untold", "val"}
HERE = {"told", "untold"}
LOOK = {
    "carer": WHOLE,
    "file_carer": HERE,
    "coded": HERE,
    "emergency": WHOLE,
    "patient_a": {"told"},
    "patient_b": {"foreign"},
}
BY_PROFESSIONALS = {"carer": WHOLE, "file_carer": HERE, "coded": HERE, "emergency": WHOLE}
OPEN_A = {name: {"a"} for name in ("carer", "file_carer", "coded", "emergency")}
BREAK_IN = {name: {"a", "b"} for name in NAMED} | {"blocked": {"b"}}
ONES_OWN = {"patient_a": {"a"}, "patient_b": {"b"}}
FILES = {"file", "file b"}
DESK = {"staff_tilleuls": FILES, "staff_desk": FILES, "staff_val": {"file val"}}
ADMINISTERED = {"staff_tilleuls": {"tilleuls"}, "staff_val": {"val house"}}
HOUSES = ADMINISTERED | {"staff_desk": {"tilleuls"}}
ADDED = {"told", "untold", "hidden", "foreign"}
PORTAL = {name: {"portal"} for name in NAMED}

ROWS: dict[Action, dict[str, set[str]]] = {
    A.EXAM_OPEN: LOOK,
    A.EXAM_IMAGES: LOOK,
    A.EXAM_REPORT: LOOK,
    A.EXAM_DOWNLOAD: {"carer": HERE},
    A.EXAM_SEEN: BY_PROFESSIONALS,
    A.EXAM_TELL: BY_PROFESSIONALS,
    A.EXAM_SHARE: {"patient_a": {"told"}, "patient_b": {"foreign"}},
    A.EXAM_ADD: {"staff_tilleuls": ADDED, "staff_desk": ADDED, "staff_val": {"val"}},
    A.PATIENT_OPEN: OPEN_A,
    A.PATIENT_MOTIVE: OPEN_A,
    A.PATIENT_EMERGENCY: BREAK_IN,
    A.PATIENT_SELF: ONES_OWN,
    A.PATIENT_HISTORY: ONES_OWN,
    A.PATIENT_BLOCK: ONES_OWN,
    A.PATIENT_UNBLOCK: ONES_OWN,
    A.PATIENT_WITHDRAW: ONES_OWN,
    A.PATIENT_OPPOSE: ONES_OWN,
    A.PATIENT_SHARE: ONES_OWN,
    A.PATIENT_TRAITANT: ONES_OWN,
    A.FILE_OPEN: {
        "carer": {"file", "file val"},
        "file_carer": {"file"},
        "coded": {"file"},
        "emergency": {"file", "file val"},
    },
    A.FILE_CONSENT: DESK,
    A.FILE_CODE: DESK,
    A.FILE_INVOLVE: DESK,
    A.FILE_DESK: DESK,
    A.FILE_ACCOUNT: DESK,
    A.FILE_UNTIE: {
        "staff_tilleuls": {"file", "file b"},
        "staff_val": {"file val"},
    },
    A.FILE_PUT: DESK,
    A.FILE_TAKE_OUT: DESK,
    A.CODE_REVOKE: {
        "patient_a": {"code", "own code"},
        "patient_b": {"code b"},
        "staff_tilleuls": {"code", "code b"},
        "staff_desk": {"code", "code b"},
    },
    A.HOUSE_DESK: HOUSES,
    A.HOUSE_UPLOAD: HOUSES,
    A.HOUSE_CODES: HOUSES,
    A.HOUSE_TRACE: ADMINISTERED,
    A.HOUSE_DOWNLOADS: ADMINISTERED,
    A.SEARCH: PORTAL,
    A.SEARCH_NUMBER: PORTAL,
    A.SEARCH_EMERGENCY: PORTAL,
    A.CODE_ENTER: PORTAL,
}
