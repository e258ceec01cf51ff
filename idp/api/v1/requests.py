# SPDX-License-Identifier: Apache-2.0
"""Requests to register: the queue, and what is decided."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    CardBound,
    Temporary,
    Unfit,
    Way,
)
from idp.administration.rights import Right
from idp.api.etags import fits
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.routing import Request as Incoming
from idp.api.v1.shapes import moment
from idp.api.values import Body, Line200, Listed, Moment, Name, Paging, Shown
from idp.api.words import N_
from idp.http.services import Services
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
    profession: Annotated[
        str, Field(pattern="^[0-9A-Za-z]{0,16}$", description="Its code, as it was typed")
    ] = ""
    assigned: Annotated[
        str,
        Field(pattern="^[A-Za-z0-9_-]{0,43}$", description="me, nobody, or the id of who has them"),
    ] = ""
    waiting: Annotated[Moment, Field(description="Seconds that they have waited at least")] = 0


class ApprovalGiven(Body):
    """Yes, and with what."""

    communities: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    not_the_same: Annotated[
        bool, Field(description="Similar people were looked at, and are others")
    ] = False
    way: Annotated[
        Literal["link", "password"],
        Field(description="What the person is sent: a link, or a temporary password by e-mail"),
    ] = "link"


class Reasoned(Body):
    """No, or not yet: the person is told why."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ApprovedShown(Shown):
    """The account that there is now."""

    account: str
    communities: list[str]
    card: Annotated[
        CardBound, Field(description="What became of the card that was shown with the request")
    ]


def line(one: Request) -> dict[str, Any]:
    """What a list tells of it."""
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
    items = [RequestLine(**line(one.request)) for one in found.rows]
    return Done(Listed[RequestLine](items=items), next=found.next)


def show(asked: Asked) -> Outcome:
    """One request."""
    found = asked.services.office.queue.open(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    request = found.request
    document = RequestShown(
        **line(request),
        details=asdict(request.content.details),
        communities=list(found.communities),
        similar=len(found.matches.seen),
        may_decide=found.may_decide,
        account=request.account_id,
    )
    return Done(document, etag=f'"{request.version}"')


def seen(asked: Asked) -> int | Problem | Denied:
    """The version that the caller has seen, where it is the one that is there."""
    queue = asked.services.office.queue
    version = queue.version(asked.tx, asked.authority, asked.path["request"])
    if isinstance(version, Denied):
        return version
    etag = f'"{version}"'
    return version if fits(asked.if_match, etag) else Problem("changed", headers=(("ETag", etag),))


def prepare(services: Services, asked: Incoming) -> Temporary | None:
    """A temporary password, where one is asked for; none for whoever may not approve."""
    wanted = asked.body.way == Way.PASSWORD and asked.authority.may(Right.REQUESTS_DECIDE)
    return services.office.queue.prepare() if wanted else None


def decided(asked: Asked, act: Callable[[str, int], Any]) -> Outcome:
    """What becomes of a request by a verb that is given its id and the version seen."""
    version = seen(asked)
    return answer(act(asked.path["request"], version)) if isinstance(version, int) else version


def approve(asked: Asked) -> Outcome:
    """Make the account; the person is sent the way in."""
    body: ApprovalGiven = asked.body
    approval = Approval(tuple(body.communities), Way(body.way), body.not_the_same)
    queue, temporary = asked.services.office.queue, asked.ready
    return decided(
        asked,
        lambda request, version: queue.approve(
            asked.tx, asked.authority, request, version, approval, temporary
        ),
    )


def refuse(asked: Asked) -> Outcome:
    """No."""
    queue, reason = asked.services.office.queue, asked.body.reason
    return decided(asked, partial(queue.refuse, asked.tx, asked.authority, reason=reason))


def ask_more(asked: Asked) -> Outcome:
    """Not yet."""
    queue, wanted = asked.services.office.queue, asked.body.reason
    return decided(asked, partial(queue.ask_more, asked.tx, asked.authority, asked=wanted))


def answer(done: Denied | Stale | Unfit | Blocked | Approved | Request) -> Outcome:
    """What a verb of the queue came to."""
    match done:
        case Approved():
            shown = ApprovedShown(
                account=done.account.id, communities=list(done.communities), card=done.card
            )
            return Done(shown)
        case Request():
            return Done(RequestLine(**line(done)), etag=f'"{done.version}"')
        case Stale():
            return Problem("changed")
        case Blocked():
            return Problem("conflict", "similar people must be looked at first: not_the_same")
        case Unfit():
            errors = tuple(Where(f"#/{one}", done.why) for one in done.fields)
            return Problem("unfit", done.why, errors)
    return done


ONE = "/requests/{request}"


def decision(
    name: str, verb: str, summary: str, run: Any, body: Any, shown: Any, ready: Any = None
) -> Operation:
    """What is done to one request, of which the version is named that was seen."""
    return Operation(
        "POST",
        f"{ONE}/{verb}",
        name,
        summary,
        run,
        Right.REQUESTS_DECIDE,
        body=body,
        answer=shown,
        edits=True,
        problems=("unfit", "conflict"),
        prepare=ready,
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
    decision(
        "approveRequest",
        "approve",
        N_("Make the account, and send its owner the way in"),
        approve,
        ApprovalGiven,
        ApprovedShown,
        prepare,
    ),
    decision(
        "refuseRequest", "refuse", N_("Refuse, with the reason"), refuse, Reasoned, RequestLine
    ),
    decision(
        "returnRequest",
        "return",
        N_("Ask the person for more"),
        ask_more,
        Reasoned,
        RequestLine,
    ),
)
