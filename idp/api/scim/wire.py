# SPDX-License-Identifier: Apache-2.0
"""SCIM on the wire: documents read under its rules, answers and refusals in its words."""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, ValidationError
from scim2_models import (
    Context,
    Error,
    PatchOp,
    Resource,
    ResponseParameters,
    SCIMException,
)

from idp.administration.rights import Right
from idp.api.etags import fits
from idp.api.problems import KINDS, Problem
from idp.api.routing import Asked, Done, Operation
from idp.api.scim.address import PREFIX
from idp.api.serving import Dialect
from idp.api.values import Query, printable
from idp.http.wire import NO_STORE, Headers, Reply, encode_json

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
# RFC 7644 §3.12: SCIM's own words, where it has one; others are told by their status alone.
WORDS = {
    "malformed": "invalidSyntax",
    "invalid": "invalidValue",
    "unfit": "invalidValue",
    "taken": "uniqueness",
    "cursor": "invalidCursor",
}
# Each operation of a PATCH looks through the whole resource again, and each term of a filter in its
# path at every value (WB-037).
MOST_OPERATIONS = 100
LONGEST_PATH = 160
R = TypeVar("R", bound=Resource[Any])


class Document(RootModel[dict[str, Any]]):
    """A body as it came; SCIM's own rules are held to it where its resource is known."""


def _number(value: Any) -> Any:
    """RFC 7644 §3.4.2.4: numbers too small are read as the smallest."""
    if not isinstance(value, str):
        return value
    plain = value.removeprefix("-")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise ValueError("a whole number is expected")
    return int(value)


Number = Annotated[int, BeforeValidator(_number)]
Text = Annotated[str, Field(max_length=2048), AfterValidator(printable)]


class ScimQuery(Query):
    """RFC 7644 §3.4.2: what is asked of a list, or of one resource."""

    attributes: Text = ""
    excludedAttributes: Text = ""  # noqa: N815 - as SCIM spells it
    filter: Text = ""
    sortBy: Text = ""  # noqa: N815
    sortOrder: Annotated[str, Field(pattern="^(ascending|descending)?$")] = ""  # noqa: N815
    startIndex: Number = 1  # noqa: N815
    count: Number = 25
    # RFC 9865 §2: empty for the first page.
    cursor: Text | None = None


def told(problem: Problem, _request_id: str, extra: Headers) -> Reply:
    """RFC 7644 §3.12."""
    # What SCIM calls a value that does not fit is told by 400 here.
    status = 400 if problem.status == 422 else problem.status
    sentences = [KINDS[problem.name].title, problem.detail]
    sentences += [f"{one.pointer}: {one.detail or one.rule}" for one in problem.errors]
    document: dict[str, Any] = {
        "schemas": [ERROR],
        "status": str(status),
        "detail": " - ".join(one for one in sentences if one),
    }
    if word := problem.scim or WORDS.get(problem.name):
        document["scimType"] = word
    headers = [("Content-Type", MEDIA_TYPE), *NO_STORE, *problem.headers, *extra]
    return Reply(status, headers, encode_json(document).encode())


SCIM = Dialect(PREFIX, (MEDIA_TYPE, "application/json"), told, scim=True)


def read(model: type[R], document: Mapping[str, Any], context: Context) -> R | Problem:
    """A resource as it was sent."""
    try:
        return model.model_validate(document, scim_ctx=context)
    except ValidationError as fault:
        return _invalid(fault)


