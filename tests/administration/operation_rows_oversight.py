# SPDX-License-Identifier: Apache-2.0
"""Rows of operations: who holds roles, figures, histories, calculettes, proofs of the audit."""

from idp.administration.rights import Right
from tests.administration.routes import Route, every, one

OVERSIGHT: dict[str, Route] = {
    "listHolders": every(Right.ROLES_SEE),
    "listProbableDuplicates": every(Right.ACCOUNTS_MERGE),
    "showEstablishmentStatistics": one(Right.STATISTICS_SEE),
}
