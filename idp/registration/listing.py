# SPDX-License-Identifier: Apache-2.0
"""The queue as lists and counts: one perimeter, one stage after the other, a page at a time.

Every statement walks an index in the order of the page, so that no page costs more the further back
it is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union

from idp.accounts.values import fold
from idp.db import Found, Tx
from idp.places import place_after, read_place
from idp.registration.decisions import SEEN
from idp.registration.store import folded_name, table
from idp.registration.values import Stage

LARGEST: Final = 200
# Nothing sorts behind it.
LAST: Final = "\U0010ffff"
LONGEST_TEXT: Final = 128
# Sparse: more has no place in a badge.
MOST_COUNTED: Final = 10_000
c = table.c


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; what is left empty is anything."""

    # A word of `Stage`, or empty for all that the queue shows.
    stage: str = Stage.PENDING.value
    # Seconds that a request has waited at least.
    waiting: int = 0
    profession: str = ""
    establishment: str = ""
    # "me", "nobody", or the id of an account.
    assigned: str = ""
    # The beginning of a last or first name, an e-mail address or a number.
    text: str = ""
    newest_first: bool = False
    # `next` of the page before.
    after: str = ""
    size: int = 25


@dataclass(frozen=True, slots=True)
class Perimeter:
    """Whose requests: everybody's, or those of these establishments."""

    everywhere: bool
    establishments: frozenset[str] = frozenset()

    def slots(self, wanted: str) -> Sequence[str | None]:
        """Establishments to look in one after the other; None for all at once."""
        if wanted:
            return (wanted,) if self.everywhere or wanted in self.establishments else ()
        return (None,) if self.everywhere else sorted(self.establishments)


def page(
    tx: Tx, perimeter: Perimeter, query: Query, me: str | None, now: int
) -> tuple[list[Found], str]:
    """The rows of a page in their order, and the cursor of the next one."""
    size = min(max(query.size, 1), LARGEST)
    conditions = _conditions(query, me, now)
    if conditions is None:
        return [], ""
    found: list[Found] = []
    for stage in _stages(query.stage):
        for house in perimeter.slots(query.establishment):
            own = [c.state == stage.value, *conditions]
            own += [] if house is None else [c.establishment == house]
            found += tx.execute(_in_order(select(table).where(*own), query, size + 1)).all()
    found.sort(key=lambda row: (row.submitted_at, row.id), reverse=query.newest_first)
    shown = found[:size]
    more = len(found) > size
    return shown, place_after(shown[-1].submitted_at, shown[-1].id) if more else ""


def following(tx: Tx, perimeter: Perimeter, query: Query, me: str | None, now: int) -> str | None:
    """The first request that such a list shows."""
    rows, _cursor = page(tx, perimeter, query, me, now)
    return rows[0].id if rows else None


def counts(tx: Tx, perimeter: Perimeter) -> dict[Stage, int]:
    """How many of each stage there are within the perimeter; beyond ten thousand, so many."""
    found = dict.fromkeys(SEEN, 0)
    for stage in SEEN:
        for house in perimeter.slots(""):
            own = [c.state == stage.value, c.submitted_at.is_not(None)]
            own += [] if house is None else [c.establishment == house]
            some = select(c.id).where(*own).limit(MOST_COUNTED).subquery()
            found[stage] += tx.execute(select(func.count()).select_from(some)).scalar_one()
    return found


def waiting_since(
    tx: Tx, establishments: Collection[str] | None, after: int
) -> tuple[int, int | None]:
    """How many wait that came after a moment, and since when the oldest of them has."""
    own: list[ColumnElement[bool]] = [c.state == Stage.PENDING.value, c.submitted_at > after]
    if establishments is not None:
        own.append(c.establishment.in_(sorted(establishments)))
    row = tx.execute(select(func.count(), func.min(c.submitted_at)).where(*own)).one()
    return row[0], row[1]


def _stages(wanted: str) -> Sequence[Stage]:
    if not wanted:
        return SEEN
    return [one for one in SEEN if one.value == wanted]


def _conditions(query: Query, me: str | None, now: int) -> list[ColumnElement[bool]] | None:
    """What a row must be; None where nothing can be."""
    found: list[ColumnElement[bool]] = [c.submitted_at.is_not(None)]
    if query.waiting > 0:
        found.append(c.submitted_at <= now - query.waiting)
    if query.profession:
        found.append(c.profession == query.profession[:16])
    if query.assigned == "nobody":
        found.append(c.assigned_to.is_(None))
    elif query.assigned:
        whose = me if query.assigned == "me" else query.assigned[:43]
        if whose is None:
            return None
        found.append(c.assigned_to == whose)
    if query.text.strip():
        if not query.text.strip().isprintable():
            return None
        found.append(c.id.in_(_begins(query.text.strip())))
    if query.after:
        place = read_place(query.after)
        if place is None:
            return None
        found.append(_behind(*place, newest_first=query.newest_first))
    return found


def _behind(at: int, name: str, *, newest_first: bool) -> ColumnElement[bool]:
    if newest_first:
        return and_(c.submitted_at <= at, or_(c.submitted_at < at, c.id < name))
    return and_(c.submitted_at >= at, or_(c.submitted_at > at, c.id > name))


def _in_order(statement: Select[Any], query: Query, most: int) -> Select[Any]:
    order = (c.submitted_at.desc(), c.id.desc()) if query.newest_first else (c.submitted_at, c.id)
    return statement.order_by(*order).limit(most)


def _begins(text: str) -> Select[tuple[str]]:
    """The ids of requests that begin so; no LIKE: what is typed means itself alone (WB-009)."""
    typed = text[:LONGEST_TEXT]
    name, number = folded_name(typed), "".join(typed.split()).upper()
    beginnings: list[tuple[Any, str]] = [
        (c.last_name, name),
        (c.first_name, name),
        (c.email, fold(typed)),
    ]
    # What folds into nothing begins everything: it is no name.
    beginnings = [(column, one) for column, one in beginnings if one]
    # People know their number without the digit that says which register it is from.
    beginnings += [(c.national_id, one + number) for one in ("", "8", "0")]
    return select(
        union(
            *(select(c.id).where(column >= one, column < one + LAST) for column, one in beginnings)
        ).subquery()
    )
