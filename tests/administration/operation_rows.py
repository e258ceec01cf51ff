# SPDX-License-Identifier: Apache-2.0
"""Every operation of the API and of SCIM: its rights, and a request that does what it is for.

Written by hand beside what the operations declare, which the test compares with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from idp.administration.rights import Right
from tests.administration.routes import Fields, Route, every, one, whole
from tests.administration.scene_parts import BORN
from tests.administration.scenes import Scene

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PERSON = "urn:sceau:params:scim:schemas:extension:1.0:Person"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
NAMED = {"url": "https://sp.example/metadata", "certificate": "ab" * 32}
HOOK = {
    "name": "One", "address": "https://hooks.example/one", "events": ["account.created"]
}  # fmt: skip
SEARCH = {"schemas": [f"{MESSAGES}:SearchRequest"]}
# What stands in addresses, by its name.
PARAMETERS: dict[str, Callable[[Scene], str]] = {
    "account": lambda x: x.professional,
    "announcement": lambda x: x.announcement,
    "application": lambda _: "dcc",
    "change": lambda x: x.change,
    "community": lambda _: "perinat-centre",
    "delivery": lambda x: x.delivery,
    "establishment": lambda x: x.house,
    "fingerprint": lambda x: x.region.fingerprint,
    "generation": lambda x: str(x.region.generation),
    "import": lambda x: x.runs["read"],
    "key": lambda x: x.passkey,
    "kid": lambda x: x.region.kid,
    "kind": lambda _: "passkey",
    "letter": lambda x: x.letter,
    "message": lambda x: x.message,
    "other": lambda x: x.double,
    "population": lambda _: "staff",
    "proposal": lambda x: x.proposal,
    "reference": lambda x: x.region.listed,
    "request": lambda x: x.request,
    "role": lambda _: "help-desk",
    "serial": lambda x: x.card,
    "session": lambda x: x.session,
    "subject": lambda x: x.helper,
    "webhook": lambda x: x.webhook,
}


def _patch(*operations: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"schemas": [f"{MESSAGES}:PatchOp"], "Operations": list(operations)}


def _user(x: Scene) -> Mapping[str, Any]:
    return {
        "schemas": [USER, PERSON],
        "userName": "newcomer",
        "name": {"givenName": "New", "familyName": "Comer"},
        PERSON: {"establishments": [x.house]},
    }


def _registration(key: str) -> Fields:
    registration = {
        "key": key,
        "name": "New",
        "protocol": "oidc",
        "policy": {"means": ["password"], "level": 1},
        "oidc": {"redirect_uris": ["https://new.example/cb"]},
    }
    return lambda _: registration


AT_HOUSE: Fields = lambda x: {"establishment": x.house}  # noqa: E731 - one among many
PATIENT: Fields = lambda x: {"account": x.patient}  # noqa: E731 - one among many
AUDITOR: Fields = lambda x: {"subject": x.professional, "role": "auditor"}  # noqa: E731 - as above
ACCOUNTS: dict[str, Route] = {
    "whoami": every(),
    "listAccounts": every(Right.ACCOUNTS_SEE),
    "createAccount": one(
        Right.ACCOUNTS_CREATE,
        form=lambda x: {
            "population": "professional",
            "identifier": "newcomer",
            "last_name": "Comer",
            "first_name": "New",
            "establishments": [x.house],
        },
    ),
    "showAccount": one(Right.ACCOUNTS_SEE),
    "editAccount": one(
        Right.ACCOUNTS_SEE, Right.ACCOUNTS_EDIT, form=lambda _: {"town": "Ailleurs"}
    ),
    "setAccountState": one(Right.ACCOUNTS_STATE, form=lambda _: {"state": "disabled"}),
    "unlockAccount": one(Right.ACCOUNTS_UNLOCK),
    "resetAccount": one(Right.ACCOUNTS_RESET, form=lambda _: {"way": "link"}),
    "listSessions": one(Right.SESSIONS_SEE),
    "endSession": one(Right.SESSIONS_END),
    "endSessions": one(Right.SESSIONS_END),
    "listMeans": one(Right.MEANS_SEE),
    "removeMeans": one(
        Right.MEANS_REMOVE, path=lambda x: {"account": x.professional, "kind": "otp"}
    ),
    "removeOneMeans": one(Right.MEANS_REMOVE),
    "affiliateAccount": one(Right.ACCOUNTS_EDIT),
    "unaffiliateAccount": one(Right.ACCOUNTS_EDIT),
    "joinAccount": one(Right.MEMBERS_EDIT),
    "leaveAccount": one(Right.MEMBERS_EDIT, path=lambda _: {"community": "onco-centre"}),
    "listChanges": one(Right.ACCOUNTS_SEE),
    "listActivities": one(Right.ACCOUNTS_SEE),
    "writeActivities": one(
        Right.ACCOUNTS_SEE,
        Right.ACCOUNTS_EDIT,
        Right.DIRECTORY_IMPORT,
        form=lambda _: {
            "activities": [
                {"profession_code": "60", "sector": "SA07", "structure_number": "499700000013008"}
            ]
        },
    ),
    "undoChange": one(Right.ACCOUNTS_SEE, Right.ACCOUNTS_EDIT),
    "giveRole": one(Right.ROLES_GRANT, path=AUDITOR, query=AT_HOUSE),
    "takeRole": one(Right.ROLES_GRANT, query=AT_HOUSE),
    "listRequests": every(Right.REQUESTS_SEE),
    "showRequest": one(Right.REQUESTS_SEE),
    "approveRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, form=lambda _: {"not_the_same": True}
    ),
    "refuseRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, form=lambda _: {"reason": "Not here"}
    ),
    "returnRequest": one(
        Right.REQUESTS_SEE, Right.REQUESTS_DECIDE, form=lambda _: {"reason": "Which service?"}
    ),
    "enrolPatient": one(
        Right.PATIENTS_ENROL,
        form=lambda x: {
            "establishment": x.house,
            "last_name": "Nouveau",
            "first_name": "Patient",
            "birth_date": BORN,
            "phone": "06 39 98 12 34",
        },
    ),
    "collectConsent": one(
        Right.PATIENTS_ENROL,
        form=lambda x: {
            "establishment": x.house,
            "identifier": "gebeaupre",
            "birth_date": "1948-11-30",
        },
    ),
    "withdrawConsent": one(Right.PATIENTS_ENROL, path=PATIENT),
    "printLetter": one(Right.LETTERS_PRINT, path=PATIENT, query=AT_HOUSE),
}
REGION: dict[str, Route] = {
    "listEstablishments": every(Right.ESTABLISHMENTS_SEE),
    "showEstablishment": one(Right.ESTABLISHMENTS_SEE),
    "createEstablishment": every(
        Right.ESTABLISHMENTS_EDIT, form=lambda _: {"key": "450000104", "name": "Autre"}
    ),
    "replaceEstablishment": one(
        Right.ESTABLISHMENTS_SEE, Right.ESTABLISHMENTS_EDIT, form=lambda _: {"name": "Autre"}
    ),
    "setEstablishmentState": one(Right.ESTABLISHMENTS_EDIT, form=lambda _: {"state": "closed"}),
    "listCommunities": every(Right.COMMUNITIES_SEE),
    "showCommunity": every(Right.COMMUNITIES_SEE),
    "createCommunity": every(
        Right.COMMUNITIES_EDIT, form=lambda _: {"key": "neuro", "name": "Neuro"}
    ),
    "renameCommunity": every(Right.COMMUNITIES_EDIT, form=lambda _: {"name": "Autre nom"}),
    "removeCommunity": every(Right.COMMUNITIES_EDIT),
    "listAnnouncements": every(Right.ANNOUNCEMENTS_EDIT),
    "createAnnouncement": every(
        Right.ANNOUNCEMENTS_EDIT, form=lambda _: {"french": "Un mot", "english": "A word"}
    ),
    "endAnnouncement": every(Right.ANNOUNCEMENTS_EDIT),
    "searchDirectory": every(Right.DIRECTORY_SEE, query=lambda _: {"name": "durand"}),
    "showDirectoryEntry": every(Right.DIRECTORY_SEE),
    "listEvents": every(Right.AUDIT_SEE),
    "showStatistics": whole(Right.STATISTICS_SEE),
    "listApplications": every(Right.APPLICATIONS_SEE),
    "showApplication": every(Right.APPLICATIONS_SEE),
    "registerApplication": every(Right.APPLICATIONS_EDIT, form=_registration("new")),
    "replaceApplication": every(Right.APPLICATIONS_EDIT, form=_registration("dcc")),
    "setApplicationState": every(Right.APPLICATIONS_EDIT, form=lambda _: {"enabled": False}),
    "renewApplicationSecret": every(Right.APPLICATIONS_EDIT),
    "showApplicationSource": every(Right.APPLICATIONS_SEE),
    "lookAtApplicationSource": every(Right.APPLICATIONS_EDIT, form=lambda _: NAMED),
    "followApplicationSource": every(
        Right.APPLICATIONS_EDIT, form=lambda _: NAMED | {"digest": "x", "version": 1}
    ),
    "stopApplicationSource": every(Right.APPLICATIONS_EDIT),
    "refreshApplicationSource": every(Right.APPLICATIONS_EDIT),
    "listWebhooks": every(Right.WEBHOOKS_EDIT),
    "showWebhook": every(Right.WEBHOOKS_EDIT),
    "createWebhook": every(Right.WEBHOOKS_EDIT, form=lambda _: HOOK),
    "replaceWebhook": every(Right.WEBHOOKS_EDIT, form=lambda _: HOOK),
    "removeWebhook": every(Right.WEBHOOKS_EDIT),
    "rotateWebhookSecret": every(Right.WEBHOOKS_EDIT),
    "pingWebhook": every(Right.WEBHOOKS_EDIT),
    "listDeliveries": every(Right.WEBHOOKS_EDIT),
    "resendDelivery": every(Right.WEBHOOKS_EDIT),
}
USER_ID: Fields = lambda x: {"id": x.professional}  # noqa: E731 - one among many
GROUP_ID: Fields = lambda _: {"id": "perinat-centre"}  # noqa: E731 - as above
SCIM: dict[str, Route] = {
    "serviceProviderConfig": every(),
    "listSchemas": every(),
    "showSchema": every(path=lambda _: {"id": USER}),
    "listResourceTypes": every(),
    "showResourceType": every(path=lambda _: {"id": "User"}),
    "listUsers": every(Right.ACCOUNTS_SEE),
    "searchUsers": every(Right.ACCOUNTS_SEE, form=lambda _: SEARCH),
    "searchAll": every(Right.ACCOUNTS_SEE, form=lambda _: SEARCH),
    "createUser": one(Right.ACCOUNTS_CREATE, form=_user),
    "showUser": one(Right.ACCOUNTS_SEE, path=USER_ID),
    "replaceUser": one(Right.ACCOUNTS_SEE, Right.ACCOUNTS_EDIT, path=USER_ID),
    "patchUser": one(
        Right.ACCOUNTS_SEE,
        Right.ACCOUNTS_EDIT,
        path=USER_ID,
        form=lambda _: _patch({"op": "replace", "path": f"{PERSON}:town", "value": "Other"}),
    ),
    "deleteUser": one(Right.ACCOUNTS_SEE, Right.ACCOUNTS_STATE, path=USER_ID),
    "listGroups": every(Right.COMMUNITIES_SEE),
    "searchGroups": every(Right.COMMUNITIES_SEE, form=lambda _: SEARCH),
    "createGroup": every(
        Right.COMMUNITIES_EDIT, form=lambda _: {"schemas": [GROUP], "displayName": "Neuro"}
    ),
    "showGroup": every(Right.COMMUNITIES_SEE, path=GROUP_ID),
    "replaceGroup": every(Right.MEMBERS_EDIT, path=GROUP_ID),
    "patchGroup": replace(
        one(
            Right.MEMBERS_EDIT,
            path=GROUP_ID,
            form=lambda x: _patch(
                {"op": "add", "path": "members", "value": [{"value": x.professional}]}
            ),
        ),
        unknown=400,
    ),
    "deleteGroup": every(Right.COMMUNITIES_EDIT, path=GROUP_ID),
    "bulk": one(
        form=lambda x: {
            "schemas": [f"{MESSAGES}:BulkRequest"],
            "Operations": [{"method": "DELETE", "path": f"/Users/{x.professional}"}],
        },
    ),
}
