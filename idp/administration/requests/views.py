# SPDX-License-Identifier: Apache-2.0
"""Requests as whoever decides looks at them: lists, and one with all that helps."""

from collections.abc import Iterable, Sequence

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.administration.authority import Authority
from idp.administration.region.networks import given_by
from idp.administration.requests import making
from idp.administration.requests.ground import QueueGround
from idp.administration.requests.matches import matches
from idp.administration.requests.outcomes import Opened, Row, Rows
from idp.administration.rights import Right
from idp.db import Found, Tx
from idp.directory import agreement
from idp.directory.agreement import Point
from idp.directory.values import Practitioner
from idp.registration.values import Request, Stage


def rows(tx: Tx, ground: QueueGround, found: Sequence[Found], cursor: str) -> Rows:
    """A page of the queue."""
    opened = [ground.store.read(one) for one in found]
    names = names_of(tx, (one.assigned_to or "" for one in opened))
    houses = {one: _house(tx, one) for one in {each.establishment for each in opened}}
    return Rows(
        tuple(
            Row(one, names.get(one.assigned_to or "", ""), houses[one.establishment])
            for one in opened
        ),
        cursor,
    )


def draw(
    tx: Tx, ground: QueueGround, authority: Authority, request: Request, *, may_decide: bool
) -> Opened:
    """Everything about one request."""
    history = tuple(ground.store.history(tx, request.id))
    practitioner, points = _agreement(tx, ground, request)
    known = accounts.community_names(tx)
    wished = request.content.wishes.communities
    given = given_by(tx, authority, Right.REQUESTS_DECIDE)
    who = {one.by for one in history} | {request.assigned_to or "", request.decided_by or ""}
    who |= {one.note for one in history if one.what == "assigned"}
    return Opened(
        request=request,
        history=history,
        matches=matches(tx, ground.store, authority, request),
        practitioner=practitioner,
        agreement=points,
        names=names_of(tx, who),
        communities={one: known[one] for one in wished if one in known},
        grantable={one: known[one] for one in wished if one in given},
        needed={one: known[one] for one in making.needed(tx, ground, request) if one in given},
        establishment=_house(tx, request.establishment),
        may_decide=may_decide,
        reopen_until=reopen_until(ground, request),
    )


def reopen_until(ground: QueueGround, request: Request) -> int | None:
    """Until when a refusal can be taken back; None where it can't, or not any more."""
    if request.stage is not Stage.REFUSED or request.decided_at is None:
        return None
    until = request.decided_at + ground.rules.reopen_for
    return until if until > ground.clock.now() else None


def names_of(tx: Tx, subjects: Iterable[str]) -> dict[str, str]:
    """What the people of a history are called; those that are no account go by what they are."""
    found = {}
    for one in set(subjects) - {""}:
        known = None if ":" in one or " " in one else accounts.load(tx, one)
        found[one] = known.person.display_name if known else one
    return found


def _house(tx: Tx, key: str) -> str:
    known = establishments.load(tx, key) if key else None
    return known.name if known else key


def _agreement(
    tx: Tx, ground: QueueGround, request: Request
) -> tuple[Practitioner | None, tuple[Point, ...]]:
    """How far a register agrees with what was typed; it decides nothing."""
    if ground.registers is None or not request.national_id:
        return None, ()
    practitioner = ground.registers.known(tx, request.national_id)
    if practitioner is None:
        return None, ()
    details = request.content.details
    points = agreement.compare(
        practitioner,
        details.last_name,
        details.first_name,
        details.birth_name,
        details.profession,
        details.city,
    )
    return practitioner, points
