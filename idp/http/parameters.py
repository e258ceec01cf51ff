# SPDX-License-Identifier: Apache-2.0
"""Parameters of a request, read once and strictly: no duplicate, no surprise of encoding."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from idp.http.wire import Call

MOST_FIELDS = 64
LONGEST_QUERY = 32_768
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request whose parameters can't be taken; `status` is HTTP's word for it."""

    why: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values; a name given twice is in `repeated` and has no value."""

    values: dict[str, str]
    repeated: frozenset[str] = frozenset()

    def get(self, name: str) -> str:
        """The value, or nothing. RFC 6749 §3.1: an empty value counts as absent."""
        return self.values.get(name, "")


def parse(text: str, longest: int = LONGEST_QUERY) -> Parameters | Unreadable:
    """Parameters of a query or form."""
    if len(text) > longest:
        return Unreadable("the request is too long", 413)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return Unreadable("the parameters can't be read")
    values = dict(pairs)
    if len(values) == len(pairs):
        return Parameters(values)
    # RFC 6749 §3.1: parameters must not be included more than once (OA-007).
    names = [name for name, _ in pairs]
    repeated = frozenset(name for name in values if names.count(name) > 1)
    return Parameters({name: values[name] for name in values if name not in repeated}, repeated)


def read_form(call: Call, limit: int, longest: int = LONGEST_QUERY) -> Parameters | Unreadable:
    """Parameters of a posted form, and of nothing else."""
    if call.content_type != FORM:
        return Unreadable("the body must be a form", 415)
    body = call.body(limit)
    if body is None:
        return Unreadable("the body is too large", 413)
    try:
        posted = parse(body.decode("utf-8"), longest)
    except UnicodeDecodeError:
        return Unreadable("the body is not UTF-8")
    return _apart(posted, call.query) if call.query and isinstance(posted, Parameters) else posted


def _apart(posted: Parameters, query: str) -> Parameters | Unreadable:
    """The posted parameters; one that the address names too is given twice (OA-007)."""
    named = parse(query)
    if isinstance(named, Unreadable):
        return named
    both = (named.values.keys() | named.repeated) & posted.values.keys()
    values = {name: value for name, value in posted.values.items() if name not in both}
    return Parameters(values, posted.repeated | both)
