# SPDX-License-Identifier: Apache-2.0
"""How long people wait for a decision: counted and sorted by the database, not here."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, func, literal, select

from idp.db import Tx
from idp.registration.listing import Perimeter
from idp.registration.store import table
from idp.registration.values import Stage

WEEK: Final = 7 * 86_400
# The epoch began on a Thursday; weeks begin on Monday.
TO_MONDAY: Final = 3 * 86_400
DECIDED: Final = (Stage.APPROVED.value, Stage.REFUSED.value)
c = table.c
TOOK: ColumnElement[int] = c.decided_at - c.submitted_at


@dataclass(frozen=True, slots=True)
class Week:
    """One week: when it began (Monday, UTC), what came and what was decided in it."""

    begins_at: int
    submitted: int
    approved: int
    refused: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue in figures; times in seconds, None where nothing was decided."""

    waiting: int
    oldest_at: int | None
    decided: int
    median: int | None
    ninth_decile: int | None
    weeks: tuple[Week, ...]


def figures(tx: Tx, perimeter: Perimeter, now: int, weeks: int) -> Figures:
    """Of the last so many weeks, this one included, within a perimeter."""
    first = _monday(now) - (weeks - 1) * WEEK
    inside = _inside(perimeter)
    waiting, oldest = tx.execute(
        select(func.count(), func.min(c.submitted_at)).where(
            c.state == Stage.PENDING.value, c.submitted_at.is_not(None), *inside
        )
    ).one()
    decided = [c.decided_at >= first, c.state.in_(DECIDED), c.submitted_at.is_not(None), *inside]
    count: int = tx.execute(select(func.count()).where(*decided)).scalar_one()
    return Figures(
        waiting=waiting,
        oldest_at=oldest,
        decided=count,
        median=_quantile(tx, decided, count, 50),
        ninth_decile=_quantile(tx, decided, count, 90),
        weeks=_weeks(tx, inside, first, weeks),
    )


def _quantile(tx: Tx, decided: list[Any], count: int, percent: int) -> int | None:
    """The nearest rank: so many percent took no longer."""
    if not count:
        return None
    rank = -(-count * percent // 100) - 1
    ordered = select(TOOK.label("took")).where(*decided).order_by("took").limit(1).offset(rank)
    took: int = tx.execute(ordered).scalar_one()
    return max(took, 0)


def _weeks(tx: Tx, inside: list[Any], first: int, weeks: int) -> tuple[Week, ...]:
    counted: dict[tuple[str, int], int] = {}
    for name, column, state in (
        ("submitted", c.submitted_at, None),
        ("approved", c.decided_at, Stage.APPROVED.value),
        ("refused", c.decided_at, Stage.REFUSED.value),
    ):
        week = ((column - literal(first, BigInteger)) // WEEK).label("week")
        own = [column >= first, *inside] + ([c.state == state] if state else [])
        for row in tx.execute(select(week, func.count().label("n")).where(*own).group_by("week")):
            counted[name, int(row.week)] = row.n
    return tuple(
        Week(
            first + number * WEEK,
            *(counted.get((name, number), 0) for name in ("submitted", "approved", "refused")),
        )
        for number in range(weeks)
    )


def _monday(at: int) -> int:
    return (at + TO_MONDAY) // WEEK * WEEK - TO_MONDAY


def _inside(perimeter: Perimeter) -> list[Any]:
    if perimeter.everywhere:
        return []
    return [c.establishment.in_(sorted(perimeter.establishments))]
