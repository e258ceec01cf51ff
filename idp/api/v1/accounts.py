# SPDX-License-Identifier: Apache-2.0
"""Accounts: search, show, make, correct."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from idp.accounts.particulars import Particulars
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Denied
from idp.administration.outcomes import Stale, Unfit
from idp.administration.people.edit import New
from idp.administration.people.search import Query as Wanted
from idp.administration.people.view import Sheet
from idp.administration.rights import Right
from idp.api.etags import etag_of, stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import (
    HeldRole,
    Named,
    ParticularsGiven,
    ParticularsShown,
    PersonGiven,
    PopulationGiven,
    at,
    moment,
    without_defaults,
)
from idp.api.values import (
    Line16,
    Line32,
    Line128,
    Line200,
    Listed,
    Moment,
    Name,
    Needed128,
    Paging,
    Query,
    Shown,
)
from idp.api.words import N_

OF_PARTICULARS = frozenset(ParticularsGiven.model_fields)


class AccountLine(Shown):
    """An account in a list."""

    id: str
    identifier: str
    population: Population
    state: State
    display_name: str
    last_name: str
    first_name: str
    profession: str
    town: str
    email: str
    establishments: list[str]
    last_login_at: datetime | None


class AccountShown(Shown):
    """An account as far as you may see it."""

    id: str
    identifier: str
    population: Population
    state: State
    civility: str
    first_name: str
    last_name: str
    birth_name: str
    birth_date: str
    email: str
    email_verified: bool
    phone: str
    phone_verified: bool
    national_id: str | None
    profession: str
    speciality: str
    town: str
    locale: str
    particulars: ParticularsShown
    establishments: Annotated[list[Named], Field(description="Those in your perimeter")]
    communities: list[Named]
    roles: list[HeldRole]
    created_at: datetime
    updated_at: datetime
    may: Annotated[list[str], Field(description="What you may do to this account")]


class NewAccount(PersonGiven):
    """Somebody to make an account for. No password: their owner is sent a way to one."""

    population: PopulationGiven
    identifier: Annotated[
        Line128,
        Field(description="Made from the name where it is empty"),
    ] = ""
    first_name: Needed128
    last_name: Needed128
    establishments: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    communities: Annotated[list[Name], Field(max_length=50, default_factory=list)]


class AccountChanges(PersonGiven):
    """What is to be changed; what is not named stays as it is (RFC 7396, without null)."""

    model_config = ConfigDict(json_schema_extra=without_defaults)

    identifier: Needed128 = ""
    first_name: Needed128 = ""
    last_name: Needed128 = ""


class AccountChoice(Query):
    """Which accounts."""

    text: Annotated[
        Line200, Field(description="Words of a name, an identifier, an address, a number")
    ] = ""
    population: Annotated[str, Field(pattern="^(professional|patient|staff)?$")] = ""
    state: Annotated[str, Field(pattern="^(active|disabled|closed)?$")] = ""
    establishment: Line16 = ""
    community: Line128 = ""
    role: Line32 = ""
    without_login_since: Annotated[
        Moment | None, Field(description="Seconds since the epoch: nobody who came later")
    ] = None


class AccountFilters(Paging, AccountChoice):
    """Which accounts, a page at a time."""

    order: Annotated[str, Field(pattern="^name$")] = "name"


def search(asked: Asked) -> Outcome:
    """The accounts in reach."""
    filters = asked.query.model_dump()
    found = asked.services.office.people.search(asked.tx, asked.authority, Wanted(**filters))
    if isinstance(found, Denied):
        return found
    items = [_line(one) for one in found.lines]
    return Done(Listed[AccountLine](items=items, total=found.total), next=found.next)


def _line(one: Any) -> AccountLine:
    return AccountLine(
        id=one.id,
        identifier=one.identifier,
        population=one.population,
        state=one.state,
        display_name=one.display_name,
        last_name=one.last_name,
        first_name=one.first_name,
        profession=one.profession,
        town=one.town,
        email=one.email,
        establishments=list(one.establishments),
        last_login_at=moment(one.last_login_at),
    )


def show(asked: Asked) -> Outcome:
    """One account."""
    return shown(asked, asked.path["account"])


def shown(asked: Asked, account: str, status: int = 200, location: str = "") -> Outcome:
    """An account as an answer, with its version."""
    found = asked.services.office.people.sheet(asked.tx, asked.authority, account)
    if isinstance(found, Denied):
        return found
    document = describe(found)
    return Done(document, status, etag_of(document), location)


def describe(sheet: Sheet) -> AccountShown:
    """An account's sheet as a document; sessions and means have addresses of their own."""
    account, person = sheet.account, sheet.account.person
    texts = {name: getattr(person, name) for name in Person.__dataclass_fields__}
    return AccountShown(
        id=account.id,
        state=account.state,
        **texts,
        particulars=ParticularsShown.model_validate(sheet.particulars, from_attributes=True),
        establishments=[Named.house(one) for one in sheet.establishments],
        communities=[Named(key=key, name=name) for key, name in sheet.communities],
        roles=[HeldRole(role=one.role, establishment=one.establishment) for one in sheet.roles],
        created_at=at(sheet.created_at),
        updated_at=at(account.updated_at),
        may=sorted(one.value for one in sheet.may),
    )


