# SPDX-License-Identifier: Apache-2.0
"""Who calls, and what they may do: the first thing to ask."""

from typing import Annotated

from pydantic import Field

from idp.api.routing import Asked, Done, Operation
from idp.api.v1.shapes import HeldRole
from idp.api.values import Shown
from idp.api.words import N_


class Myself(Shown):
    """Whoever calls."""

    actor: Annotated[str, Field(description="The id of an account, or application: and its key")]
    name: str
    level: Annotated[int | None, Field(description="Of the person's login; null for a program")]
    roles: list[HeldRole]
    scopes: list[str]
    rights: Annotated[list[str], Field(description="What role and scopes open together")]


def show(asked: Asked) -> Done:
    """Nothing here is anybody else's."""
    authority = asked.authority
    held = [HeldRole(role=one.role, establishment=one.establishment) for one in authority.held]
    rights = sorted(right.value for right in authority.within if authority.may(right))
    return Done(
        Myself(
            actor=authority.actor,
            name=authority.name,
            level=None if authority.level is None else int(authority.level),
            roles=held,
            scopes=list(asked.scopes),
            rights=rights,
        )
    )


OPERATIONS = (
    Operation("GET", "/me", "whoami", N_("Who calls, and what they may do"), show, answer=Myself),
)
