# SPDX-License-Identifier: Apache-2.0
"""Lists of Users: what a filter asks is put to the search, which knows the perimeter.

A filter needs a part that the search can lead by; the rest is judged on what it found. Where there
is none, or too much is found, the filter is refused: nobody walks through everybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.people.search import Query
from idp.api.problems import Problem
from idp.api.routing import Asked
from idp.api.scim import people
from idp.api.scim.filters import BadFilter, Both, Compare, Either, Has, Node, parse
from idp.api.scim.judging import fits
from idp.api.scim.resources import PERSON, USER, User
from idp.api.scim.wire import ScimQuery
from idp.programs import external_ids

LARGEST: Final = 100
# How far index pages go; cursors go on (RFC 9865).
DEEPEST: Final = 5000
MOST_JUDGED: Final = 200
STRIDE: Final = 200
WORDS: Final = frozenset({"name.familyname", "name.givenname", "displayname", "name.formatted"})
FIELDS: Final = {
    "usertype": "population",
    "groups": "community",
    "groups.value": "community",
    "establishments": "establishment",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    users: list[User]
    total: int
    start: int
    next: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a filter is answered: these accounts, or what this query finds; judged, or not."""

    ids: tuple[str, ...] | None = None
    query: Query = Query()  # noqa: RUF009 - frozen
    exact: bool = False


def listed(asked: Asked, wanted: ScimQuery, place: str) -> Page | Problem | Denied:
    """A page of the Users in reach."""
    size = max(min(wanted.count, LARGEST), 0)
    start = max(wanted.startIndex, 1)
    if not wanted.filter:
        return _walk(asked, Query(), start, size, place, cursor=wanted.cursor is not None)
    node = parse(wanted.filter)
    if isinstance(node, BadFilter):
        return Problem("invalid", node.why, scim="invalidFilter")
    plan = _plan(asked, node)
    if plan is None:
        return Problem("invalid", "this filter leads nowhere here", scim="invalidFilter")
    if plan.ids is None and plan.exact:
        return _walk(asked, plan.query, start, size, place, cursor=wanted.cursor is not None)
    found = _judged(asked, node, plan)
    if not isinstance(found, list):
        return found
    return Page(found[start - 1 : start - 1 + size], len(found), start)


def _plan(asked: Asked, node: Node) -> Plan | None:
    """The narrowest way to what may fit; None where there is none."""
    if isinstance(node, Either):
        plans = [_plan(asked, node.left), _plan(asked, node.right)]
        if any(one is None or one.ids is None for one in plans):
            return None
        several = [one.ids or () for one in plans if one is not None]
        return Plan(tuple(dict.fromkeys(one for ids in several for one in ids)))
    parts = list(_conjuncts(node))
    for part in parts:
        if (ids := _looked_up(asked, part)) is not None:
            return Plan(ids)
    query, left = Query(), []
    for part in parts:
        narrowed = _narrowed(query, part)
        query = narrowed[0] if narrowed else query
        if narrowed is None or not narrowed[1]:
            left.append(part)
    if query == Query():
        # Groups of alternatives inside: each of them may lead.
        inside = (_plan(asked, one) for one in parts if isinstance(one, Either))
        return next((one for one in inside if one is not None), None)
    return Plan(None, query, exact=not left)


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Both):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif isinstance(node, Has) and isinstance(node.of, Compare) and node.of.operator == "eq":
        yield Compare(f"{node.path}.{node.of.path}", "eq", node.of.value)
    elif isinstance(node, Has):
        for one in _conjuncts(node.of):
            yield (
                Compare(f"{node.path}.{one.path}", one.operator, one.value)
                if isinstance(one, Compare)
                else one
            )
    else:
        yield node


def _plain(path: str) -> str:
    lowered = path.lower()
    for urn in (USER, PERSON):
        lowered = lowered.removeprefix(urn.lower() + ":")
    return lowered


