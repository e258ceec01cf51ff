# SPDX-License-Identifier: Apache-2.0
"""What is told to programs that are refused: problem details (RFC 9457), with stable names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from idp.administration.authority import Denied
from idp.http.wire import NO_STORE, Headers, Reply, encode_json

URN = "urn:sceau:problem:"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem by its name: its status and its sentence never change."""

    status: int
    title: str


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "malformed": Kind(400, "The request can't be read"),
        "invalid": Kind(400, "The request does not have the described shape"),
        "cursor": Kind(400, "The cursor is not one of this list"),
        "unauthenticated": Kind(401, "A live access token is needed"),
        "weak-login": Kind(401, "The person must have logged in with two factors"),
        "not-allowed": Kind(403, "The role does not allow this"),
        "missing-scope": Kind(403, "The token was not given for this"),
        "stale-login": Kind(403, "The person must have proved who they are just now"),
        "not-found": Kind(404, "There is no such thing, or not in your perimeter"),
        "method": Kind(405, "This address does not answer to this method"),
        "not-acceptable": Kind(406, "The answer can't be given in the form asked for"),
        "conflict": Kind(409, "This is in contradiction with what is there"),
        "taken": Kind(409, "Somebody else has it already"),
        "answer-not-kept": Kind(
            409, "It was done under this Idempotency-Key; its answer is shown once, and not kept"
        ),
        "changed": Kind(412, "It was changed since it was read"),
        "too-large": Kind(413, "The request is too large"),
        "media-type": Kind(415, "The body is not of a kind that is read here"),
        "unfit": Kind(422, "What was asked can't be done"),
        "key-reused": Kind(422, "The Idempotency-Key was used for another request"),
        "precondition": Kind(428, "If-Match is needed: say which version you have seen"),
        "too-many": Kind(429, "Too many requests in this minute"),
        "server-error": Kind(500, "Something broke here"),
        "unavailable": Kind(503, "Not available for the moment"),
    }
)


@dataclass(frozen=True, slots=True)
class Where:
    """What is wrong with one member: its JSON pointer, the rule as a word, a sentence."""

    pointer: str
    rule: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """An expected refusal, as a value."""

    name: str
    detail: str = ""
    errors: tuple[Where, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    # SCIM's own word for it (RFC 7644 §3.12), where it has one.
    scim: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    # A try that counts: what was noted of it stays.
    counted: bool = False

    @property
    def status(self) -> int:
        """The status it is told with."""
        return KINDS[self.name].status


OF_DENIED: Final = {
    Denied.NOT_ALLOWED: Problem("not-allowed"),
    Denied.NOT_FOUND: Problem("not-found"),
}


def told(problem: Problem, request_id: str, extra: Headers) -> Reply:
    """The problem on the wire."""
    kind = KINDS[problem.name]
    document: dict[str, Any] = {
        "type": URN + problem.name,
        "title": kind.title,
        "status": kind.status,
        "request": request_id,
    }
    if problem.detail:
        document["detail"] = problem.detail
    if problem.errors:
        document["errors"] = [
            {"pointer": one.pointer, "rule": one.rule, "detail": one.detail}
            for one in problem.errors
        ]
    document |= problem.more
    headers = [("Content-Type", MEDIA_TYPE), *NO_STORE, *problem.headers, *extra]
    return Reply(kind.status, headers, encode_json(document).encode())
