# SPDX-License-Identifier: Apache-2.0
"""Duplicates: who may be here twice, both side by side, and one account out of two."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.values import Account, State
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.merging import FIELDS
from idp.administration.people.view import Sheet
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.accounts import AccountShown
from idp.api.v1.accounts import shown as account_shown
from idp.api.v1.shapes import moment
from idp.api.values import Body, Line64, Listed, Name, Shown
from idp.api.words import N_


class DuplicateShown(Shown):
    """An account that may be the same person's."""

    id: str
    identifier: str
    state: State
    last_name: str
    first_name: str
    town: str
    reasons: Annotated[
        list[str], Field(description="What speaks for it: national-id, email, birth-date, name")
    ]


class SideShown(Shown):
    """One of two accounts."""

    id: str
    identifier: str
    state: State
    created_at: datetime | None
    last_login_at: datetime | None
    means: Annotated[int, Field(description="How many ways of logging in")]


class FieldShown(Shown):
    """One field of both."""

    name: str
    kept: str
    given_up: str


class ComparisonShown(Shown):
    """Both side by side, as they would be merged."""

    kept: SideShown
    given_up: SideShown
    fields: list[FieldShown]
    obstacle: Annotated[
        str,
        Field(
            description="Why they can't be merged: same, population, role, merged, closed, "
            "other-family; empty where nothing stands against it"
        ),
    ]


class MergeGiven(Body):
    """What becomes part of the account."""

    give_up: Annotated[Name, Field(description="The account that is closed for good")]
    take: Annotated[
        list[Line64],
        Field(
            max_length=len(FIELDS),
            description="Fields whose values are taken from it",
            default_factory=list,
        ),
    ]


def duplicates(asked: Asked) -> Outcome:
    """The likeliest first."""
    found = asked.services.office.merging.candidates(
        asked.tx, asked.authority, asked.path["account"]
    )
    if isinstance(found, Denied):
        return found
    items = [
        DuplicateShown(
            id=one.line.id,
            identifier=one.line.identifier,
            state=State(one.line.state),
            last_name=one.line.last_name,
            first_name=one.line.first_name,
            town=one.line.town,
            reasons=list(one.reasons),
        )
        for one in found
    ]
    return Done(Listed[DuplicateShown](items=items, total=len(items)))


def compare(asked: Asked) -> Outcome:
    """Both, field by field."""
    path = asked.path
    found = asked.services.office.merging.compare(
        asked.tx, asked.authority, path["account"], path["other"]
    )
    if isinstance(found, Denied):
        return found
    fields = [
        FieldShown(name=one.name, kept=_text(one.left), given_up=_text(one.right))
        for one in found.pairs
    ]
    return Done(
        ComparisonShown(
            kept=_side(found.left),
            given_up=_side(found.right),
            fields=fields,
            obstacle=found.obstacle,
        )
    )


def merge(asked: Asked) -> Outcome:
    """One account out of two; nobody takes it back."""
    body: MergeGiven = asked.body
    account = asked.path["account"]
    done = asked.services.office.merging.merge(
        asked.tx, asked.authority, account, body.give_up, body.take
    )
    if isinstance(done, Unfit):
        if done.fields:
            return Problem("unfit", done.why, (Where("#/take", "unknown"),))
        return Problem("conflict", done.why)
    return account_shown(asked, account) if isinstance(done, Account) else done


def _side(sheet: Sheet) -> SideShown:
    account = sheet.account
    return SideShown(
        id=account.id,
        identifier=account.person.identifier,
        state=account.state,
        created_at=moment(sheet.created_at),
        last_login_at=moment(sheet.last_login_at),
        means=len(sheet.means),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


RIGHT = Right.ACCOUNTS_MERGE
OPERATIONS = (
    Operation(
        "GET",
        "/accounts/{account}/duplicates",
        "listDuplicates",
        N_("Accounts that may be the same person’s"),
        duplicates,
        RIGHT,
        answer=Listed[DuplicateShown],
    ),
    Operation(
        "GET",
        "/accounts/{account}/duplicates/{other}",
        "compareDuplicates",
        N_("Two accounts side by side"),
        compare,
        RIGHT,
        answer=ComparisonShown,
    ),
    Operation(
        "POST",
        "/accounts/{account}/merge",
        "mergeAccounts",
        N_("Make one account of two: the other one is closed for good"),
        merge,
        RIGHT,
        body=MergeGiven,
        answer=AccountShown,
        problems=("unfit", "conflict"),
        fresh=True,
    ),
)
