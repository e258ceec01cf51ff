# SPDX-License-Identifier: Apache-2.0
"""Several operations in one request (RFC 7644 §3.7): each whole or not at all, in their order."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from pydantic import ConfigDict, Field

from idp.administration.authority import Denied
from idp.api.actors import missing
from idp.api.problems import OF_DENIED, Problem
from idp.api.routing import Asked, Done, Found, Operation, Outcome, Table
from idp.api.scim import groups, users
from idp.api.scim.address import PREFIX
from idp.api.scim.wire import (
    MEDIA_TYPE,
    MOST_OPERATIONS,
    Document,
    ScimQuery,
    operations_of,
    told,
)
from idp.api.scopes import opening
from idp.api.values import Body
from idp.db import part
from idp.http.wire import encode_json

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
TABLE = Table((*users.OPERATIONS, *groups.OPERATIONS))


class BulkPart(Body):
    """One operation."""

    method: str = Field(pattern="^(POST|PUT|PATCH|DELETE)$")
    path: str = Field(max_length=512, pattern="^/")
    bulkId: str = Field("", max_length=64, pattern="^[A-Za-z0-9._~-]*$")  # noqa: N815
    version: str = Field("", max_length=64)
    data: dict[str, Any] | None = None


class BulkRequest(Body):
    """What is to be done."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    schemas: list[str] = Field(min_length=1, max_length=1)
    failOnErrors: int | None = Field(None, ge=1)  # noqa: N815
    Operations: list[BulkPart] = Field(min_length=1, max_length=MOST_OPERATIONS + 1)


def run(asked: Asked) -> Outcome:
    """All of them, until too many failed."""
    wanted: BulkRequest = asked.body
    if wanted.schemas != [REQUEST]:
        return Problem("invalid", "schemas", scim="invalidSyntax")
    # Those within a PATCH count as well: else a hundred of them would hold a hundred each.
    if sum(map(_weight, wanted.Operations)) > MOST_OPERATIONS:
        return Problem("too-large", f"{MOST_OPERATIONS} operations at most")
    made: dict[str, str] = {}
    answers: list[dict[str, Any]] = []
    after: list[Callable[[], None]] = []
    failed = 0
    for one in wanted.Operations:
        outcome = _one(asked, one, made)
        answers.append(_answer(asked, one, outcome))
        if isinstance(outcome, Done):
            after += outcome.after
            if one.bulkId and outcome.location:
                made[one.bulkId] = outcome.location.rpartition("/")[2]
            continue
        failed += 1
        if wanted.failOnErrors is not None and failed >= wanted.failOnErrors:
            break
    document = {"schemas": [RESPONSE], "Operations": answers}
    return Done(raw=(MEDIA_TYPE, encode_json(document).encode()), after=tuple(after))


def _weight(one: BulkPart) -> int:
    within = operations_of(one.data or {}) if one.method == "PATCH" else ()
    return max(1, len(within))


def _one(asked: Asked, wanted: BulkPart, made: dict[str, str]) -> Outcome:
    if wanted.method == "POST" and not wanted.bulkId:
        return Problem("invalid", "bulkId is needed", scim="invalidValue")
    path, data = _resolved(wanted, made)
    if path is None:
        return Problem("conflict", "a bulkId that leads nowhere", scim="invalidValue")
    found = TABLE.find(wanted.method, path)
    if not isinstance(found, Found):
        return Problem("not-found") if found is None else Problem("method")
    operation = found.operation
    right = operation.right
    if right is not None and right not in asked.authority.within:
        return missing(opening(right, scim=True))
    if operation.body is not None and data is None:
        return Problem("invalid", "data is missing", scim="invalidValue")
    call = _call(asked, wanted)
    known = {name.name: getattr(asked, name.name) for name in fields(asked)}
    body = Document(data) if data is not None else None
    known |= {"path": found.path, "query": ScimQuery(), "body": body, "call": call}
    with part(asked.tx) as own:
        outcome = operation.run(Asked(**known))
        if not isinstance(outcome, Done) and outcome is not Denied.PROPOSED:
            own.give_up()
    return outcome


def _call(asked: Asked, wanted: BulkPart) -> Any:
    """The same request, with the version that this operation names."""
    environ = {name: value for name, value in asked.call.environ.items() if name != "HTTP_IF_MATCH"}
    if wanted.version:
        environ["HTTP_IF_MATCH"] = wanted.version
    return type(asked.call)(environ, asked.call.origin)


def _resolved(wanted: BulkPart, made: dict[str, str]) -> tuple[str | None, dict[str, Any] | None]:
    """RFC 7644 §3.7.2: what was made before is named by its bulkId."""
    text = json.dumps([wanted.path, wanted.data])
    for name, key in made.items():
        text = text.replace(f'bulkId:{name}"', f'{key}"').replace(f"bulkId:{name}/", f"{key}/")
    if '"bulkId:' in text or "/bulkId:" in text:
        return None, None
    path, data = json.loads(text)
    return path, data


def _answer(asked: Asked, wanted: BulkPart, outcome: Outcome) -> dict[str, Any]:
    told_of: dict[str, Any] = {"method": wanted.method}
    if wanted.bulkId:
        told_of["bulkId"] = wanted.bulkId
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    if wanted.method != "POST":
        told_of["location"] = site + wanted.path
    if isinstance(outcome, Done):
        if outcome.location:
            told_of["location"] = site + outcome.location
        if outcome.etag:
            told_of["version"] = outcome.etag
        return told_of | {"status": str(outcome.status)}
    if outcome is Denied.PROPOSED:
        return told_of | {"status": "202"}
    problem = OF_DENIED[outcome] if isinstance(outcome, Denied) else outcome
    reply = told(problem, "", [])
    return told_of | {"status": str(reply.status), "response": json.loads(reply.body)}


OPERATIONS = (Operation("POST", "/Bulk", "bulk", "Several at once", run, body=BulkRequest),)
