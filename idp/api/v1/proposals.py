# SPDX-License-Identifier: Apache-2.0
"""Four eyes: grave acts that wait for a second administrator."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Proposal
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Listed, Query, Shown
from idp.api.words import N_


class ProposalShown(Shown):
    """An act that waits, or waited."""

    id: str
    kind: Annotated[str, Field(description="role.give, role.take, key.rotate, trust.add…")]
    facts: dict[str, Any]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    state: Annotated[str, Field(description="open, agreed, declined or withdrawn")]
    decided_by: str
    decided_at: datetime | None


class Which(Query):
    """Those that wait, or those that were decided."""

    state: Annotated[str, Field(pattern="^(open|decided)$")] = "open"


def listing(asked: Asked) -> Outcome:
    """Among the acts that they could do themselves."""
    found = asked.services.office.proposals.listed(
        asked.tx, asked.authority, decided=asked.query.state == "decided"
    )
    if isinstance(found, Denied):
        return found
    items = [_shown(one) for one in found]
    return Done(Listed[ProposalShown](items=items, total=len(items)))


def agree(asked: Asked) -> Outcome:
    """Do it."""
    done = asked.services.office.proposals.agree(asked.tx, asked.authority, asked.path["proposal"])
    if isinstance(done, Denied):
        return done
    return Problem("conflict", done.why) if isinstance(done, Unfit) else Done(status=204)


def decline(asked: Asked) -> Outcome:
    """Don't do it; of whoever proposed it: take it back."""
    done = asked.services.office.proposals.decline(
        asked.tx, asked.authority, asked.path["proposal"]
    )
    if isinstance(done, Denied):
        return done
    return Problem("conflict", done.why) if isinstance(done, Unfit) else Done(status=204)


def _shown(one: Proposal) -> ProposalShown:
    return ProposalShown(
        id=one.id,
        kind=one.kind,
        facts=dict(one.said),
        proposed_by=one.proposed_by,
        proposed_at=at(one.proposed_at),
        expires_at=at(one.expires_at),
        state=one.state,
        decided_by=one.decided_by,
        decided_at=moment(one.decided_at),
    )


# Whoever could do an act sees it wait, and decides about it.
RIGHT, OTHERS = Right.ROLES_GRANT, (Right.POLICIES_EDIT, Right.KEYS_ROTATE, Right.TRUST_EDIT)
OPERATIONS = (
    Operation(
        "GET",
        "/proposals",
        "listProposals",
        N_("Acts that wait for a second administrator"),
        listing,
        RIGHT,
        OTHERS,
        query=Which,
        answer=Listed[ProposalShown],
    ),
    Operation(
        "POST",
        "/proposals/{proposal}/agree",
        "agreeToProposal",
        N_("Have an act done that somebody else proposed; people alone may"),
        agree,
        RIGHT,
        OTHERS,
        status=204,
        problems=("conflict",),
        fresh=True,
    ),
    Operation(
        "POST",
        "/proposals/{proposal}/decline",
        "declineProposal",
        N_("Refuse an act, or take one’s own back"),
        decline,
        RIGHT,
        OTHERS,
        status=204,
        problems=("conflict",),
        fresh=True,
    ),
)
