# SPDX-License-Identifier: Apache-2.0
"""Parameters of a request, read once and strictly: no duplicate, no surprise of encoding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode

from idp.http.wire import Call

MOST_FIELDS = 64
LONGEST_QUERY = 32_768
FORM = "application/x-www-form-urlencoded"
# RFC 8707 §2, RFC 8693 §2.1: these alone may be given more than once.
SEVERAL = frozenset({"resource", "audience"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A request whose parameters can't be taken; `status` is HTTP's word for it."""

    why: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values; a name given twice is in `repeated` and has no value.

    What may be given several times is in `several` where it was, and has no single value either.
    """

    values: dict[str, str]
    repeated: frozenset[str] = frozenset()
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The value, or nothing. RFC 6749 §3.1: an empty value counts as absent."""
        return self.values.get(name, "")

    def names(self, name: str) -> bool:
        """Whether it was given at all, once or several times."""
        return name in self.values or name in self.repeated or name in self.several

    def holds(self, names: frozenset[str]) -> bool:
        """Whether any of them was given, once or several times."""
        return not (names.isdisjoint(self.values) and names.isdisjoint(self.several))

    def all(self, name: str) -> tuple[str, ...]:
        """The values of what may be given several times."""
        one = self.values.get(name)
        return (one,) if one else tuple(filter(None, self.several.get(name, ())))

    def encoded(self) -> str:
        """All of them as a query."""
        pairs = [(name, value) for name, values in self.several.items() for value in values]
        return urlencode([*self.values.items(), *pairs])


def parse(text: str, longest: int = LONGEST_QUERY) -> Parameters | Unreadable:
    """Parameters of a query or form."""
    if len(text) > longest:
        return Unreadable("the request is too long", 413)
    try:
        pairs = _pairs(text)
    except ValueError:
        return Unreadable("the parameters can't be read")
    values = dict(pairs)
    if len(values) == len(pairs):
        return Parameters(values)
    # RFC 6749 §3.1: parameters must not be included more than once (OA-007).
    names = [name for name, _ in pairs]
    twice = frozenset(name for name in values if names.count(name) > 1)
    several = {
        name: tuple(value for other, value in pairs if other == name) for name in twice & SEVERAL
    }
    once = {name: values[name] for name in values if name not in twice}
    return Parameters(once, twice - SEVERAL, several)


def _pairs(text: str) -> list[tuple[str, str]]:
    """As `urllib.parse.parse_qsl` reads them, blank ones too, at half its cost.

    It decodes each name and value; of a request of ours, most have nothing to decode.
    """
    fields = text.split("&")
    if len(fields) > MOST_FIELDS:
        raise ValueError
    pairs = []
    for one in filter(None, fields):
        name, _, value = one.partition("=")
        if "%" in one or "+" in one:
            name, value = _decoded(name), _decoded(value)
        pairs.append((name, value))
    return pairs


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "), errors="strict")


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
    there = named.values.keys() | named.repeated | named.several.keys()
    both = there & (posted.values.keys() | posted.several.keys())
    values = {name: value for name, value in posted.values.items() if name not in both}
    several = {name: those for name, those in posted.several.items() if name not in both}
    return Parameters(values, posted.repeated | both, several)
