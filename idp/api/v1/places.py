# SPDX-License-Identifier: Apache-2.0
"""Establishments and communities."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from idp.accounts.establishments import Establishment, Standing
from idp.administration.authority import Denied
from idp.administration.region.houses import StaleHouse, UnfitHouse
from idp.administration.region.networks import Network, UnfitNetwork
from idp.administration.rights import Right
from idp.administration.versions import version_of
from idp.api.etags import etag_of, stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.values import Body, Line16, Line32, Line128, Line254, Listed, Needed128, Shown
from idp.api.words import N_


class EstablishmentShown(Shown):
    """An organisation with a FINESS number."""

    key: str
    name: str
    town: str
    post_code: str
    support_email: str
    support_phone: str
    state: Standing


class EstablishmentGiven(Body):
    """What is to be known of one."""

    name: Needed128
    town: Line128 = ""
    post_code: Line16 = ""
    support_email: Line254 = ""
    support_phone: Line32 = ""


class NewEstablishment(EstablishmentGiven):
    """One to be made."""

    key: Annotated[str, Field(pattern="^[0-9][0-9AB][0-9A-Z][0-9]{6}$", description="FINESS")]


class NewStanding(Body):
    """Whether it takes part."""

    state: Annotated[Standing, Field(strict=False)]


class CommunityShown(Shown):
    """A network that accounts belong to."""

    key: str
    name: str
    members: Annotated[int | None, Field(description="For whoever may see all of them")]
    opens: Annotated[list[str], Field(description="Applications open to its members")]
    open_to_establishments: Annotated[
        bool, Field(description="Whether establishments put their people into it")
    ]


class NewCommunity(Body):
    """One to be made."""

    key: Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    name: Needed128


class CommunityName(Body):
    """Another name."""

    name: Needed128


class CommunityOpening(Body):
    """Who puts people into it."""

    open_to_establishments: bool


def _house(one: Establishment) -> EstablishmentShown:
    return EstablishmentShown(**asdict(one))


def _done(one: Establishment, status: int = 200) -> Done:
    document = _house(one)
    return Done(document, status, etag_of(document), f"/establishments/{one.key}")


def _unfit(done: UnfitHouse) -> Problem:
    errors = tuple(Where(f"#/{one}", "taken" if done.taken else "unfit") for one in done.fields)
    return Problem("taken" if done.taken else "unfit", errors=errors)


def houses(asked: Asked) -> Outcome:
    """Those in reach."""
    found = asked.services.office.houses.every(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [_house(one) for one in found]
    return Done(Listed[EstablishmentShown](items=items, total=len(items)))


def house(asked: Asked) -> Outcome:
    """One of them."""
    key = asked.path["establishment"]
    found = asked.services.office.houses.load(asked.tx, asked.authority, key)
    return found if isinstance(found, Denied) else _done(found.establishment)


def add_house(asked: Asked) -> Outcome:
    """Make one."""
    wished = Establishment(**asked.body.model_dump())
    done = asked.services.office.houses.add(asked.tx, asked.authority, wished)
    if isinstance(done, UnfitHouse):
        return _unfit(done)
    return done if isinstance(done, Denied) else _done(done, 201)


def edit_house(asked: Asked) -> Outcome:
    """Correct what is known of one."""
    desk, key = asked.services.office.houses, asked.path["establishment"]
    found = desk.load(asked.tx, asked.authority, key)
    if isinstance(found, Denied):
        return found
    if problem := stale(asked.if_match, etag_of(_house(found.establishment))):
        return problem
    wished = Establishment(key=key, **asked.body.model_dump())
    seen = version_of(found.establishment)
    done = desk.edit(asked.tx, asked.authority, seen, wished)
    match done:
        case UnfitHouse():
            return _unfit(done)
        case StaleHouse():
            return Problem("changed")
        case Establishment():
            return _done(done)
    return done


def set_standing(asked: Asked) -> Outcome:
    """Close it, or open it again."""
    key = asked.path["establishment"]
    desk = asked.services.office.houses
    done = desk.set_standing(asked.tx, asked.authority, key, asked.body.state)
    return done if isinstance(done, Denied) else house(asked)


def _community(one: Network) -> CommunityShown:
    return CommunityShown(
        key=one.key,
        name=one.name,
        members=one.members,
        opens=list(one.opens),
        open_to_establishments=one.to_houses,
    )


def communities(asked: Asked) -> Outcome:
    """All of them."""
    found = asked.services.office.networks.every(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [_community(one) for one in found]
    return Done(Listed[CommunityShown](items=items, total=len(items)))


def community(asked: Asked) -> Outcome:
    """One of them."""
    return _one(asked, asked.path["community"])


def _one(asked: Asked, key: str, status: int = 200) -> Outcome:
    found = asked.services.office.networks.every(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    known = next((one for one in found if one.key == key), None)
    if known is None:
        return Denied.NOT_FOUND
    document = _community(known)
    return Done(document, status, f'"{version_of(known)}"', f"/communities/{key}")


def _refused(done: UnfitNetwork) -> Problem:
    names = {"taken": "taken", "stale": "changed", "members": "conflict"}
    name = names.get(done.why, "conflict" if done.why == "applications" else "unfit")
    return Problem(name, done.why)


def add_community(asked: Asked) -> Outcome:
    """Make one."""
    body: NewCommunity = asked.body
    done = asked.services.office.networks.add(asked.tx, asked.authority, body.key, body.name)
    if isinstance(done, UnfitNetwork):
        return _refused(done)
    return done if isinstance(done, Denied) else _one(asked, body.key, 201)


def rename_community(asked: Asked) -> Outcome:
    """Give it another name."""
    now = community(asked)
    if not isinstance(now, Done) or not isinstance(now.document, CommunityShown):
        return now
    if problem := stale(asked.if_match, now.etag):
        return problem
    desk, key = asked.services.office.networks, asked.path["community"]
    seen = now.document.name
    done = desk.rename(asked.tx, asked.authority, key, seen, asked.body.name)
    if isinstance(done, UnfitNetwork):
        return _refused(done)
    return done if isinstance(done, Denied) else community(asked)


def open_community(asked: Asked) -> Outcome:
    """Whether establishments put their people into it."""
    key, opened = asked.path["community"], asked.body.open_to_establishments
    desk = asked.services.office.networks
    done = desk.open_to_houses(asked.tx, asked.authority, key, opened=opened)
    return done if isinstance(done, Denied) else community(asked)


def remove_community(asked: Asked) -> Outcome:
    """Give up one that has no members and opens nothing."""
    desk = asked.services.office.networks
    done = desk.remove(asked.tx, asked.authority, asked.path["community"])
    if isinstance(done, UnfitNetwork):
        return _refused(done)
    return done if isinstance(done, Denied) else Done(status=204)


HOUSE, COMMUNITY = "/establishments/{establishment}", "/communities/{community}"
SEE, EDIT = Right.ESTABLISHMENTS_SEE, Right.ESTABLISHMENTS_EDIT
OPERATIONS = (
    Operation(
        "GET",
        "/establishments",
        "listEstablishments",
        N_("Establishments in your perimeter"),
        houses,
        SEE,
        answer=Listed[EstablishmentShown],
    ),
    Operation(
        "POST",
        "/establishments",
        "createEstablishment",
        N_("Make an establishment"),
        add_house,
        EDIT,
        body=NewEstablishment,
        answer=EstablishmentShown,
        status=201,
        problems=("taken", "unfit"),
    ),
    Operation(
        "GET",
        HOUSE,
        "showEstablishment",
        N_("One establishment"),
        house,
        SEE,
        answer=EstablishmentShown,
    ),
    Operation(
        "PUT",
        HOUSE,
        "replaceEstablishment",
        N_("Correct what is known of an establishment"),
        edit_house,
        EDIT,
        body=EstablishmentGiven,
        answer=EstablishmentShown,
        edits=True,
        problems=("unfit",),
    ),
    Operation(
        "PUT",
        f"{HOUSE}/state",
        "setEstablishmentState",
        N_("Close an establishment, or open it again"),
        set_standing,
        EDIT,
        body=NewStanding,
        answer=EstablishmentShown,
    ),
    Operation(
        "GET",
        "/communities",
        "listCommunities",
        N_("All communities"),
        communities,
        Right.COMMUNITIES_SEE,
        answer=Listed[CommunityShown],
    ),
    Operation(
        "POST",
        "/communities",
        "createCommunity",
        N_("Make a community"),
        add_community,
        Right.COMMUNITIES_EDIT,
        body=NewCommunity,
        answer=CommunityShown,
        status=201,
        problems=("taken", "unfit"),
    ),
    Operation(
        "GET",
        COMMUNITY,
        "showCommunity",
        N_("One community"),
        community,
        Right.COMMUNITIES_SEE,
        answer=CommunityShown,
    ),
    Operation(
        "PUT",
        COMMUNITY,
        "renameCommunity",
        N_("Give a community another name"),
        rename_community,
        Right.COMMUNITIES_EDIT,
        body=CommunityName,
        answer=CommunityShown,
        edits=True,
        problems=("unfit",),
    ),
    Operation(
        "PUT",
        f"{COMMUNITY}/opening",
        "openCommunity",
        N_("Say whether establishments put their people into a community"),
        open_community,
        Right.COMMUNITIES_EDIT,
        body=CommunityOpening,
        answer=CommunityShown,
    ),
    Operation(
        "DELETE",
        COMMUNITY,
        "removeCommunity",
        N_("Give up a community that has no members and opens nothing"),
        remove_community,
        Right.COMMUNITIES_EDIT,
        status=204,
        problems=("conflict",),
    ),
)
