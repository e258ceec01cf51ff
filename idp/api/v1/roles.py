# SPDX-License-Identifier: Apache-2.0
"""Giving and taking roles; nobody gives what could do more than they can (WB-016)."""

from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied, Held
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right, Role
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.values import Query
from idp.api.words import N_


class Perimeter(Query):
    """Where a role holds."""

    establishment: Annotated[
        str, Field(max_length=16, pattern="^[0-9A-Z]*$", description="Empty: the whole region")
    ] = ""


def change(asked: Asked) -> Outcome:
    """Give or take, as the method says."""
    name, subject = asked.path["role"], asked.path["subject"]
    if name not in set(Role):
        return Denied.NOT_FOUND
    roles = asked.services.office.roles
    verb = roles.give if asked.call.method == "PUT" else roles.take
    held = Held(Role(name), asked.query.establishment)
    done = verb(asked.tx, asked.authority, subject, held)
    if isinstance(done, Denied):
        return done
    if isinstance(done, Unfit):
        return Problem("unfit", done.why)
    if done or asked.call.method == "PUT":
        return Done(status=204)
    return Denied.NOT_FOUND


def _operation(method: str, name: str, summary: str) -> Operation:
    return Operation(
        method,
        "/holders/{subject}/roles/{role}",
        name,
        summary,
        change,
        Right.ROLES_GRANT,
        query=Perimeter,
        status=204,
        problems=("unfit",),
        fresh=True,
    )


OPERATIONS = (
    _operation("PUT", "giveRole", N_("Give a role to an account, or to application:KEY")),
    _operation("DELETE", "takeRole", N_("Take a role away")),
)
