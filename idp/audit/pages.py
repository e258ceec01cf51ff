# SPDX-License-Identifier: Apache-2.0
"""Searching the audit a page at a time, newest first, in bounded time however long it is.

One condition drives, along an index that ends with the moment: the account, else the address, else
the kind, else the moment alone. The others are looked at on the way, over so many events at most;
where these hold too few that fit, the page says how far back it has looked and goes on from there.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from idp.audit.models import AuditEventRow
from idp.audit.record import COLUMNS
from idp.audit.search import Found
from idp.db import Tx, table_of

# So many events are looked at for one page, where they don't all fit.
LOOKED_AT: Final = 20_000
END: Final = 2**62
LONGEST_TEXT: Final = 200
table = table_of(AuditEventRow)
SHOWN = tuple(table.c[name] for name in ("id", *COLUMNS))
ONE = select(*SHOWN)
# Along an index of its own; the first that is asked for.
DRIVERS: Final = ("account", "address", "kind")
PLAIN: Final = ("account", "address", "kind", "application", "outcome", "means", "request_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: what is empty is not asked for. Moments in microseconds, `until` not in it."""

    account: str = ""
    address: str = ""
    kind: str = ""
    application: str = ""
    outcome: str = ""
    means: str = ""
    request_id: str = ""
    # Anything but a good outcome.
    refused: bool = False
    # Somewhere in the detail.
    text: str = ""
    since: int = 0
    until: int = END


@dataclass(frozen=True, slots=True)
class Place:
    """Before which event a page begins."""

    at: int = END
    id: int = END

    def __str__(self) -> str:
        return f"{self.at}-{self.id}"


@dataclass(frozen=True, slots=True)
class Results:
    """A page of events; where the next one begins, and whether this one stopped looking early."""

    events: tuple[Found, ...]
    next: Place | None
    # Back to which moment everything was looked at, where the page is not full and there is more.
    looked_back_to: int | None = None


def read_place(text: str) -> Place | None:
    """The place that an address names (WB-009: two numbers and nothing else)."""
    at, _, number = text.partition("-")
    digits = at.isascii() and at.isdigit() and number.isascii() and number.isdigit()
    if not digits or len(at) > 18 or len(number) > 19:
        return None
    found = Place(int(at), int(number))
    return found if found.id <= END else None


def load(tx: Tx, number: int) -> Found | None:
    """One event."""
    row = tx.execute(ONE.where(table.c.id == number)).first()
    return Found(*row) if row else None


def find(tx: Tx, wanted: Wanted, size: int, before: Place | None = None) -> Results:
    """A page of events."""
    before = before or Place()
    driver = next((name for name in DRIVERS if getattr(wanted, name)), "")
    along = [*_along(driver, wanted), *_span(wanted), _before(before)]
    beside = _beside(driver, wanted)
    # The moment at which the look ends: nobody waits for a walk through the whole of it.
    bound = _boundary(tx, along) if beside else None
    if bound is not None:
        along.append(table.c.at >= bound)
    statement = _newest(ONE.where(*along, *beside)).limit(size + 1)
    rows = [Found(*row) for row in tx.execute(statement).all()]
    if len(rows) > size:
        last = rows[size - 1]
        return Results(tuple(rows[:size]), Place(last.at, last.id))
    if bound is not None:
        return Results(tuple(rows), Place(bound, 0), bound)
    return Results(tuple(rows), None)


def _boundary(tx: Tx, along: list[ColumnElement[bool]]) -> int | None:
    found = tx.execute(_newest(select(table.c.at).where(*along)).limit(1).offset(LOOKED_AT))
    at: int | None = found.scalar()
    return at


def _newest(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(table.c.at.desc(), table.c.id.desc())


def _along(driver: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [table.c[driver] == getattr(wanted, driver)] if driver else []


def _span(wanted: Wanted) -> list[ColumnElement[bool]]:
    span = []
    if wanted.since:
        span.append(table.c.at >= wanted.since)
    if wanted.until < END:
        span.append(table.c.at < wanted.until)
    return span


def _before(place: Place) -> ColumnElement[bool]:
    # The first half is what an index can use; the second parts events of one microsecond.
    same = and_(table.c.at == place.at, table.c.id < place.id)
    return and_(table.c.at <= place.at, or_(table.c.at < place.at, same))


def _beside(driver: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The other conditions, written so that no index but the driver's can be taken for them."""
    found = [
        _unindexed(table.c[name]) == getattr(wanted, name)
        for name in PLAIN
        if name != driver and getattr(wanted, name)
    ]
    if wanted.refused:
        found.append(table.c.outcome != "ok")
    if wanted.text:
        inside = func.lower(table.c.detail)
        spelled = [inside.contains(one, autoescape=True) for one in _spellings(wanted.text)]
        found.append(or_(*spelled))
    return found


def _spellings(text: str) -> list[str]:
    """How a text may stand in a detail: JSON in ASCII, whose accented letters no database folds."""
    cut = text[:LONGEST_TEXT]
    spelled = (cut, cut.lower(), cut.upper(), cut.capitalize())
    return list(dict.fromkeys(json.dumps(one)[1:-1].lower() for one in spelled))


def _unindexed(column: KeyedColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, literal(""))
