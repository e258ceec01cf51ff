# SPDX-License-Identifier: Apache-2.0
"""Routes of the console about people: accounts, roles, requests, patients, imports, cards."""

from io import BytesIO

from idp.administration.rights import Right
from tests.administration.routes import LEADS, Fields, Route, every, one
from tests.administration.scene_parts import BORN, LASTS
from tests.pskc import SECRET, SUITE, container, package, plain

READ: Fields = lambda x: {"serial": x.read_card}  # noqa: E731 - one among many
SEEN: Fields = lambda _: {"seen": "1"}  # noqa: E731 - one among many
PATIENT = {
    "last_name": "Nouveau",
    "first_name": "Patient",
    "birth_date": "02/01/1950",
    "phone": "06 39 98 12 34",
    "consent": "yes",
}
# Lists of which searches are kept.
SEARCHED = {
    "accounts": Right.ACCOUNTS_SEE,
    "requests": Right.REQUESTS_SEE,
    "patients": Right.PATIENTS_ENROL,
    "messages": Right.MESSAGES_SEE,
    "audit": Right.AUDIT_SEE,
}
VIEWS: dict[str, Route] = {
    f"POST {name}/views{ending}": every(right, form=lambda _: {"name": "Search", "text": "x"})
    for name, right in SEARCHED.items()
    for ending in ("", "/<view>/drop")
}
ACCOUNTS: dict[str, Route] = {
    "GET accounts": every(Right.ACCOUNTS_SEE),
    "POST accounts/export": every(Right.ACCOUNTS_EXPORT),
    "GET accounts/new": every(Right.ACCOUNTS_CREATE),
    "POST accounts/new": one(
        Right.ACCOUNTS_CREATE,
        form=lambda x: {"first_name": "Neuf", "last_name": "Venu", "establishments": x.house},
    ),
    "GET accounts/<account>": one(Right.ACCOUNTS_SEE),
    "GET accounts/<account>/as": one(Right.MEANS_SEE),
    "GET accounts/<account>/edit": one(Right.ACCOUNTS_EDIT),
    "POST accounts/<account>/edit": one(Right.ACCOUNTS_EDIT, form=lambda _: {"town": "Ailleurs"}),
    "GET accounts/<account>/history": one(Right.ACCOUNTS_SEE),
    "POST accounts/<account>/history/<change>/undo": one(Right.ACCOUNTS_SEE, Right.MEMBERS_EDIT),
    "GET accounts/<account>/means": one(
        Right.MEANS_REMOVE, query=lambda x: {"kind": "passkey", "key": x.passkey}
    ),
    "POST accounts/<account>/means": one(
        Right.MEANS_REMOVE, form=lambda x: {"kind": "passkey", "key": x.passkey}
    ),
    "POST accounts/<account>/places": one(
        Right.ACCOUNTS_SEE,
        Right.MEMBERS_EDIT,
        form=lambda _: {"act": "leave", "key": "onco-centre"},
    ),
    "GET accounts/<account>/unlink": one(Right.ACCOUNTS_RESET, query=lambda _: {"of": "chu"}),
    "POST accounts/<account>/unlink": one(Right.ACCOUNTS_RESET, form=lambda _: {"of": "chu"}),
    "GET accounts/<account>/reset": one(Right.ACCOUNTS_RESET),
    "POST accounts/<account>/reset": one(Right.ACCOUNTS_RESET, form=lambda _: {"way": "link"}),
    "GET accounts/<account>/sessions": one(
        Right.SESSIONS_END, query=lambda x: {"session": x.session}
    ),
    "POST accounts/<account>/sessions": one(
        Right.SESSIONS_END, form=lambda x: {"session": x.session}
    ),
    "GET accounts/<account>/lasting": one(
        Right.SESSIONS_END, query=lambda _: {"application": LASTS}
    ),
    "POST accounts/<account>/lasting": one(
        Right.SESSIONS_END, form=lambda _: {"application": LASTS}
    ),
    "GET accounts/<account>/state": one(Right.ACCOUNTS_STATE, query=lambda _: {"to": "disabled"}),
    "POST accounts/<account>/state": one(
        Right.ACCOUNTS_STATE, form=lambda _: {"to": "disabled", "reason": "Gone"}
    ),
    "POST accounts/<account>/unlock": one(Right.ACCOUNTS_UNLOCK),
    "GET accounts/<account>/roles": one(Right.ROLES_SEE),
    "POST accounts/<account>/roles": one(
        Right.ROLES_GRANT, form=lambda x: {"role": "auditor", "establishment": x.house}
    ),
    "GET accounts/<account>/roles/take": one(
        Right.ROLES_GRANT,
        path=lambda x: {"account": x.helper},
        query=lambda x: {"held": f"help-desk|{x.house}"},
    ),
    "POST accounts/<account>/roles/take": one(
        Right.ROLES_GRANT,
        path=lambda x: {"account": x.helper},
        form=lambda x: {"role": "help-desk", "establishment": x.house},
    ),
    "GET accounts/<account>/activities": one(Right.ACCOUNTS_SEE),
    "POST accounts/<account>/activities": one(
        Right.DIRECTORY_IMPORT,
        Right.ACCOUNTS_EDIT,
        form=lambda _: {
            "profession_code": "60",
            "sector": "SA07",
            "structure_number": "499700000013008",
        },
    ),
    "POST accounts/<account>/activities/take": one(
        Right.DIRECTORY_IMPORT, Right.ACCOUNTS_EDIT, form=lambda _: {"of": "mark"}
    ),
    "GET accounts/<account>/duplicates": one(Right.ACCOUNTS_MERGE),
    "GET accounts/<account>/merge": one(Right.ACCOUNTS_MERGE, query=lambda x: {"with": x.double}),
    "POST accounts/<account>/merge": one(
        Right.ACCOUNTS_MERGE, form=lambda x: {"with": x.double, "sure": "yes"}
    ),
    "GET duplicates": every(Right.ACCOUNTS_MERGE),
    "GET roles": every(Right.ROLES_SEE),
    "GET proposals": every(Right.ROLES_SEE),
    "POST proposals/<name>/agree": one(Right.ROLES_GRANT),
    "POST proposals/<name>/decline": one(Right.ROLES_GRANT),
}
REQUESTS: dict[str, Route] = {
    "GET requests": every(Right.REQUESTS_SEE),
    "GET requests/figures": every(Right.REQUESTS_SEE),
    "GET requests/batch": LEADS,
    "POST requests/batch": every(
        Right.REQUESTS_DECIDE, form=lambda x: {"act": "claim", "pick": f"{x.request}.1"}
    ),
    "GET requests/batch/done": LEADS,
    # Each is told of by itself: those outside by nothing but the id that was sent.
    "POST requests/batch/done": every(
        Right.REQUESTS_DECIDE, form=lambda x: {"act": "claim", "picks": f"{x.request}.1"}
    ),
    "GET requests/<name>": one(Right.REQUESTS_SEE),
    "GET requests/<name>/compare/<other>": one(Right.REQUESTS_SEE),
    "POST requests/<name>/claim": one(Right.REQUESTS_DECIDE, form=SEEN),
    "POST requests/<name>/release": one(Right.REQUESTS_DECIDE, form=SEEN),
    "POST requests/<name>/assign": one(
        Right.REQUESTS_DECIDE, form=lambda x: {"seen": "1", "whom": x.clerk_there}
    ),
    "POST requests/<name>/note": one(Right.REQUESTS_DECIDE, form=lambda _: {"note": "Looked at"}),
    "POST requests/<name>/pass-on": one(Right.REQUESTS_DECIDE, form=SEEN),
    "POST requests/<name>/approve": one(
        Right.REQUESTS_DECIDE, form=lambda _: {"seen": "1", "not_the_same": "yes"}
    ),
    "POST requests/<name>/attach": one(
        Right.REQUESTS_DECIDE, form=lambda x: {"seen": "1", "account": x.professional}
    ),
    "POST requests/<name>/refuse": one(
        Right.REQUESTS_DECIDE, form=lambda _: {"seen": "1", "reason": "Not here"}
    ),
    "POST requests/<name>/ask": one(
        Right.REQUESTS_DECIDE, form=lambda _: {"seen": "1", "asked": "Which service?"}
    ),
    "POST requests/<name>/reopen": one(
        Right.REQUESTS_DECIDE, path=lambda x: {"name": x.refused}, form=lambda _: {"seen": "2"}
    ),
}
PATIENTS: dict[str, Route] = {
    "GET patients": every(Right.PATIENTS_ENROL),
    "GET patients/new": every(Right.PATIENTS_ENROL),
    "POST patients/new": every(
        Right.PATIENTS_ENROL, form=lambda x: PATIENT | {"establishment": x.house}
    ),
    "GET patients/known": every(Right.PATIENTS_ENROL),
    "POST patients/known": every(
        Right.PATIENTS_ENROL,
        form=lambda x: {
            "identifier": "gebeaupre",
            "birth_date": "1948-11-30",
            "consent": "yes",
            "establishment": x.house,
        },
    ),
    "POST patients/letters": one(Right.LETTERS_PRINT, form=lambda x: {"pick": x.patient}),
    "GET patients/<account>": one(Right.PATIENTS_ENROL),
    "POST patients/<account>/letter": one(Right.LETTERS_PRINT),
    "POST patients/<account>/handed": one(
        Right.LETTERS_PRINT, form=lambda x: {"letter": x.letter, "day": "2026-09-21"}
    ),
    "GET patients/<account>/withdraw": one(
        Right.PATIENTS_ENROL, query=lambda x: {"establishment": x.house}
    ),
    "POST patients/<account>/withdraw": one(
        Right.PATIENTS_ENROL, form=lambda x: {"establishment": x.house, "sure": "yes"}
    ),
    "POST patients/<account>/renew": one(
        Right.PATIENTS_ENROL,
        path=lambda x: {"account": x.left},
        form=lambda x: {
            "establishment": x.house,
            "consent": "yes",
            "identifier": f"{x.where}-left",
            "birth_date": BORN,
        },
    ),
    "GET imports": every(Right.ACCOUNTS_IMPORT),
    "POST imports": every(
        Right.ACCOUNTS_IMPORT,
        form=lambda x: {
            "kind": "accounts:professional",
            "establishment": x.house,
            "file": (BytesIO(b"Nom;Prenom\nRoy;Ana\n"), "people.csv"),
        },
    ),
    "GET imports/<run>": one(Right.ACCOUNTS_IMPORT),
    "POST imports/<run>/map": one(
        Right.ACCOUNTS_IMPORT,
        path=lambda x: {"run": x.runs["read"]},
        form=lambda _: {"column-0": "last_name", "column-1": "first_name"},
    ),
    "POST imports/<run>/start": one(
        Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["planned"]}
    ),
    "POST imports/<run>/stop": one(
        Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["running"]}
    ),
    "POST imports/<run>/resume": one(
        Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["stopped"]}
    ),
    "POST imports/<run>/drop": one(
        Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["planned"]}
    ),
    "GET imports/<run>/undo": one(Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["done"]}),
    "POST imports/<run>/undo": one(
        Right.ACCOUNTS_IMPORT,
        path=lambda x: {"run": x.runs["done"]},
        form=lambda _: {"sure": "yes"},
    ),
    "POST imports/<run>/report": one(Right.ACCOUNTS_IMPORT, path=lambda x: {"run": x.runs["done"]}),
    "GET cards": every(Right.MEANS_SEE),
    "GET cards/<serial>": one(Right.MEANS_SEE),
    "GET cards/<serial>/state": one(Right.MEANS_REMOVE),
    "POST cards/<serial>/state": one(Right.MEANS_REMOVE, form=lambda _: {"state": "revoked"}),
    "GET accounts/<account>/card": one(Right.MEANS_ADD),
    "POST accounts/<account>/card": one(
        Right.MEANS_ADD,
        form=lambda _: {"serial": "80250999", "kind": "cps", "valid_until": "2030-01-31"},
    ),
    "GET cards/calculettes/import": every(Right.MEANS_ADD),
    "POST cards/calculettes/import": every(
        Right.MEANS_ADD,
        form=lambda x: {
            "batch": "Spring",
            "act": "bring",
            "file": (BytesIO(container(package(plain(), serial=x.card))), "readers.xml"),
        },
    ),
    "GET cards/<serial>/reader": one(Right.MEANS_SEE),
    "POST cards/<serial>/reader": one(
        Right.MEANS_ADD,
        form=lambda _: {"batch": "Alone", "suite": SUITE, "secret": SECRET.hex()},
    ),
    "GET cards/<serial>/reader/state": one(Right.MEANS_REMOVE, path=READ),
    "POST cards/<serial>/reader/state": one(
        Right.MEANS_REMOVE, path=READ, form=lambda _: {"state": "off"}
    ),
    "POST cards/<serial>/reader/resync": one(
        Right.ACCOUNTS_UNLOCK, path=READ, form=lambda _: {"counter": "1", "drift": "0"}
    ),
}
