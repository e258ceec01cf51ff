# SPDX-License-Identifier: Apache-2.0
"""Who holds which role: people and applications, by role and name."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.rights import Right, Role
from idp.administration.role_holders import Holder, holders_page
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import HeldRole, at
from idp.api.values import Listed, Paging, Shown
from idp.api.words import N_


class HolderShown(Shown):
    """One role of somebody."""

    subject: Annotated[
        str, Field(description="The id of an account, or application:KEY; as giveRole takes it")
    ]
    name: str
    identifier: Annotated[str, Field(description="Empty for an application")]
    held: HeldRole
    given_at: datetime


class HolderFilters(Paging):
    """Which roles."""

    role: Annotated[str, Field(pattern=f"^({'|'.join(Role)})?$")] = ""
    establishment: Annotated[
        str, Field(max_length=16, pattern="^[0-9A-Z]*$", description="Held for this one alone")
    ] = ""


def holders(asked: Asked) -> Outcome:
    """Those in reach, a page at a time."""
    query, office = asked.query, asked.services.office
    found = holders_page(
        asked.tx,
        asked.authority,
        office.authorities,
        Role(query.role) if query.role else None,
        query.establishment,
        tuple(json.loads(query.after)) if query.after else None,
        query.size,
    )
    if isinstance(found, Denied):
        return found
    following = json.dumps(found.next) if found.next else ""
    shown = [_shown(one) for one in found.holders]
    return Done(Listed[HolderShown](items=shown, total=found.total), next=following)


def _shown(one: Holder) -> HolderShown:
    return HolderShown(
        subject=one.subject,
        name=one.name,
        identifier=one.identifier,
        held=HeldRole(role=one.held.role, establishment=one.held.establishment),
        given_at=at(one.granted_at),
    )


OPERATIONS = (
    Operation(
        "GET",
        "/holders",
        "listHolders",
        N_("Who holds which role, by role and name"),
        holders,
        Right.ROLES_SEE,
        query=HolderFilters,
        answer=Listed[HolderShown],
    ),
)
