# SPDX-License-Identifier: Apache-2.0
"""Rows of operations: who holds roles, figures, histories, calculettes, proofs of the audit."""

from base64 import b64encode

from idp.administration.rights import Right
from tests.administration.routes import Fields, Route, every, one
from tests.administration.scenes import Scene
from tests.pskc import SECRET, SUITE, container, package, plain

READ: Fields = lambda x: {"serial": x.read_card}  # noqa: E731 - one among many


def _delivery(x: Scene) -> dict[str, str]:
    file = container(package(plain(), serial=x.card))
    return {"name": "Spring", "file": b64encode(file).decode()}


OVERSIGHT: dict[str, Route] = {
    "listHolders": every(Right.ROLES_SEE),
    "listProbableDuplicates": every(Right.ACCOUNTS_MERGE),
    "showEstablishmentStatistics": one(Right.STATISTICS_SEE),
    "listEstablishmentChanges": one(Right.ESTABLISHMENTS_SEE),
    "undoEstablishmentChange": one(
        Right.ESTABLISHMENTS_EDIT, path=lambda x: {"change": x.house_change}
    ),
    "listCommunityChanges": every(Right.COMMUNITIES_SEE),
    "undoCommunityChange": every(
        Right.COMMUNITIES_EDIT, path=lambda x: {"change": x.region.changes["community"]}
    ),
    "listPasswordPolicyChanges": every(Right.POLICIES_SEE),
    "undoPasswordPolicyChange": every(
        Right.POLICIES_EDIT, path=lambda x: {"change": x.region.changes["passwords"]}
    ),
    "showCalculette": one(Right.MEANS_SEE, path=READ),
    "bringCalculettes": every(Right.MEANS_ADD, form=_delivery),
    "handCalculetteOver": one(
        Right.MEANS_ADD,
        form=lambda _: {"batch": "Alone", "suite": SUITE, "secret": SECRET.hex()},
    ),
    "disableCalculette": one(Right.MEANS_REMOVE, path=READ),
    "enableCalculette": one(Right.MEANS_ADD, path=READ),
    "correctCalculette": one(Right.ACCOUNTS_UNLOCK, path=READ, form=lambda _: {"counter": 1}),
    "bindCard": one(
        Right.MEANS_ADD,
        form=lambda _: {"serial": "80250999", "kind": "cps", "valid_until": "2030-01-31"},
    ),
    "listVerifications": every(Right.AUDIT_SEE),
    "verifyAudit": every(Right.AUDIT_SEE),
    "listApplicationVersions": every(Right.APPLICATIONS_SEE),
    "putApplicationBack": every(
        Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT, form=lambda _: {"version": 1}
    ),
}
