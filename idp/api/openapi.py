# SPDX-License-Identifier: Apache-2.0
"""The description of the API (OpenAPI 3.1), made of the same operations that serve it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from idp.api.problems import KINDS, MEDIA_TYPE, URN
from idp.api.routing import VALUE, Operation
from idp.api.scopes import SCOPES, enough, opening_by

REF = "#/components/schemas/{model}"
ALWAYS = ("unauthenticated", "not-allowed", "not-acceptable", "too-many")
ERROR = {
    "type": "object",
    "required": ["pointer", "rule", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "RFC 6901; ?name for a parameter"},
        "rule": {"type": "string"},
        "detail": {"type": "string"},
    },
}


def describe(operations: Iterable[Operation], issuer: str, prefix: str) -> dict[str, Any]:
    """The whole document."""
    listed = tuple(operations)
    names = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Sceau administration",
            # Of the interface, not of the program (WB-035).
            "version": "1",
            "description": "What administrators do every day, for programs. See /api to read it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{issuer}{prefix}"}],
        "security": [{"oauth2": []}],
        "paths": paths,
        "components": {
            "schemas": names.definitions | {"Problem": _problem()},
            "securitySchemes": {"oauth2": _security(issuer)},
            "responses": {_response_name(name): _response(name) for name in KINDS},
        },
    }


class _Schemas:
    """The definitions of all models, and a reference to each."""

    def __init__(self, models: list[type[BaseModel]]) -> None:
        mode: JsonSchemaMode = "validation"
        both = [(one, mode) for one in models]
        found, document = models_json_schema(both, ref_template=REF)
        self._found = {model: schema for (model, _mode), schema in found.items()}
        self.definitions: dict[str, Any] = document.get("$defs", {})

    def of(self, model: type[BaseModel]) -> dict[str, Any]:
        """A reference to a model."""
        return dict(self._found[model])

    def properties_of(self, model: type[BaseModel]) -> dict[str, Any]:
        """The members of a model of parameters."""
        name = self._found[model]["$ref"].rpartition("/")[2]
        properties: dict[str, Any] = self.definitions[name]["properties"]
        return properties


@cache
def _schemas(operations: tuple[Operation, ...]) -> _Schemas:
    models = {
        model
        for one in operations
        for model in (one.body, one.answer, one.query)
        if model is not None
    }
    return _Schemas(sorted(models, key=lambda one: one.__name__))


def _operation(one: Operation, names: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag or one.path.split("/")[1]],
        "parameters": _parameters(one, names),
        "responses": _responses(one, names),
    }
    if scopes := opening_by(one.rights, one.scopes):
        # Any one of these is enough; of those that stand together, all are needed.
        described["security"] = [{"oauth2": list(each)} for each in enough(scopes, one.also)]
    if one.right is not None:
        described["x-right"] = one.right.value
    if one.fresh:
        described["x-fresh-login"] = True
    if one.others:
        described["x-other-rights"] = [right.value for right in one.others]
    if one.also:
        described["x-also-rights"] = [right.value for right in one.also]
    if one.takes:
        binary = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": True, "content": {one.takes: binary}}
    if one.body is not None:
        content = {"application/json": {"schema": names.of(one.body)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(one: Operation, names: _Schemas) -> list[dict[str, Any]]:
    plain = {"type": "string", "pattern": f"^{VALUE.pattern}$"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": plain} for name in one.parameters
    ]
    if one.query is not None:
        found += [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {key: value for key, value in schema.items() if key != "title"},
            }
            for name, schema in names.properties_of(one.query).items()
        ]
    if one.edits:
        text = {"type": "string", "minLength": 1}
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": text})
    if one.writes:
        key = {"type": "string", "pattern": '^([!#-~]{1,128}|"[!#-~]{1,128}")$'}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _responses(one: Operation, names: _Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if one.media_type:
        done["content"] = {one.media_type: {}}
    elif one.answer is not None:
        done["content"] = {"application/json": {"schema": names.of(one.answer)}}
    wrong = set(ALWAYS) | set(one.problems)
    wrong |= {"malformed"} | ({"invalid"} if one.query or one.body else set())
    if one.parameters:
        wrong.add("not-found")
    if one.body is not None or one.takes:
        wrong |= {"too-large", "media-type"}
    if one.fresh:
        wrong.add("stale-login")
    if one.edits:
        wrong |= {"changed", "precondition"}
    responses = {str(one.status): done}
    if one.writes:
        wrong |= {"key-reused"} | ({"answer-not-kept"} if one.shown_once else set())
        responses["202"] = {"description": "Taken: somebody else must agree first"}
    for name in sorted(wrong, key=lambda name: (KINDS[name].status, name)):
        # Several problems share a status; the first describes the shape of all.
        reference = {"$ref": f"#/components/responses/{_response_name(name)}"}
        responses.setdefault(str(KINDS[name].status), reference)
    return responses


def _response_name(name: str) -> str:
    return "".join(part.title() for part in name.split("-"))


def _response(name: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": KINDS[name].title, "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "request"],
        "properties": {
            "type": {"enum": [URN + name for name in KINDS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "request": {"type": "string", "description": "To be told to support"},
            "errors": {"type": "array", "items": ERROR},
        },
    }


def _security(issuer: str) -> dict[str, Any]:
    scopes = {name: one.description for name, one in SCOPES.items()}
    token = f"{issuer}/oidc/token"
    return {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {"tokenUrl": token, "scopes": scopes},
            "authorizationCode": {
                "authorizationUrl": f"{issuer}/oidc/authorize",
                "tokenUrl": token,
                "scopes": scopes,
            },
        },
    }
