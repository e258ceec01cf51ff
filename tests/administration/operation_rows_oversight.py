# SPDX-License-Identifier: Apache-2.0
"""Rows of operations: who holds roles, figures, histories, calculettes, proofs of the audit."""

from idp.administration.rights import Right
from tests.administration.routes import Route, every, one

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
    "listApplicationVersions": every(Right.APPLICATIONS_SEE),
    "putApplicationBack": every(
        Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT, form=lambda _: {"version": 1}
    ),
}
