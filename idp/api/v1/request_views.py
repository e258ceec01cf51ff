# SPDX-License-Identifier: Apache-2.0
"""What helps to decide on a request, and how long people wait for it."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from idp.administration.authority import Denied
from idp.administration.requests.matches import Match, Why
from idp.administration.requests.queue import MOST_WEEKS
from idp.administration.rights import Right
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.requests import ONE
from idp.api.v1.shapes import at, moment
from idp.api.values import Listed, Query, Shown, digits
from idp.api.words import N_


class SimilarShown(Shown):
    """An account, or another request, that may be the same person's."""

    account: Annotated[str | None, Field(description="None where it is another request")]
    request: str | None
    reasons: list[Why]
    certain: Annotated[bool, Field(description="A number, a card or an address of one person")]
    last_name: str
    first_name: str


class SimilarsShown(Shown):
    """Those in your perimeter, the likeliest first."""

    items: list[SimilarShown]
    elsewhere: Annotated[
        bool,
        Field(description="A certain one is out of your reach: the region decides on the request"),
    ]


class DeciderShown(Shown):
    """Somebody who may decide on it."""

    account: str
    name: str


class HappeningShown(Shown):
    """One line of its history."""

    at: datetime
    what: Annotated[
        str,
        Field(
            description="sent, confirmed, corrected, withdrawn, disowned, assigned, released, "
            "noted, passed-on, approved, attached, returned, refused, reopened"
        ),
    ]
    by: Annotated[str, Field(description="Empty for the person who asks")]
    name: Annotated[str, Field(description="What whoever did it is called")]
    note: Annotated[
        str, Field(description="The note, the reason, what was asked, or to whom it was given")
    ]


class FiguresAsked(Query):
    """Since when."""

    weeks: Annotated[
        int,
        Field(ge=1, le=MOST_WEEKS, description="How many, this one included"),
        BeforeValidator(digits),
    ] = 12


class WeekShown(Shown):
    """One week, from Monday on (UTC)."""

    begins_at: datetime
    submitted: int
    approved: int
    refused: int


class RequestFiguresShown(Shown):
    """How long people wait for a decision, of the requests in your perimeter."""

    waiting: Annotated[int, Field(description="To be decided on at this moment")]
    oldest_at: Annotated[
        datetime | None, Field(description="Since when the longest of them has waited")
    ]
    decided: Annotated[int, Field(description="In these weeks")]
    median: Annotated[
        int | None, Field(description="Seconds from request to decision, for half of them")
    ]
    ninth_decile: Annotated[int | None, Field(description="The same for nine in ten of them")]
    weeks: list[WeekShown]


def similar(asked: Asked) -> Outcome:
    """Who may be the same person."""
    found = asked.services.office.queue.open(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    items = [_similar(one) for one in found.matches.seen]
    return Done(SimilarsShown(items=items, elsewhere=found.matches.elsewhere))


def _similar(one: Match) -> SimilarShown:
    if one.account is not None:
        last, first = one.account.person.last_name, one.account.person.first_name
    else:
        details = one.request.content.details if one.request else None
        last = details.last_name if details else ""
        first = details.first_name if details else ""
    return SimilarShown(
        account=one.account.id if one.account else None,
        request=one.request.id if one.request else None,
        reasons=list(one.why),
        certain=one.certain,
        last_name=last,
        first_name=first,
    )


def deciders(asked: Asked) -> Outcome:
    """Whom it may be given to."""
    found = asked.services.office.queue.deciders(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    items = [DeciderShown(account=one, name=name) for one, name in found.items()]
    return Done(Listed[DeciderShown](items=items, total=len(items)))


def history(asked: Asked) -> Outcome:
    """What happened to it, the oldest first."""
    found = asked.services.office.queue.open(asked.tx, asked.authority, asked.path["request"])
    if isinstance(found, Denied):
        return found
    items = [
        HappeningShown(
            at=at(one.at),
            what=one.what,
            by=one.by,
            name=found.names.get(one.by, ""),
            note=one.note,
        )
        for one in found.history
    ]
    return Done(Listed[HappeningShown](items=items, total=len(items)))


def figures(asked: Asked) -> Outcome:
    """How long people wait."""
    wanted: FiguresAsked = asked.query
    found = asked.services.office.queue.figures(asked.tx, asked.authority, wanted.weeks)
    if isinstance(found, Denied):
        return found
    weeks = [
        WeekShown(
            begins_at=at(one.begins_at),
            submitted=one.submitted,
            approved=one.approved,
            refused=one.refused,
        )
        for one in found.weeks
    ]
    return Done(
        RequestFiguresShown(
            waiting=found.waiting,
            oldest_at=moment(found.oldest_at),
            decided=found.decided,
            median=found.median,
            ninth_decile=found.ninth_decile,
            weeks=weeks,
        )
    )


OPERATIONS = (
    Operation(
        "GET",
        "/requests/figures",
        "showRequestFigures",
        N_("How long people wait for a decision, and what came and went each week"),
        figures,
        Right.REQUESTS_SEE,
        query=FiguresAsked,
        answer=RequestFiguresShown,
    ),
    Operation(
        "GET",
        f"{ONE}/similar",
        "listSimilar",
        N_("Accounts and requests that may be the same person’s"),
        similar,
        Right.REQUESTS_SEE,
        answer=SimilarsShown,
    ),
    Operation(
        "GET",
        f"{ONE}/history",
        "listRequestHistory",
        N_("What happened to a request, and the notes of those who decide"),
        history,
        Right.REQUESTS_SEE,
        answer=Listed[HappeningShown],
    ),
    Operation(
        "GET",
        f"{ONE}/deciders",
        "listDeciders",
        N_("Who may decide on a request"),
        deciders,
        Right.REQUESTS_DECIDE,
        answer=Listed[DeciderShown],
    ),
)
