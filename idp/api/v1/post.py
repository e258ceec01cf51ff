# SPDX-License-Identifier: Apache-2.0
"""Messages: what was sent and what waits, never what it says."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.oversight.post_desk import SIZE
from idp.administration.oversight.post_desk import Asked as Wanted
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Line32, Line64, Listed, Paging, Shown
from idp.api.words import N_
from idp.messages.records import Record


class MessageShown(Shown):
    """A message, as far as it may be seen."""

    id: str
    state: str
    channel: str
    purpose: str
    account: str | None
    recipient: Annotated[str, Field(description="Enough to recognise one's own")]
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    tries: int
    provider_reference: str | None
    fault: str


class MessageFilters(Paging):
    """Which messages."""

    size: Annotated[int, Field(ge=SIZE, le=SIZE, description="A page is always so long")] = SIZE
    state: Line32 = ""
    channel: Line32 = ""
    purpose: Line64 = ""
    account: Line64 = ""


def listing(asked: Asked) -> Outcome:
    """The newest first."""
    query = asked.query
    at_, _, last = query.after.partition("~")
    before = (int(at_), last) if last else None
    wanted = Wanted(query.state, query.channel, query.purpose, query.account, before)
    found = asked.services.office.post.listed(asked.tx, asked.authority, wanted)
    if isinstance(found, Denied):
        return found
    following = f"{found.next[0]}~{found.next[1]}" if found.next else ""
    items = [_shown(one) for one in found.messages]
    return Done(Listed[MessageShown](items=items), next=following)


def show(asked: Asked) -> Outcome:
    """One of them."""
    found = asked.services.office.post.one(asked.tx, asked.authority, asked.path["message"])
    return found if isinstance(found, Denied) else Done(_shown(found))


def _verb(name: str) -> Callable[[Asked], Outcome]:
    def run(asked: Asked) -> Outcome:
        verb = getattr(asked.services.office.post, name)
        done = verb(asked.tx, asked.authority, asked.path["message"])
        if isinstance(done, Denied):
            return done
        return Done(status=204) if done else Problem("conflict", "it does not wait any more")

    return run


def _shown(one: Record) -> MessageShown:
    return MessageShown(
        id=one.id,
        state=one.state,
        channel=one.channel,
        purpose=one.purpose,
        account=one.account,
        recipient=one.recipient,
        created_at=at(one.created_at),
        next_at=moment(one.next_at),
        ended_at=moment(one.ended_at),
        tries=one.tries,
        provider_reference=one.provider_ref,
        fault=one.fault,
    )


ONE = "/messages/{message}"
OPERATIONS = (
    Operation(
        "GET",
        "/messages",
        "listMessages",
        N_("What was sent and what waits, the newest first"),
        listing,
        Right.MESSAGES_SEE,
        query=MessageFilters,
        answer=Listed[MessageShown],
        problems=("cursor",),
    ),
    Operation(
        "GET",
        ONE,
        "showMessage",
        N_("One message; never what it says"),
        show,
        Right.MESSAGES_SEE,
        answer=MessageShown,
    ),
    Operation(
        "POST",
        f"{ONE}/retry",
        "retryMessage",
        N_("Try a message that waits again at once"),
        _verb("hasten"),
        Right.MESSAGES_RESEND,
        status=204,
        problems=("conflict",),
    ),
    Operation(
        "POST",
        f"{ONE}/drop",
        "dropMessage",
        N_("Never send a message that waits"),
        _verb("cancel"),
        Right.MESSAGES_RESEND,
        status=204,
        problems=("conflict",),
    ),
)