def create(asked: Asked) -> Outcome:
    """Make an account."""
    body: NewAccount = asked.body
    given = body.model_dump(exclude={"particulars", "establishments", "communities"})
    new = New(
        Person(**given | {"national_id": body.national_id or None}),
        Particulars(**body.particulars.model_dump()),
        tuple(body.establishments),
        tuple(body.communities),
    )
    made = asked.services.office.people.create(asked.tx, asked.authority, new)
    if isinstance(made, Denied):
        return made
    if isinstance(made, Unfit):
        return unfit(made.fields, made.why)
    if isinstance(made, NotCreated):
        return _not_created(made)
    return shown(asked, made.id, 201, f"/accounts/{made.id}")


def _not_created(refused: NotCreated) -> Problem:
    if refused.duplicate is not None:
        name = refused.duplicate.value
        return Problem("taken", errors=(Where(pointer_to(name), "taken"),))
    return unfit(refused.unfit)


def pointer_to(name: str) -> str:
    """Where a field of a person stands in our documents."""
    return f"#/particulars/{name}" if name in OF_PARTICULARS else f"#/{name}"


def unfit(names: tuple[str, ...], detail: str = "") -> Problem:
    """These fields hold what can't be kept."""
    return Problem("unfit", detail, tuple(Where(pointer_to(one), "unfit") for one in names))


def edit(asked: Asked) -> Outcome:
    """Correct what is known of somebody."""
    people, account = asked.services.office.people, asked.path["account"]
    sheet = people.sheet(asked.tx, asked.authority, account)
    if isinstance(sheet, Denied):
        return sheet
    if problem := stale(asked.if_match, etag_of(describe(sheet))):
        return problem
    given = asked.body.model_dump(exclude_unset=True)
    more = given.pop("particulars", {})
    if "national_id" in given:
        given["national_id"] = given["national_id"] or None
    person = replace(sheet.account.person, **given)
    done = people.edit(
        asked.tx,
        asked.authority,
        account,
        sheet.account.updated_at,
        person,
        replace(sheet.particulars, **more),
    )
    match done:
        case Account():
            return shown(asked, account)
        case Stale():
            return Problem("changed")
        case Unfit(why="taken"):
            errors = tuple(Where(pointer_to(one), "taken") for one in done.fields)
            return Problem("taken", errors=errors)
        case Unfit():
            return unfit(done.fields, done.why)
    return done


ACCOUNT = "/accounts/{account}"
OPERATIONS = (
    Operation(
        "GET",
        "/accounts",
        "listAccounts",
        N_("Accounts in your perimeter"),
        search,
        Right.ACCOUNTS_SEE,
        query=AccountFilters,
        answer=Listed[AccountLine],
    ),
    Operation(
        "POST",
        "/accounts",
        "createAccount",
        N_("Make an account"),
        create,
        Right.ACCOUNTS_CREATE,
        body=NewAccount,
        answer=AccountShown,
        status=201,
        problems=("taken", "unfit"),
    ),
    Operation(
        "GET",
        ACCOUNT,
        "showAccount",
        N_("One account"),
        show,
        Right.ACCOUNTS_SEE,
        answer=AccountShown,
    ),
    Operation(
        "PATCH",
        ACCOUNT,
        "editAccount",
        N_("Correct what is known of somebody"),
        edit,
        Right.ACCOUNTS_EDIT,
        body=AccountChanges,
        answer=AccountShown,
        edits=True,
        problems=("taken", "unfit", "changed"),
    ),
)
