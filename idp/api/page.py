# SPDX-License-Identifier: Apache-2.0
"""The API to read: what can be called, with which scope, and how. Public, and made here."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from idp.api.problems import KINDS, URN
from idp.api.routing import Operation
from idp.api.scopes import SCOPES, enough, opening_by
from idp.http.wire import Answer, Call, Page, not_allowed
from idp.programs.telling import EVENTS

SKIPPED = ("If-Match", "Idempotency-Key")


class ReadablePage:
    """GET /api."""

    def __init__(
        self,
        operations: Iterable[Operation],
        document: Callable[[], Mapping[str, Any]],
        issuer: str,
        calls: int,
    ) -> None:
        self._operations = tuple(operations)
        self._document = document
        self._issuer = issuer
        self._calls = calls

    @cached_property
    def _context(self) -> Mapping[str, Any]:
        return {
            "issuer": self._issuer,
            "calls": self._calls,
            "areas": _areas(self._operations, self._document(), self._issuer),
            "scopes": [(name, one.description) for name, one in SCOPES.items()],
            "problems": [(URN + name, one.status, one.title) for name, one in KINDS.items()],
            "events": EVENTS,
        }

    def __call__(self, call: Call) -> Answer:
        """The page."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        return Page("api/page.html", self._context)


def _areas(
    operations: tuple[Operation, ...], document: Mapping[str, Any], issuer: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in operations:
        described = document["paths"][one.path][one.method.lower()]
        found.setdefault(one.path.split("/")[1], []).append(
            _shown(one, described, document, issuer)
        )
    return list(found.items())


def _shown(
    one: Operation, described: Mapping[str, Any], document: Mapping[str, Any], issuer: str
) -> dict[str, Any]:
    body, scopes = _members(one, document), opening_by(one.rights, one.scopes)
    return {
        "name": one.name,
        "method": one.method,
        "path": one.path,
        "summary": one.summary,
        "scopes": [" + ".join(each) for each in enough(scopes, one.also)],
        "parameters": [
            (each["name"], each["in"], each["required"], each["schema"].get("description", ""))
            for each in described["parameters"]
            if each["name"] not in SKIPPED
        ],
        "body": body,
        "edits": one.edits,
        "curl": _curl(one, issuer, body),
    }


def _members(one: Operation, document: Mapping[str, Any]) -> list[tuple[str, str, bool, str]]:
    if one.body is None:
        return []
    schema = document["components"]["schemas"][one.body.__name__]
    needed = schema.get("required", [])
    return [
        (name, _kind(each), name in needed, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_kind(schema.get('items', {}))}[]"
    return str(schema.get("type", "string"))


def _curl(one: Operation, issuer: str, body: list[tuple[str, str, bool, str]]) -> str:
    parts = ["curl"]
    if one.method != "GET":
        parts.append(f"-X {one.method}")
    parts.append('-H "Authorization: Bearer $TOKEN"')
    if one.edits:
        parts.append("-H 'If-Match: \"…\"'")
    if one.takes:
        parts += [f"-H 'Content-Type: {one.takes}'", "--data-binary @file.csv"]
    if body:
        example = {
            name: "…" if kind == "string" else [] for name, kind, needed, _ in body if needed
        }
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(example, ensure_ascii=False)}'")
    parts.append(f"'{issuer}/api/v1{one.path}'")
    return " \\\n  ".join(parts)
