# SPDX-License-Identifier: Apache-2.0
"""Applications: registered, changed, opened and closed, given another secret."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, RootModel

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken, Sheet
from idp.api.etags import stale
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at
from idp.api.values import Body, Listed, Shown
from idp.api.words import N_
from idp.applications.values import Application


class Registration(RootModel[dict[str, Any]]):
    """A registration, with the members that its TOML file has (docs: Applications)."""


class ApplicationLine(Shown):
    """An application in a list."""

    key: str
    name: str
    protocol: str
    enabled: bool
    level: int
    means: list[str]


class ApplicationShown(ApplicationLine):
    """An application with its registration; never its secret."""

    registration: dict[str, Any]
    version: int
    has_secret: bool
    created_at: datetime
    updated_at: datetime


class Enabled(Body):
    """Whether it is open."""

    enabled: bool


class SecretMade(Shown):
    """A secret, shown this once."""

    secret: Annotated[str, Field(description="The one before has ended")]


def _line(one: Application) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": one.name,
        "protocol": one.protocol,
        "enabled": one.enabled,
        "level": int(one.policy.level),
        "means": list(one.policy.means),
    }


def listing(asked: Asked) -> Outcome:
    """All of them, by name."""
    found = asked.services.office.applications.listed(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [ApplicationLine(**_line(one)) for one in found]
    return Done(Listed[ApplicationLine](items=items, total=len(items)))


def show(asked: Asked) -> Outcome:
    """One of them."""
    return _one(asked, asked.path["application"])


def _one(asked: Asked, key: str, status: int = 200) -> Outcome:
    found = asked.services.office.applications.one(asked.tx, asked.authority, key)
    if isinstance(found, Denied):
        return found
    return Done(_document(found), status, f'"{found.version}"', f"/applications/{key}")


def _document(sheet: Sheet) -> ApplicationShown:
    return ApplicationShown(
        **_line(sheet.application),
        registration=dict(sheet.document),
        version=sheet.version,
        has_secret=sheet.has_secret,
        created_at=at(sheet.created_at),
        updated_at=at(sheet.updated_at),
    )


def faulty(done: Faulty) -> Problem:
    """Every fault, at the member that has it."""
    errors = tuple(
        Where("#/" + one.where.replace(".", "/"), "unfit", one.why) for one in done.faults
    )
    return Problem("unfit", errors=errors)


def create(asked: Asked) -> Outcome:
    """Register a new one."""
    desk = asked.services.office.applications
    done = desk.create(asked.tx, asked.authority, asked.body.root)
    if isinstance(done, Faulty):
        return faulty(done)
    return done if isinstance(done, Denied) else _one(asked, done.key, 201)


def replace(asked: Asked) -> Outcome:
    """Put a registration in the place of the version that was read."""
    desk, key = asked.services.office.applications, asked.path["application"]
    found = desk.one(asked.tx, asked.authority, key)
    if isinstance(found, Denied):
        return found
    if problem := stale(asked.if_match, f'"{found.version}"'):
        return problem
    done = desk.edit(asked.tx, asked.authority, key, found.version, asked.body.root)
    match done:
        case Faulty():
            return faulty(done)
        case Overtaken():
            return Problem("changed")
        case Application():
            return _one(asked, key)
    return done


def set_enabled(asked: Asked) -> Outcome:
    """Open or close it; what is opened is what was looked at, where the request names that."""
    desk, key = asked.services.office.applications, asked.path["application"]
    enabled, seen = asked.body.enabled, None
    if asked.if_match:
        found = desk.one(asked.tx, asked.authority, key)
        if isinstance(found, Denied):
            return found
        if problem := stale(asked.if_match, f'"{found.version}"'):
            return problem
        seen = found.version if enabled else None
    done = desk.set_enabled(asked.tx, asked.authority, key, enabled=enabled, seen=seen)
    if isinstance(done, Overtaken):
        return Problem("changed")
    return done if isinstance(done, Denied) else _one(asked, key)


def new_secret(asked: Asked) -> Outcome:
    """Another secret; the one before ends at once."""
    desk = asked.services.office.applications
    done = desk.new_secret(asked.tx, asked.authority, asked.path["application"])
    return done if isinstance(done, Denied) else Done(SecretMade(secret=done))


ONE = "/applications/{application}"
SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT
OPERATIONS = (
    Operation(
        "GET",
        "/applications",
        "listApplications",
        N_("All applications"),
        listing,
        SEE,
        answer=Listed[ApplicationLine],
    ),
    Operation(
        "POST",
        "/applications",
        "registerApplication",
        N_("Register an application"),
        create,
        EDIT,
        body=Registration,
        answer=ApplicationShown,
        status=201,
        problems=("unfit",),
    ),
    Operation(
        "GET", ONE, "showApplication", N_("One application"), show, SEE, answer=ApplicationShown
    ),
    Operation(
        "PUT",
        ONE,
        "replaceApplication",
        N_("Change the registration of an application"),
        replace,
        EDIT,
        body=Registration,
        answer=ApplicationShown,
        edits=True,
        problems=("unfit",),
    ),
    Operation(
        "PUT",
        f"{ONE}/state",
        "setApplicationState",
        N_("Open or close an application"),
        set_enabled,
        EDIT,
        body=Enabled,
        answer=ApplicationShown,
    ),
    Operation(
        "POST",
        f"{ONE}/secret",
        "renewApplicationSecret",
        N_("Make another secret; the one before ends at once"),
        new_secret,
        EDIT,
        answer=SecretMade,
        shown_once=True,
        fresh=True,
    ),
)