def _looked_up(asked: Asked, node: Node) -> tuple[str, ...] | None:
    """Who is named so; the perimeter is asked when they are shown."""
    if not isinstance(node, Compare) or node.operator != "eq" or not isinstance(node.value, str):
        return None
    tx, value = asked.tx, node.value
    match _plain(node.path):
        case "id":
            return (value,) if value.isprintable() and len(value) <= 43 else ()
        case "username" | "emails" | "emails.value":
            found = accounts.find(tx, value) if value.isprintable() else None
            return (found,) if found else ()
        case "nationalid":
            found = accounts.by_national_id(tx, value) if value.isprintable() else None
            return (found,) if found else ()
        case "externalid":
            if not value.isprintable():
                return ()
            return tuple(external_ids.find(tx, asked.application, people.KIND, value))
    return None


def _narrowed(query: Query, node: Node) -> tuple[Query, bool] | None:
    """The query with this part, and whether it says the same."""
    if not isinstance(node, Compare) or node.operator not in {"eq", "sw"}:
        return None
    path, value = _plain(node.path), node.value
    if path == "active" and isinstance(value, bool) and not query.state:
        state = State.ACTIVE if value else State.DISABLED
        return replace(query, state=state.value), True
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return None
    field = FIELDS.get(path)
    if field and node.operator == "eq" and not getattr(query, field):
        changes: dict[str, Any] = {field: value}
        return replace(query, **changes), True
    if path in WORDS:
        return replace(query, text=f"{query.text} {value}".strip()), False
    return None


def _judged(asked: Asked, node: Node, plan: Plan) -> list[User] | Problem | Denied:
    ids: list[str] = list(plan.ids or ())
    if plan.ids is None:
        query = replace(plan.query, size=STRIDE)
        found = asked.services.office.people.search(asked.tx, asked.authority, query)
        if isinstance(found, Denied):
            return found
        if found.next:
            return Problem("invalid", "too many would have to be looked at", scim="tooMany")
        ids = [one.id for one in found.lines]
    users = []
    for account in ids[:MOST_JUDGED]:
        sheet = people.load(asked, account)
        if sheet is Denied.NOT_ALLOWED:
            return sheet
        if isinstance(sheet, Denied):
            continue
        user = people.drawn(asked, sheet)
        if fits(node, user.model_dump(mode="json")):
            users.append(user)
    return users


def _walk(
    asked: Asked, query: Query, start: int, size: int, place: str, *, cursor: bool
) -> Page | Problem | Denied:
    """A page of the search itself, by index or by cursor."""
    search = asked.services.office.people.search
    total = _total(asked, query)
    if not isinstance(total, int | None):
        return total
    if size == 0:
        return Page([], total or 0, start)
    if not cursor and start > DEEPEST:
        return Problem("invalid", f"startIndex goes to {DEEPEST}: use cursor", scim="tooMany")
    gone = not query.state
    skip, users = 0 if cursor else start - 1, list[User]()
    while True:
        ask = replace(query, after=place, size=size if cursor else STRIDE)
        found = search(asked.tx, asked.authority, ask)
        if isinstance(found, Denied):
            return found
        open_ones = [one for one in found.lines if not gone or one.state is not State.CLOSED]
        shown = open_ones[skip : skip + size - len(users)]
        skip = max(skip - len(open_ones), 0)
        for line in shown:
            _add(asked, users, line)
        place = found.next
        if not place or cursor or len(users) >= size:
            break
    # Where nobody counts so far: one more than is shown, as long as there is more.
    known = start - 1 + len(users) + (1 if place else 0) if total is None else total
    return Page(users, known, start, place if cursor else "")


def _add(asked: Asked, users: list[User], line: Any) -> None:
    sheet = people.load(asked, line.id)
    # Somebody who left the perimeter at this moment.
    if not isinstance(sheet, Denied):
        users.append(people.drawn(asked, sheet))


def _total(asked: Asked, query: Query) -> int | Denied | None:
    """How many there are; None where nobody counts so far."""
    search = asked.services.office.people.search
    found = search(asked.tx, asked.authority, replace(query, size=1))
    if isinstance(found, Denied) or found.total is None or query.state:
        return found if isinstance(found, Denied) else found.total
    gone = search(asked.tx, asked.authority, replace(query, state=State.CLOSED.value, size=1))
    if isinstance(gone, Denied):
        return gone
    return found.total - (gone.total or 0)
