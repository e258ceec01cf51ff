# SPDX-License-Identifier: Apache-2.0
"""Having the audit proved whole: asked for here, done in the background, read here."""

from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.oversight.verifying import Verification
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Listed, Shown
from idp.api.words import N_


class FaultShown(Shown):
    """Something that is not as it was written."""

    place: str
    what: Annotated[str, Field(description="edited, inserted, moved, event_removed, truncated…")]


class VerificationShown(Shown):
    """One proof, as far as it has come."""

    id: str
    state: Annotated[
        str,
        Field(
            description="running, whole, broken, failed (did not come to an end) or given-up "
            "(its process has died)"
        ),
    ]
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    proved: Annotated[int, Field(description="How many seals, so far")]
    percent: int
    unsealed: Annotated[int, Field(description="Events that were too new to have a seal")]
    faults: list[FaultShown]
    more_faults: Annotated[int, Field(description="How many there are beside these")]


def listing(asked: Asked) -> Outcome:
    """The last ones, the newest first."""
    found = asked.services.office.verifying.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [_shown(one) for one in found]
    return Done(Listed[VerificationShown](items=items, total=len(items)))


def ask(asked: Asked) -> Outcome:
    """Begin, unless one is under way."""
    desk = asked.services.office.verifying
    begun = desk.ask(asked.tx, asked.authority)
    if isinstance(begun, Denied):
        return begun
    if begun is None:
        return Problem("conflict", "one is under way")
    found = desk.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    document = next(_shown(one) for one in found if one.id == begun)
    return Done(document, 201, location=PATH, after=(partial(desk.start, begun),))


def _shown(one: Verification) -> VerificationShown:
    return VerificationShown(
        id=one.id,
        state=one.state,
        asked_by=one.asked_by,
        asked_at=at(one.asked_at),
        ended_at=moment(one.ended_at),
        proved=one.done,
        percent=one.percent,
        unsealed=one.unsealed,
        faults=[FaultShown(place=where, what=what) for where, what in one.faults],
        more_faults=one.more,
    )


PATH = "/audit/verifications"
OPERATIONS = (
    Operation(
        "GET",
        PATH,
        "listVerifications",
        N_("Proofs that the audit is whole, the newest first"),
        listing,
        Right.AUDIT_SEE,
        answer=Listed[VerificationShown],
    ),
    Operation(
        "POST",
        PATH,
        "verifyAudit",
        N_("Have the audit proved whole, in the background"),
        ask,
        Right.AUDIT_SEE,
        answer=VerificationShown,
        status=201,
        problems=("conflict",),
    ),
)
