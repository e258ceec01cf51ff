# SPDX-License-Identifier: Apache-2.0
"""The same decision on several requests: each is done or refused by itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.requests.batch import MOST, Picked, Verb, Wanted, decide, refuses
from idp.administration.requests.outcomes import Approved, CardBound
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome, Several
from idp.api.routing import Request as Incoming
from idp.api.v1.requests import answer
from idp.api.values import Body, Listed, Name, Shown
from idp.api.words import N_
from idp.registration.decisions import LONGEST_TEXT
from idp.registration.values import Request


class PickedGiven(Body):
    """One of them, as it was read."""

    request: Name
    version: Annotated[int, Field(ge=1, le=999_999_999)]


class BatchGiven(Body):
    """What is decided, and on which."""

    decision: Literal["approve", "refuse", "claim"]
    requests: Annotated[list[PickedGiven], Field(min_length=1, max_length=MOST)]
    reason: Annotated[
        str,
        Field(max_length=LONGEST_TEXT, description="What everybody who is refused is told"),
    ] = ""
    communities: Annotated[
        Literal["none", "wished"],
        Field(description="Those who are approved: in no community, or in those they asked for"),
    ] = "none"


class BatchLine(Shown):
    """What became of one of them."""

    request: str
    outcome: Annotated[
        str,
        Field(description="done, or the problem: changed, conflict, unfit, not-found, not-allowed"),
    ]
    detail: Annotated[str, Field(description="Why not")] = ""
    stage: str | None = None
    version: int | None = None
    account: Annotated[str | None, Field(description="The account that there is now")] = None
    card: CardBound | None = None


def things(asked: Incoming) -> Mapping[str, Picked] | Problem | Denied:
    """Each by its id; the same one twice is a mistake."""
    body: BatchGiven = asked.body
    refusal = refuses(asked.authority, _wanted(body))
    if isinstance(refusal, Denied):
        return refusal
    if refusal is not None:
        return Problem("unfit", refusal.why, (Where("#/reason", refusal.why),))
    found: dict[str, Picked] = {}
    for number, one in enumerate(body.requests):
        if one.request in found:
            return Problem("unfit", "repeated", (Where(f"#/requests/{number}", "repeated"),))
        found[one.request] = Picked(one.request, one.version)
    return found


def run(asked: Asked) -> Outcome:
    """One of them."""
    picked: Picked = asked.ready
    queue = asked.services.office.queue
    done = decide(asked.tx, queue, asked.authority, picked, _wanted(asked.body))
    match done:
        case Approved():
            request, card = done.request, done.card
            return Done(_line(request, account=done.account.id, card=card))
        case Request():
            return Done(_line(done))
    return answer(done)


def _line(request: Request, **more: Any) -> BatchLine:
    return BatchLine(
        request=request.id,
        outcome="done",
        stage=request.stage.value,
        version=request.version,
        **more,
    )


def refused(one: Picked, problem: Problem) -> BatchLine:
    """Nothing was done."""
    return BatchLine(request=one.request, outcome=problem.name, detail=problem.detail)


def _wanted(body: BatchGiven) -> Wanted:
    return Wanted(Verb(body.decision), body.reason, wished=body.communities == "wished")


def told(lines: list[BatchLine]) -> Listed[BatchLine]:
    """In the order in which they were named."""
    return Listed[BatchLine](items=lines, total=len(lines))


OPERATIONS = (
    Operation(
        "POST",
        "/requests/batch",
        "decideRequests",
        N_("The same decision on several requests: each is done or refused by itself"),
        run,
        Right.REQUESTS_DECIDE,
        body=BatchGiven,
        answer=Listed[BatchLine],
        problems=("unfit",),
        several=Several(things, BatchLine, refused, told),
    ),
)
