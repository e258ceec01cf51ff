# SPDX-License-Identifier: Apache-2.0
"""The REST API, first version: one file an area, each a list of operations over a service."""

from idp.api.routing import Operation
from idp.api.v1 import account_acts, account_parts, accounts, myself, roles

OPERATIONS: tuple[Operation, ...] = (
    *myself.OPERATIONS,
    *accounts.OPERATIONS,
    *account_acts.OPERATIONS,
    *account_parts.OPERATIONS,
    *roles.OPERATIONS,
)
