# SPDX-License-Identifier: Apache-2.0
"""Lists asked for by POST, so that filters stand in no log (RFC 7644 §3.4.3)."""

import json
from dataclasses import fields
from typing import Any

from pydantic import Field

from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.scim import groups, users
from idp.api.scim.wire import MEDIA_TYPE, ScimQuery
from idp.api.values import Body
from idp.http.wire import encode_json

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class SearchRequest(Body):
    """What is asked of a list."""

    schemas: list[str] = Field(min_length=1, max_length=1)
    attributes: list[str] = Field(default_factory=list, max_length=50)
    excludedAttributes: list[str] = Field(default_factory=list, max_length=50)  # noqa: N815
    filter: str = Field("", max_length=2048)
    sortBy: str = Field("", max_length=128)  # noqa: N815
    sortOrder: str = Field("", pattern="^(ascending|descending)?$")  # noqa: N815
    startIndex: int = 1  # noqa: N815
    count: int = 25
    cursor: str | None = Field(None, max_length=2048)


def asked_of(asked: Asked) -> Asked | Problem:
    """The same as a GET would ask it."""
    body: SearchRequest = asked.body
    if body.schemas != [SEARCH]:
        return Problem("invalid", "schemas", scim="invalidSyntax")
    texts = [*body.attributes, *body.excludedAttributes, body.filter, body.sortBy]
    if not all(one.isprintable() for one in texts):
        return Problem("invalid", "characters that can't be shown", scim="invalidValue")
    known: dict[str, Any] = {one.name: getattr(asked, one.name) for one in fields(asked)}
    query = ScimQuery.model_construct(
        attributes=",".join(body.attributes),
        excludedAttributes=",".join(body.excludedAttributes),
        filter=body.filter,
        sortBy=body.sortBy,
        sortOrder=body.sortOrder,
        startIndex=body.startIndex,
        count=body.count,
        cursor=body.cursor,
    )
    return Asked(**known | {"query": query})


def search_users(asked: Asked) -> Outcome:
    """Users."""
    wanted = asked_of(asked)
    return wanted if isinstance(wanted, Problem) else users.listing(wanted)


def search_groups(asked: Asked) -> Outcome:
    """Groups."""
    wanted = asked_of(asked)
    return wanted if isinstance(wanted, Problem) else groups.listing(wanted)


def search_all(asked: Asked) -> Outcome:
    """RFC 7644 §3.4.3: at the root, Users first and then Groups."""
    wanted = asked_of(asked)
    if isinstance(wanted, Problem):
        return wanted
    found = users.listing(wanted)
    if not isinstance(found, Done) or found.raw is None:
        return found
    document = json.loads(found.raw[1])
    before, room = document["totalResults"], wanted.query.count - len(document["Resources"])
    rest = wanted.query.model_copy(
        update={"startIndex": max(wanted.query.startIndex - before, 1), "count": max(room, 0)}
    )
    known: dict[str, Any] = {one.name: getattr(wanted, one.name) for one in fields(wanted)}
    others = groups.listing(Asked(**known | {"query": rest}))
    if not isinstance(others, Done) or others.raw is None:
        return others
    more = json.loads(others.raw[1])
    document["Resources"] += more["Resources"]
    document["totalResults"] += more["totalResults"]
    document["itemsPerPage"] = len(document["Resources"])
    return Done(raw=(MEDIA_TYPE, encode_json(document).encode()))


OPERATIONS = (
    Operation(
        "POST",
        "/.search",
        "searchAll",
        "Users and groups",
        search_all,
        Right.ACCOUNTS_SEE,
        body=SearchRequest,
    ),
    Operation(
        "POST",
        "/Users/.search",
        "searchUsers",
        "Users",
        search_users,
        Right.ACCOUNTS_SEE,
        body=SearchRequest,
    ),
    Operation(
        "POST",
        "/Groups/.search",
        "searchGroups",
        "Groups",
        search_groups,
        Right.COMMUNITIES_SEE,
        body=SearchRequest,
    ),
)
