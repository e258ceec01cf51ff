# SPDX-License-Identifier: Apache-2.0
"""Parts of an account that have addresses of their own: sessions, means, what was changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.values import Account
from idp.administration.authority import Authority, Denied
from idp.administration.changes import Change
from idp.administration.outcomes import Stale
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Listed, Paging, Shown
from idp.api.words import N_
from idp.db import Tx


class SessionShown(Shown):
    """A live session."""

    id: str
    level: int
    means: list[str]
    address: str
    user_agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class MeansShown(Shown):
    """A way into the account: dates and names, no secret."""

    kind: str
    key: str
    label: str
    state: str
    since: datetime | None
    last_used: datetime | None
    valid_until: datetime | None


class ChangeShown(Shown):
    """What an administrator changed."""

    id: str
    kind: str
    at: datetime
    by: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    undone: Annotated[bool, Field(description="Whether it was taken back")]

    @classmethod
    def of(cls, one: Change) -> "ChangeShown":
        """As programs read it."""
        return cls(
            id=one.id,
            kind=one.kind,
            at=at(one.at),
            by=one.by,
            reason=one.reason,
            before=dict(one.before),
            after=dict(one.after),
            undone=one.undone,
        )


class Undone(Shown):
    """The account whose change was taken back."""

    account: Annotated[str, Field(description="Its id")]


def sessions(asked: Asked) -> Outcome:
    """The live sessions."""
    found = asked.services.office.people.sheet(asked.tx, asked.authority, asked.path["account"])
    if isinstance(found, Denied):
        return found
    if Right.SESSIONS_SEE not in found.may:
        return Denied.NOT_ALLOWED
    items = [
        SessionShown(
            id=one.id,
            level=int(one.level),
            means=list(one.means),
            address=one.address,
            user_agent=one.user_agent,
            created_at=at(one.created_at),
            seen_at=at(one.seen_at),
            expires_at=at(one.expires_at),
        )
        for one in found.sessions
    ]
    return Done(Listed[SessionShown](items=items, total=len(items)))


def means(asked: Asked) -> Outcome:
    """Every way into the account."""
    found = asked.services.office.people.sheet(asked.tx, asked.authority, asked.path["account"])
    if isinstance(found, Denied):
        return found
    if Right.MEANS_SEE not in found.may:
        return Denied.NOT_ALLOWED
    items = [
        MeansShown(
            kind=one.kind,
            key=one.key,
            label=one.label,
            state=one.state,
            since=moment(one.since),
            last_used=moment(one.last_used),
            valid_until=moment(one.valid_until),
        )
        for one in found.means
    ]
    return Done(Listed[MeansShown](items=items, total=len(items)))


def history(asked: Asked) -> Outcome:
    """What administrators changed, the newest first."""
    return changes(asked, asked.services.office.people.history, asked.path["account"])


Told = Callable[[Tx, Authority, Any, str, int], Denied | list[Change]]


def changes(asked: Asked, history: Told, subject: Any) -> Outcome:
    """A page of the changes of something."""
    size = asked.query.size
    # One more than is shown tells whether there is a next page.
    found = history(asked.tx, asked.authority, subject, asked.query.after, size + 1)
    if isinstance(found, Denied):
        return found
    page, more = found[:size], len(found) > size
    items = [ChangeShown.of(one) for one in page]
    return Done(Listed[ChangeShown](items=items), next=page[-1].cursor if more else "")


def undo(asked: Asked) -> Outcome:
    """Take a change back."""
    done = asked.services.office.people.undo(asked.tx, asked.authority, asked.path["change"])
    match done:
        case Account():
            return Done(Undone(account=done.id))
        case Stale():
            return Problem("conflict", "it was changed again since")
    return done


OPERATIONS = (
    Operation(
        "GET",
        "/accounts/{account}/sessions",
        "listSessions",
        N_("Live sessions"),
        sessions,
        Right.SESSIONS_SEE,
        answer=Listed[SessionShown],
    ),
    Operation(
        "GET",
        "/accounts/{account}/means",
        "listMeans",
        N_("Every way into the account"),
        means,
        Right.MEANS_SEE,
        answer=Listed[MeansShown],
    ),
    Operation(
        "GET",
        "/accounts/{account}/changes",
        "listChanges",
        N_("What administrators changed, the newest first"),
        history,
        Right.ACCOUNTS_SEE,
        query=Paging,
        answer=Listed[ChangeShown],
    ),
    Operation(
        "POST",
        "/changes/{change}/undo",
        "undoChange",
        N_("Take a change back"),
        undo,
        Right.ACCOUNTS_EDIT,
        answer=Undone,
        problems=("conflict",),
    ),
)
