# SPDX-License-Identifier: Apache-2.0
"""What the console's routes are held to: the rights that each asks for, and a request that does it.

What each role is answered follows from these rights and the table of roles alone (`expected`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.administration.authority import Held
from idp.administration.rights import REGIONAL, RIGHTS, Right
from tests.administration.scenes import Scene

Fields = Callable[[Scene], Mapping[str, Any]]


@dataclass(frozen=True)
class Route:
    """One method at one address."""

    # In the order in which they are asked for; none: whoever holds a role.
    rights: tuple[Right, ...]
    # Whether what it is about belongs to an establishment.
    housed: bool
    # What is typed or chosen, beside what the form of the page holds.
    form: Fields
    query: Fields
    # What stands in the address, where it is not what most addresses of that part name.
    path: Fields
    # It leads on whoever comes by, and tells nothing.
    leads: bool = False
    # What it shows is the whole region's, although the right may be held for an establishment.
    whole: bool = False
    # How it is told that something is not there.
    unknown: int = 404


def expected(route: Route, held: Held | None, where: str) -> str:
    """`+` it is done, `-` they are told that they may not, `.` it is not there for them."""
    if route.leads:
        return "+"
    if held is None:
        return "-"
    for right in route.rights:
        if right not in RIGHTS[held.role]:
            return "-"
        if held.establishment and (route.whole or right in REGIONAL):
            return "-"
        if held.establishment and route.housed and where != "inside":
            return "."
    return "+"


def _nothing(_scene: Scene) -> Mapping[str, Any]:
    return {}


def one(
    *rights: Right, form: Fields = _nothing, query: Fields = _nothing, path: Fields = _nothing
) -> Route:
    """About something that belongs to an establishment."""
    return Route(rights, True, form, query, path)


def every(
    *rights: Right, form: Fields = _nothing, query: Fields = _nothing, path: Fields = _nothing
) -> Route:
    """About nothing, or about what is everybody's."""
    return Route(rights, False, form, query, path)


def whole(right: Right) -> Route:
    """About the region as a whole."""
    return replace(every(right), whole=True)


LEADS = Route((), False, _nothing, _nothing, _nothing, leads=True)
# What stands in addresses, by the part of the console and the name of the parameter.
PARAMETERS: dict[tuple[str, str], Callable[[Scene], str | int]] = {
    **{
        (name, "view"): lambda x: x.region.view
        for name in ("accounts", "requests", "patients", "messages", "audit")
    },
    ("accounts", "account"): lambda x: x.professional,
    ("accounts", "change"): lambda x: x.change,
    ("announcements", "name"): lambda x: x.announcement,
    ("applications", "key"): lambda _: "dcc",
    ("audit", "number"): lambda x: x.event,
    ("cards", "serial"): lambda x: x.card,
    ("communities", "change"): lambda x: x.region.changes["community"],
    ("communities", "key"): lambda _: "perinat-centre",
    ("directory", "generation"): lambda x: x.region.generation,
    ("establishments", "change"): lambda x: x.house_change,
    ("establishments", "key"): lambda x: x.house,
    ("imports", "run"): lambda x: x.runs["read"],
    ("messages", "message"): lambda x: x.message,
    ("patients", "account"): lambda x: x.patient,
    ("policies", "change"): lambda x: x.region.changes["passwords"],
    ("policies", "key"): lambda _: "staff",
    ("policies", "population"): lambda _: "staff",
    ("proposals", "name"): lambda x: x.proposal,
    ("providers", "key"): lambda _: "chu",
    ("requests", "name"): lambda x: x.request,
    ("requests", "other"): lambda x: x.professional,
    ("software", "change"): lambda x: x.region.changes["launcher"],
    ("software", "key"): lambda _: "hm",
    ("statistics", "key"): lambda x: x.house,
    ("webhooks", "key"): lambda x: x.webhook,
}
