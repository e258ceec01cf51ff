# SPDX-License-Identifier: Apache-2.0
"""Reading a request: its parameters, its body, what it accepts. Every fault at once, by pointer."""

from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from idp.api.problems import Problem, Where
from idp.api.strict_json import Unreadable, read_json
from idp.http.wire import Call

MOST_FIELDS = 50
MOST_FAULTS = 20
LONGEST_QUERY = 8192
# pydantic's words where ours are shorter; the rest goes out as it is.
RULES = {"extra_forbidden": "unknown", "missing": "missing"}


def read_query(call: Call, model: type[BaseModel] | None) -> Any | Problem:
    """The parameters of the address; one given twice is refused."""
    if len(call.query) > LONGEST_QUERY:
        return Problem("malformed", "the address is too long")
    try:
        # WSGI hands over bytes as latin-1; the address itself is ASCII.
        pairs = parse_qsl(
            call.query, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        return Problem("malformed", "the parameters can't be read")
    values = dict(pairs)
    if len(values) != len(pairs):
        return Problem("malformed", "a parameter is given twice")
    if model is None:
        faults = tuple(Where(f"?{name}"[:80], "unknown") for name in values if name.isprintable())
        return Problem("invalid", "this address takes no parameters", faults) if values else None
    return check(model, values, "?")


def read_body(
    call: Call, model: type[BaseModel], accepted: tuple[str, ...], most: int
) -> Any | Problem:
    """The body as a value."""
    raw = raw_body(call, accepted, most)
    if isinstance(raw, Problem):
        return raw
    found = read_json(raw)
    if isinstance(found, Unreadable):
        return Problem("malformed", found.why)
    return check(model, found, "#/")


def raw_body(call: Call, accepted: tuple[str, ...], most: int) -> bytes | Problem:
    """The bytes, where they are of a kind that is read here."""
    if call.content_type not in accepted:
        return Problem("media-type", f"expected: {', '.join(accepted)}")
    body = call.body(most)
    return Problem("too-large", f"at most {most} bytes") if body is None else body


def check(model: type[BaseModel], found: Any, prefix: str) -> Any | Problem:
    """The value that a document stands for, or everything that is wrong with it."""
    try:
        return model.model_validate(found)
    except ValidationError as fault:
        return Problem("invalid", errors=tuple(_faults(fault, prefix)))


def _faults(fault: ValidationError, prefix: str) -> list[Where]:
    # Neither the value nor an address elsewhere: what was sent may be a secret.
    errors = fault.errors(include_url=False, include_input=False, include_context=False)
    return [
        Where(
            prefix + "/".join(_part(one) for one in error["loc"]),
            RULES.get(error["type"], error["type"].replace("_", "-")),
            error["msg"].removeprefix("Value error, "),
        )
        for error in errors[:MOST_FAULTS]
    ]


def _part(name: str | int) -> str:
    """RFC 6901 §3; a name that we do not know is somebody's text."""
    text = str(name)[:64]
    text = text if text.isprintable() else "?"
    return text.replace("~", "~0").replace("/", "~1")


def accepts(call: Call, kinds: tuple[str, ...]) -> bool:
    """RFC 9110 §12.5.1: whether one of these may be answered; weights only rule out by 0."""
    header = call.header("Accept")
    if not header:
        return True
    for part in header.split(","):
        kind, *parameters = (one.strip().lower() for one in part.split(";"))
        refused = any(
            one.partition("=")[2].strip("0.") == "" for one in parameters if one.startswith("q=")
        )
        if refused:
            continue
        group = kind.partition("/")[0] + "/"
        if kind == "*/*" or kind in kinds or (kind.endswith("/*") and _begins(kinds, group)):
            return True
    return False


def _begins(kinds: tuple[str, ...], group: str) -> bool:
    return any(one.startswith(group) for one in kinds)
