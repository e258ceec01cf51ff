# SPDX-License-Identifier: Apache-2.0
"""Requests to register among those who decide: who has one, notes, second thoughts."""

from functools import partial
from typing import Annotated

from pydantic import Field

from idp.administration.rights import Right
from idp.api.routing import Asked, Operation, Outcome
from idp.api.v1.requests import ONE, ApprovedShown, RequestLine, answer, decided, decision
from idp.api.values import Body, Name
from idp.api.words import N_
from idp.registration.decisions import LONGEST_TEXT


class AssigneeGiven(Body):
    """Somebody who may decide on it."""

    account: Annotated[Name, Field(description="One of its `deciders`")]


class NoteGiven(Body):
    """For those who decide; the person never sees it."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class AttachmentGiven(Body):
    """The account that is this person's, and what it is given of what was asked for."""

    account: Annotated[Name, Field(description="One of the accounts `similar` to the request")]
    communities: Annotated[list[Name], Field(max_length=50, default_factory=list)]


def claim(asked: Asked) -> Outcome:
    """Take it oneself."""
    queue = asked.services.office.queue
    return decided(asked, partial(queue.claim, asked.tx, asked.authority))


def release(asked: Asked) -> Outcome:
    """Give it back to everybody."""
    queue = asked.services.office.queue
    return decided(asked, partial(queue.release, asked.tx, asked.authority))


def assign(asked: Asked) -> Outcome:
    """Give it to somebody."""
    queue, account = asked.services.office.queue, asked.body.account
    return decided(asked, partial(queue.assign, asked.tx, asked.authority, account=account))


def pass_on(asked: Asked) -> Outcome:
    """Leave it to the region."""
    queue = asked.services.office.queue
    return decided(asked, partial(queue.pass_on, asked.tx, asked.authority))


def attach(asked: Asked) -> Outcome:
    """Give what was asked for to an account that is there."""
    body: AttachmentGiven = asked.body
    queue, communities = asked.services.office.queue, tuple(body.communities)
    return decided(
        asked,
        partial(
            queue.attach,
            asked.tx,
            asked.authority,
            account=body.account,
            communities=communities,
        ),
    )


def reopen(asked: Asked) -> Outcome:
    """Take a refusal back."""
    queue = asked.services.office.queue
    return decided(asked, partial(queue.reopen, asked.tx, asked.authority))


def note(asked: Asked) -> Outcome:
    """Beside the notes that are there: none is undone, so no version is asked for."""
    queue, request = asked.services.office.queue, asked.path["request"]
    return answer(queue.note(asked.tx, asked.authority, request, asked.body.text))


OPERATIONS = (
    decision(
        "claimRequest",
        "claim",
        N_("Take a request in hand: others see who has it"),
        claim,
        None,
        RequestLine,
    ),
    decision(
        "releaseRequest",
        "release",
        N_("Give a request back to everybody"),
        release,
        None,
        RequestLine,
    ),
    decision(
        "assignRequest",
        "assign",
        N_("Give a request to somebody who may decide on it"),
        assign,
        AssigneeGiven,
        RequestLine,
    ),
    decision(
        "passRequestOn",
        "pass-on",
        N_("Leave a request to the region: an establishment sees it no more"),
        pass_on,
        None,
        RequestLine,
    ),
    decision(
        "attachRequest",
        "attach",
        N_("Give what was asked for to the account that the person has already"),
        attach,
        AttachmentGiven,
        ApprovedShown,
    ),
    decision(
        "reopenRequest",
        "reopen",
        N_("Take a refusal back, for a while: the request waits for a decision again"),
        reopen,
        None,
        RequestLine,
    ),
    Operation(
        "POST",
        f"{ONE}/notes",
        "noteRequest",
        N_("Write a note for those who decide"),
        note,
        Right.REQUESTS_DECIDE,
        body=NoteGiven,
        answer=RequestLine,
        problems=("unfit",),
    ),
)
