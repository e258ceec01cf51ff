# SPDX-License-Identifier: Apache-2.0
"""Requests to register: the queue, and what is decided."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.requests.outcomes import Approval, Approved, Blocked, Unfit, Way
from idp.administration.rights import Right
from idp.api.etags import fits
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import moment
from idp.api.values import Body, Line200, Listed, Name, Paging, Shown
from idp.api.words import N_
from idp.registration.decisions import Stale
from idp.registration.listing import Query as Wanted
from idp.registration.values import Request


class RequestLine(Shown):
    """A request in the queue."""

    id: str
    stage: str
    version: int
    last_name: str
    first_name: str
    national_id: str
    establishment: str
    submitted_at: datetime | None
    decided_at: datetime | None
    assigned_to: str | None


class RequestShown(RequestLine):
    """A request with what was typed."""

    details: dict[str, Any]
    communities: list[str]
    similar: Annotated[int, Field(description="People in your perimeter who may be the same")]
    may_decide: bool
    account: Annotated[str | None, Field(description="Once it is approved")]


class RequestFilters(Paging):
    """Which requests."""

    text: Line200 = ""
    stage: Annotated[str, Field(pattern="^[a-z_-]{0,16}$")] = "pending"
    establishment: Annotated[str, Field(pattern="^[0-9A-Z]{0,16}$")] = ""


class ApprovalGiven(Body):
    """Yes, and with what."""

    communities: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    not_the_same: Annotated[
        bool, Field(description="Similar people were looked at, and are others")
    ] = False


class Reasoned(Body):
    """No, or not yet: the person is told why."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ApprovedShown(Shown):
    """The account that there is now."""

    account: str
    communities: list[str]


def _line(one: Request) -> dict[str, Any]:
    details = one.content.details
    return {
        "id": one.id,
        "stage": one.stage.value,
        "version": one.version,
        "last_name": details.last_name,
        "first_name": details.first_name,
        "national_id": one.national_id,
        "establishment": one.establishment,
        "submitted_at": moment(one.submitted_at),
        "decided_at": moment(one.decided_at),
        "assigned_to": one.assigned_to,
    }


def listing(asked: Asked) -> Outcome:
    """A page of the queue."""
    wanted = Wanted(**asked.query.model_dump())
    found = asked.services.office.queue.list(asked.tx, asked.authority, wanted)
    if isinstance(found, Denied):
        return found
    items = [RequestLine(**_line(one.request)) for one in found.rows]
    return Done(Listed[RequestLine](items=items), next=found.next)


def show(asked: Asked) -> Outcome:
    """One request."""
    found = asked.services.office.queue.open(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    request = found.request
    document = RequestShown(
        **_line(request),
        details=asdict(request.content.details),
        communities=list(found.communities),
        similar=len(found.matches.seen),
        may_decide=found.may_decide,
        account=request.account_id,
    )
    return Done(document, etag=f'"{request.version}"')


def _seen(asked: Asked) -> int | Problem | Denied:
    """The version that the caller has seen, where it is the one that is there."""
    found = asked.services.office.queue.open(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    version = found.request.version
    etag = f'"{version}"'
    return version if fits(asked.if_match, etag) else Problem("changed", headers=(("ETag", etag),))


def approve(asked: Asked) -> Outcome:
    """Make the account; the person is sent a link."""
    seen = _seen(asked)
    if not isinstance(seen, int):
        return seen
    body: ApprovalGiven = asked.body
    approval = Approval(tuple(body.communities), Way.LINK, body.not_the_same)
    queue, request = asked.services.office.queue, asked.path["request"]
    return _answer(queue.approve(asked.tx, asked.authority, request, seen, approval))


def refuse(asked: Asked) -> Outcome:
    """No."""
    seen = _seen(asked)
    if not isinstance(seen, int):
        return seen
    queue, request = asked.services.office.queue, asked.path["request"]
    return _answer(queue.refuse(asked.tx, asked.authority, request, seen, asked.body.reason))


def ask_more(asked: Asked) -> Outcome:
    """Not yet."""
    seen = _seen(asked)
    if not isinstance(seen, int):
        return seen
    queue, request = asked.services.office.queue, asked.path["request"]
    return _answer(queue.ask_more(asked.tx, asked.authority, request, seen, asked.body.reason))


def _answer(done: Denied | Stale | Unfit | Blocked | Approved | Request) -> Outcome:
    match done:
        case Approved():
            return Done(ApprovedShown(account=done.account.id, communities=list(done.communities)))
        case Request():
            return Done(RequestLine(**_line(done)), etag=f'"{done.version}"')
        case Stale():
            return Problem("changed")
        case Blocked():
            return Problem("conflict", "similar people must be looked at first: not_the_same")
        case Unfit():
            errors = tuple(Where(f"#/{one}", done.why) for one in done.fields)
            return Problem("unfit", done.why, errors)
    return done


ONE = "/requests/{request}"


def _decision(name: str, verb: str, summary: str, run: Any, body: Any, answer: Any) -> Operation:
    return Operation(
        "POST",
        f"{ONE}/{verb}",
        name,
        summary,
        run,
        Right.REQUESTS_DECIDE,
        body=body,
        answer=answer,
        edits=True,
        problems=("unfit", "conflict"),
    )


OPERATIONS = (
    Operation(
        "GET",
        "/requests",
        "listRequests",
        N_("Requests to register in your perimeter"),
        listing,
        Right.REQUESTS_SEE,
        query=RequestFilters,
        answer=Listed[RequestLine],
    ),
    Operation(
        "GET", ONE, "showRequest", N_("One request"), show, Right.REQUESTS_SEE, answer=RequestShown
    ),
    _decision(
        "approveRequest",
        "approve",
        N_("Make the account, and send a link to its owner"),
        approve,
        ApprovalGiven,
        ApprovedShown,
    ),
    _decision(
        "refuseRequest", "refuse", N_("Refuse, with the reason"), refuse, Reasoned, RequestLine
    ),
    _decision(
        "returnRequest",
        "return",
        N_("Ask the person for more"),
        ask_more,
        Reasoned,
        RequestLine,
    ),
)
