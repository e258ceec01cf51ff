# SPDX-License-Identifier: Apache-2.0
"""Every operation of SCIM that is served."""

from idp.api.routing import Operation
from idp.api.scim import bulk, discovery, groups, searching, users

OPERATIONS: tuple[Operation, ...] = (
    *discovery.OPERATIONS,
    *users.OPERATIONS,
    *groups.OPERATIONS,
    *searching.OPERATIONS,
    *bulk.OPERATIONS,
)
