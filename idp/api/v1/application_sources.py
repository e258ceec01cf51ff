# SPDX-License-Identifier: Apache-2.0
"""Following what applications say of themselves, for programs."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken
from idp.administration.rules.following import Found, Named, Outcome, Plan, Unfollowed
from idp.administration.rules.protocols import Change
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Request
from idp.api.routing import Outcome as Answered
from idp.api.v1.applications import ONE, faulty
from idp.api.v1.shapes import at
from idp.api.values import Body, Shown
from idp.api.words import N_
from idp.http.services import Services

Url = Annotated[str, Field(max_length=2000)]
Certificate = Annotated[
    str, Field(max_length=16_384, description="PEM, or its SHA-256 fingerprint in hexadecimal")
]


class SourceNamed(Body):
    """Where it is, and who signs it."""

    url: Url
    certificate: Certificate


class SourceSeen(SourceNamed):
    """The same, as it was looked at: another description than that is not taken over."""

    digest: Annotated[str, Field(max_length=64)]
    version: int


class SourceShown(Shown):
    """How a description is followed."""

    followed: bool
    url: str | None = None
    signer: Annotated[str | None, Field(description="SHA-256 of its certificate")] = None
    taken_at: datetime | None = None
    valid_until: datetime | None = None
    next_at: datetime | None = None
    failing_since: datetime | None = None
    fault: str | None = None


class ChangeShown(Shown):
    """One thing that it changes."""

    member: str
    change: str
    value: str


class SourceLooked(Shown):
    """What following it would change; nothing is stored."""

    fault: str | None = None
    signer: str | None = None
    valid_until: datetime | None = None
    digest: str | None = None
    version: int | None = None
    changes: list[ChangeShown] | None = None
    not_taken_over: list[str] | None = None


class SourceFetched(Shown):
    """What came of a fetch."""

    fault: str | None = None
    changes: int = 0


def _fetch(services: Services, request: Request) -> Any:
    """Outside of any transaction: it is somewhere else."""
    named = Named(request.body.url, request.body.certificate)
    following = services.office.following
    return following.look(request.authority, request.path["application"], named)


def _fetch_again(services: Services, request: Request) -> Any:
    done = services.office.following.again(request.authority, request.path["application"])
    return Problem("conflict", "not-followed") if done is None else done


def show(asked: Asked) -> Answered:
    """How it is followed."""
    found = asked.services.office.following.of(asked.tx, asked.authority, asked.path["application"])
    if isinstance(found, Denied):
        return found
    if found is None:
        return Done(SourceShown(followed=False))
    return Done(
        SourceShown(
            followed=True,
            url=found.url,
            signer=found.signer,
            taken_at=at(found.good_at),
            valid_until=at(found.valid_until),
            next_at=at(found.due_at),
            failing_since=at(found.failing_since) if found.failing_since else None,
            fault=found.fault or None,
        )
    )


def look(asked: Asked) -> Answered:
    """What following it would change."""
    found = asked.ready
    if isinstance(found, Unfollowed):
        return Done(SourceLooked(fault=_why(found)))
    following, key = asked.services.office.following, asked.path["application"]
    plan = following.plan(asked.tx, asked.authority, key, found)
    match plan:
        case Unfollowed():
            return Done(SourceLooked(fault=_why(plan)))
        case Faulty():
            return faulty(plan)
        case Plan():
            return Done(_looked(plan))
    return plan


def follow(asked: Asked) -> Answered:
    """Take it over as it was looked at, and fetch it again from now on."""
    found, body = asked.ready, asked.body
    following, key = asked.services.office.following, asked.path["application"]
    if isinstance(found, Found):
        seen = body.version, body.digest
        found = following.follow(asked.tx, asked.authority, key, found, seen)
    match found:
        case Unfollowed():
            why = _why(found)
            return Problem("conflict", why, (Where(f"#/{found.field}", why),))
        case Faulty():
            return faulty(found)
        case Overtaken():
            return Problem("conflict", "changed")
        case Denied():
            return found
    return show(asked)


def stop(asked: Asked) -> Answered:
    """Follow it no more; what was taken over stays."""
    following, key = asked.services.office.following, asked.path["application"]
    done = following.stop(asked.tx, asked.authority, key)
    return done if isinstance(done, Denied) else Done(SourceShown(followed=False))


def fetched(asked: Asked) -> Answered:
    """What came of it."""
    done: Outcome = asked.ready
    return Done(SourceFetched(fault=done.fault or None, changes=done.changes))


def _why(why: Unfollowed) -> str:
    return why.fault.value if why.fault else f"unfit-{why.field}"


def _looked(plan: Plan) -> SourceLooked:
    described = plan.found.described
    return SourceLooked(
        signer=described.fingerprint,
        valid_until=at(described.valid_until),
        digest=described.digest,
        version=plan.version,
        changes=[_change(one) for one in plan.changes],
        not_taken_over=list(described.left),
    )


def _change(one: Change) -> ChangeShown:
    return ChangeShown(member=one.member, change=one.how, value=one.value)


SOURCE = f"{ONE}/source"
SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT
OPERATIONS = (
    Operation(
        "GET",
        SOURCE,
        "showApplicationSource",
        N_("How an application’s metadata is followed"),
        show,
        SEE,
        answer=SourceShown,
    ),
    Operation(
        "POST",
        f"{SOURCE}/look",
        "lookAtApplicationSource",
        N_("What an application’s metadata would change; nothing is stored"),
        look,
        EDIT,
        body=SourceNamed,
        answer=SourceLooked,
        problems=("unfit",),
        prepare=_fetch,
    ),
    Operation(
        "PUT",
        SOURCE,
        "followApplicationSource",
        N_("Take an application’s metadata over, and follow it"),
        follow,
        EDIT,
        body=SourceSeen,
        answer=SourceShown,
        problems=("conflict", "unfit"),
        prepare=_fetch,
    ),
    Operation(
        "DELETE",
        SOURCE,
        "stopApplicationSource",
        N_("Follow an application’s metadata no more"),
        stop,
        EDIT,
        answer=SourceShown,
    ),
    Operation(
        "POST",
        f"{SOURCE}/refresh",
        "refreshApplicationSource",
        N_("Fetch an application’s metadata now"),
        fetched,
        EDIT,
        answer=SourceFetched,
        problems=("conflict",),
        prepare=_fetch_again,
    ),
)
