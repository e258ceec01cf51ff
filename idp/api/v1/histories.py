# SPDX-License-Identifier: Apache-2.0
"""What was changed of establishments, communities, password rules and applications, and back."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.region.houses import StaleHouse
from idp.administration.region.networks import UnfitNetwork
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken
from idp.administration.rules.passwords import Faulty as FaultyRules
from idp.api.etags import stale
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1 import applications, places, rules
from idp.api.v1.account_parts import ChangeShown, changes
from idp.api.v1.shapes import at
from idp.api.values import Body, Listed, Paging, Shown
from idp.api.words import N_

SINCE = Problem("conflict", "it was changed again since, or can't be taken back")


class VersionShown(Shown):
    """A registration as it was from one change to the next."""

    number: int
    at: datetime
    by: str
    current: Annotated[bool, Field(description="Whether it is the one in force")]
    registration: dict[str, Any]


class VersionNamed(Body):
    """Which version is to be in force again."""

    version: Annotated[int, Field(ge=1, le=2_147_483_647, description="Its `number`")]


def house_changes(asked: Asked) -> Outcome:
    """Of an establishment."""
    return changes(asked, asked.services.office.houses.history, asked.path["establishment"])


def undo_house(asked: Asked) -> Outcome:
    """Take a change of an establishment back."""
    desk, path = asked.services.office.houses, asked.path
    done = desk.undo(asked.tx, asked.authority, path["establishment"], path["change"])
    if isinstance(done, StaleHouse):
        return SINCE
    return done if isinstance(done, Denied) else places.house(asked)


def community_changes(asked: Asked) -> Outcome:
    """Of a community."""
    return changes(asked, asked.services.office.networks.history, asked.path["community"])


def undo_community(asked: Asked) -> Outcome:
    """Take a change of a community back."""
    desk, path = asked.services.office.networks, asked.path
    done = desk.undo(asked.tx, asked.authority, path["community"], path["change"])
    if isinstance(done, UnfitNetwork):
        return SINCE
    return done if isinstance(done, Denied) else places.community(asked)


def _population(asked: Asked, right: Right) -> Denied | Population:
    name = asked.path["population"]
    if name in set(Population):
        return Population(name)
    return asked.authority.refuses(right) or Denied.NOT_FOUND


def policy_changes(asked: Asked) -> Outcome:
    """Of the rules of one population."""
    whose = _population(asked, Right.POLICIES_SEE)
    if isinstance(whose, Denied):
        return whose
    return changes(asked, asked.services.office.passwords.history, whose)


def undo_policy(asked: Asked) -> Outcome:
    """Take a change of the rules back; where wished, two must agree."""
    whose = _population(asked, Right.POLICIES_EDIT)
    if isinstance(whose, Denied):
        return whose
    desk, change = asked.services.office.passwords, asked.path["change"]
    done = desk.undo(asked.tx, asked.authority, whose, change)
    if isinstance(done, Unfit | FaultyRules):
        return SINCE
    return done if isinstance(done, Denied) else rules.policy(asked)


def versions(asked: Asked) -> Outcome:
    """The last ones of an application, the newest first."""
    desk, key = asked.services.office.applications, asked.path["application"]
    found = desk.history(asked.tx, asked.authority, key)
    if isinstance(found, Denied):
        return found
    items = [
        VersionShown(
            number=one.number,
            at=at(one.at),
            by=one.by,
            current=one is found[0],
            registration=json.loads(one.registration),
        )
        for one in found
    ]
    return Done(Listed[VersionShown](items=items, total=len(items)))


def put_back(asked: Asked) -> Outcome:
    """Make an application again what it was, from the version that was read."""
    desk, key = asked.services.office.applications, asked.path["application"]
    now = desk.one(asked.tx, asked.authority, key)
    if isinstance(now, Denied):
        return now
    if problem := stale(asked.if_match, f'"{now.version}"'):
        return problem
    done = desk.put_back(asked.tx, asked.authority, key, asked.body.version, now.version)
    if isinstance(done, Faulty):
        return applications.faulty(done)
    if isinstance(done, Overtaken):
        return Problem("changed")
    return done if isinstance(done, Denied) else applications.show(asked)


Verb = Callable[[Asked], Outcome]


def _listing(path: str, name: str, summary: str, run: Verb, right: Right) -> Operation:
    answer = Listed[ChangeShown]
    return Operation("GET", path, name, summary, run, right, query=Paging, answer=answer)


def _undoing(
    path: str,
    name: str,
    summary: str,
    run: Verb,
    right: Right,
    answer: type[Shown],
    *,
    fresh: bool = False,
) -> Operation:
    return Operation(
        "POST",
        f"{path}/{{change}}/undo",
        name,
        summary,
        run,
        right,
        answer=answer,
        problems=("conflict",),
        fresh=fresh,
    )


HOUSE, COMMUNITY = f"{places.HOUSE}/changes", f"{places.COMMUNITY}/changes"
POLICY, VERSIONS = "/password-policies/{population}/changes", f"{applications.ONE}/versions"
OPERATIONS = (
    _listing(
        HOUSE,
        "listEstablishmentChanges",
        N_("What was changed of an establishment, the newest first"),
        house_changes,
        Right.ESTABLISHMENTS_SEE,
    ),
    _undoing(
        HOUSE,
        "undoEstablishmentChange",
        N_("Take a change of an establishment back"),
        undo_house,
        Right.ESTABLISHMENTS_EDIT,
        places.EstablishmentShown,
    ),
    _listing(
        COMMUNITY,
        "listCommunityChanges",
        N_("What was changed of a community, the newest first"),
        community_changes,
        Right.COMMUNITIES_SEE,
    ),
    _undoing(
        COMMUNITY,
        "undoCommunityChange",
        N_("Take a change of a community back"),
        undo_community,
        Right.COMMUNITIES_EDIT,
        places.CommunityShown,
    ),
    _listing(
        POLICY,
        "listPasswordPolicyChanges",
        N_("What was changed of the rules of passwords of one population, the newest first"),
        policy_changes,
        Right.POLICIES_SEE,
    ),
    _undoing(
        POLICY,
        "undoPasswordPolicyChange",
        N_("Take a change of rules of passwords back"),
        undo_policy,
        Right.POLICIES_EDIT,
        rules.PolicyShown,
        fresh=True,
    ),
    Operation(
        "GET",
        VERSIONS,
        "listApplicationVersions",
        N_("What an application was before, the newest first"),
        versions,
        Right.APPLICATIONS_SEE,
        answer=Listed[VersionShown],
    ),
    Operation(
        "POST",
        f"{applications.ONE}/put-back",
        "putApplicationBack",
        N_("Make an application again what it was: a new version, which can be taken back too"),
        put_back,
        Right.APPLICATIONS_EDIT,
        body=VersionNamed,
        answer=applications.ApplicationShown,
        edits=True,
        problems=("unfit",),
    ),
)
