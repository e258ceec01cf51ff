# SPDX-License-Identifier: Apache-2.0
"""Who may be here twice, in the whole region."""

import json
from typing import Annotated

from pydantic import Field

from idp.accounts.values import Population, State
from idp.administration.authority import Denied
from idp.administration.people.lines import Line
from idp.administration.people.merging_candidates import WEIGHTS, Pair, Place
from idp.administration.rights import Right
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.values import Listed, Paging, Shown
from idp.api.words import N_


class MemberShown(Shown):
    """One of the two."""

    id: str
    identifier: str
    population: Population
    state: State
    last_name: str
    first_name: str
    town: str


class PairShown(Shown):
    """Two accounts that may be one person's; compareDuplicates shows them side by side."""

    one: MemberShown
    other: MemberShown
    reasons: Annotated[
        list[str], Field(description="What speaks for it: national-id, email, birth-date, name")
    ]


class PairsListed(Listed[PairShown]):
    """A page of them."""

    cut: Annotated[
        list[str],
        Field(
            description="Accounts of this part that are like more others than are told: "
            "merge some, and look again"
        ),
    ]


class PairFilters(Paging):
    """Which pairs. A page may be empty, and not the last: `next` tells."""

    reason: Annotated[
        str,
        Field(pattern=f"^({'|'.join(WEIGHTS)})?$", description="Only those that this speaks for"),
    ] = ""


def pairs(asked: Asked) -> Outcome:
    """In the order of names, a part of the region at a time."""
    query = asked.query
    place = Place(*json.loads(query.after)) if query.after else Place()
    found = asked.services.office.merging.probable(
        asked.tx, asked.authority, query.size, place, query.reason
    )
    if isinstance(found, Denied):
        return found
    following = json.dumps([found.next.name, found.next.told]) if found.next else ""
    shown = [_shown(one) for one in found.pairs]
    return Done(PairsListed(items=shown, cut=list(found.cut)), next=following)


def _shown(pair: Pair) -> PairShown:
    one, other = _member(pair.one), _member(pair.other)
    return PairShown(one=one, other=other, reasons=list(pair.reasons))


def _member(one: Line) -> MemberShown:
    return MemberShown(
        id=one.id,
        identifier=one.identifier,
        population=Population(one.population),
        state=State(one.state),
        last_name=one.last_name,
        first_name=one.first_name,
        town=one.town,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/duplicates",
        "listProbableDuplicates",
        N_("Pairs of accounts that may be one person’s, in the whole region"),
        pairs,
        Right.ACCOUNTS_MERGE,
        query=PairFilters,
        answer=PairsListed,
    ),
)