def read_patch(model: type[R], document: Mapping[str, Any]) -> "PatchOp[R] | Problem":
    """RFC 7644 §3.5.2."""
    every = operations_of(document)
    if len(every) > MOST_OPERATIONS:
        return Problem("too-large", f"{MOST_OPERATIONS} operations at most")
    if any(len(path) > LONGEST_PATH for one in every for path in _paths(one)):
        return Problem("invalid", f"a path has {LONGEST_PATH} signs at most", scim="invalidPath")
    try:
        found: PatchOp[R] = PatchOp[model].model_validate(  # type: ignore[valid-type]
            document, scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
    except ValidationError as fault:
        return _invalid(fault)
    except SCIMException as fault:
        return refused(fault)
    return found


def operations_of(document: Mapping[str, Any]) -> list[Any]:
    """The operations of a PATCH, before anything else is made of it."""
    # RFC 7643 §2.1: names of attributes are the same whatever their case.
    lists = [one for name, one in document.items() if name.lower() == "operations"]
    return [one for several in lists if isinstance(several, list) for one in several]


def _paths(operation: Any) -> list[str]:
    members = operation.items() if isinstance(operation, dict) else ()
    return [one for name, one in members if name.lower() == "path" and isinstance(one, str)]


def patched(patch: "PatchOp[R]", resource: R) -> R | Problem:
    """The resource after the operations; all of them or none."""
    try:
        patch.patch(resource)
    except ValidationError as fault:
        return _invalid(fault)
    except SCIMException as fault:
        return refused(fault)
    return resource


def refused(fault: SCIMException) -> Problem:
    """A rule of SCIM that was broken."""
    return Problem("invalid", fault.detail[:200], scim=fault.scim_type)


def _invalid(fault: ValidationError) -> Problem:
    errors = fault.errors(include_url=False, include_input=False)
    first = Error.from_validation_error(errors[0])
    return Problem("invalid", (first.detail or "")[:200], scim=first.scim_type or "invalidValue")


def shown(asked: Asked, resource: Resource[Any], status: int = 200) -> Done | Problem:
    """One resource as an answer, with its version and address."""
    document = dumped(asked, resource)
    if isinstance(document, Problem):
        return document
    etag = str(resource.meta.version) if resource.meta else ""
    kind = resource.meta.resource_type if resource.meta else ""
    location = f"/{kind}s/{resource.id}" if status == 201 else ""
    raw = (MEDIA_TYPE, encode_json(document).encode())
    return Done(raw=raw, status=status, etag=etag, location=location)


def dumped(asked: Asked, resource: Resource[Any]) -> dict[str, Any] | Problem:
    """A resource with the attributes that were asked for (RFC 7644 §3.9)."""
    wanted = asked.query if isinstance(asked.query, ScimQuery) else ScimQuery()
    try:
        kind: Any = ResponseParameters.__class_getitem__(type(resource))
        parameters = kind(
            attributes=wanted.attributes or None,
            excluded_attributes=wanted.excludedAttributes or None,
        )
        found: dict[str, Any] = resource.model_dump(
            scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=parameters, mode="json"
        )
    except ValidationError:
        return Problem("invalid", "attributes", scim="invalidPath")
    return found


def listed(
    asked: Asked,
    resources: Sequence[Resource[Any]],
    total: int | None,
    start: int,
    cursor: str = "",
) -> Done | Problem:
    """RFC 7644 §3.4.2: some of the resources that were found."""
    found = [dumped(asked, one) for one in resources]
    wrong = next((one for one in found if isinstance(one, Problem)), None)
    if wrong is not None:
        return wrong
    document: dict[str, Any] = {"schemas": [LIST], "totalResults": total}
    document |= {"itemsPerPage": len(found), "startIndex": start, "Resources": found}
    if cursor:
        document["nextCursor"] = cursor
    return Done(raw=(MEDIA_TYPE, encode_json(document).encode()))


def replaced(kind: type[R]) -> Callable[[Asked, R], R | Problem]:
    """RFC 7644 §3.5.1: what was sent instead; what is not named is cleared."""
    return lambda asked, _now: read(kind, asked.body.root, Context.RESOURCE_REPLACEMENT_REQUEST)


def patched_as(kind: type[R]) -> Callable[[Asked, R], R | Problem]:
    """RFC 7644 §3.5.2: what is there, with the operations carried out."""

    def patch(asked: Asked, now: R) -> R | Problem:
        operations = read_patch(kind, asked.body.root)
        return operations if isinstance(operations, Problem) else patched(operations, now)

    return patch


def operation(method: str, path: str, name: str, run: Any, right: Right) -> Operation:
    """One of the verbs of a kind of resource."""
    body = Document if method in {"POST", "PUT", "PATCH"} else None
    query = ScimQuery if method != "DELETE" else None
    return Operation(method, path, name, name, run, right, query=query, body=body)


def version_of(document: Mapping[str, Any]) -> str:
    """RFC 7644 §3.14: the same resource, the same version."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return f'W/"{blake2b(text.encode(), digest_size=12).hexdigest()}"'


def stale(asked: Asked, resource: Resource[Any]) -> Problem | None:
    """Where a version is named, it must be the one that is there."""
    version = str(resource.meta.version) if resource.meta else ""
    if not asked.if_match or fits(asked.if_match, version):
        return None
    return Problem("changed", headers=(("ETag", version),))
