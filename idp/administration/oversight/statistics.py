# SPDX-License-Identifier: Apache-2.0
"""Statistics: logins by means, application, outcome and hour, from the figures kept by the hour."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, func, select

from idp.administration.authority import Authority, Denied
from idp.administration.oversight import counting
from idp.administration.oversight.counting import HOUR, days, figures, midnight_of
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.messages.shown import local_time
from idp.registration.models import RequestRow
from idp.registration.values import Stage

requests = table_of(RequestRow)
EARLIEST: Final = date(2020, 1, 1)
HOURS_WITHIN = (figures.c.hour >= bindparam("since"), figures.c.hour < bindparam("until"))
DAYS_WITHIN = (days.c.day >= bindparam("since"), days.c.day < bindparam("until"))
OF_HOURS = func.sum(figures.c.number).label("number")
OF_DAYS = func.sum(days.c.number).label("number")
BY_HOUR = (
    select(figures.c.hour, figures.c.kind, OF_HOURS)
    .where(*HOURS_WITHIN, figures.c.kind.in_(sorted(counting.LOGINS)))
    .group_by(figures.c.hour, figures.c.kind)
)
BY_MEANS = (
    select(days.c.means, days.c.kind, OF_DAYS)
    .where(*DAYS_WITHIN, days.c.kind.in_(["login.proved", "login.failed"]))
    .group_by(days.c.means, days.c.kind)
)
BY_APPLICATION = (
    select(days.c.application, days.c.kind, OF_DAYS)
    .where(*DAYS_WITHIN, days.c.kind.in_(["login.admitted", "login.refused", "login.failed"]))
    .group_by(days.c.application, days.c.kind)
)
BY_OUTCOME = (
    select(figures.c.kind, figures.c.outcome, OF_HOURS)
    .where(*HOURS_WITHIN, figures.c.kind.in_(["login.failed", "login.refused"]))
    .group_by(figures.c.kind, figures.c.outcome)
)
BY_KIND = (
    select(figures.c.kind, figures.c.outcome, OF_HOURS)
    .where(*HOURS_WITHIN)
    .group_by(figures.c.kind, figures.c.outcome)
)
PENDING = select(func.count().label("number"), func.min(requests.c.submitted_at).label("oldest"))
WAITING = PENDING.where(requests.c.state == Stage.PENDING.value)


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week or a month where people are, in seconds; `until` is no part of it."""

    span: Span
    first: date
    after: date

    @classmethod
    def around(cls, span: Span, day: date) -> "Period":
        """The period that a day lies in."""
        if span is Span.DAY:
            return cls(span, day, day + timedelta(days=1))
        if span is Span.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(span, monday, monday + timedelta(days=7))
        first = day.replace(day=1)
        return cls(span, first, (first + timedelta(days=32)).replace(day=1))

    @classmethod
    def read(cls, span: Span, day: str, today: date) -> "Period | None":
        """Around a day as it is written, today where nothing is; None where there is no such."""
        try:
            found = date.fromisoformat(day) if day else today
        except ValueError:
            return None
        # Reports look at the period before, and end with the day after: the calendar has neither.
        return cls.around(span, found) if MINYEAR < found.year < MAXYEAR else None

    @property
    def since(self) -> int:
        """Its first second."""
        return midnight_of(self.first)

    @property
    def until(self) -> int:
        """The first second after it."""
        return midnight_of(self.after)

    @property
    def before(self) -> "Period":
        """The one before."""
        return Period.around(self.span, self.first - timedelta(days=1))

    @property
    def next(self) -> "Period":
        """The one after."""
        return Period.around(self.span, self.after)

    @property
    def starts(self) -> tuple[int, ...]:
        """When its hours (of a day) or its days begin; a day may have 23 hours, or 25."""
        if self.span is Span.DAY:
            return tuple(range(self.since, self.until, HOUR))
        days = (self.after - self.first).days
        return tuple(midnight_of(self.first + timedelta(days=number)) for number in range(days))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How logins went: proofs accepted, tries that failed, entries refused, applications opened."""

    proved: int = 0
    failed: int = 0
    refused: int = 0
    admitted: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """An hour, or a day, with the same one of the period before."""

    start: int
    now: Numbers
    before: Numbers


@dataclass(frozen=True, slots=True)
class Line:
    """A means, an application or an hour of the day, with its figures."""

    key: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Reason:
    """Why logins were not let in, and how often."""

    kind: str
    why: str
    number: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests to register that wait for a decision, and since when the oldest does."""

    number: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows of a period."""

    period: Period
    columns: tuple[Column, ...]
    total: Numbers
    total_before: Numbers
    means: tuple[Line, ...]
    applications: tuple[Line, ...]
    hours: tuple[Line, ...]
    reasons: tuple[Reason, ...]
    waiting: Waiting
    # When the count last went on, and how many events it has not reached yet.
    counted_at: int
    behind: int
    # How many of the columns have begun.
    begun: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the export."""

    kind: str
    outcome: str
    number: int


class Statistics:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def today(self) -> date:
        """The day where people are."""
        return local_time(self._clock.now()).date()

    def report(self, tx: Tx, authority: Authority, period: Period) -> Denied | Report:
        """The figures of a period, beside the one before."""
        if not sees_region(authority):
            return Denied.NOT_ALLOWED
        now, before = _by_hour(tx, period), _by_hour(tx, period.before)
        position = counting.position_of(tx)
        return Report(
            period=period,
            columns=_columns(period, now, before),
            total=sum_of(now.values()),
            total_before=sum_of(before.values()),
            means=_lines(tx, BY_MEANS, period, "means"),
            applications=_lines(tx, BY_APPLICATION, period, "application"),
            hours=_by_hour_of_day(now),
            reasons=_reasons(tx, period),
            waiting=self._waiting(tx),
            counted_at=position.counted_at,
            behind=position.waiting,
            begun=sum(start <= self._clock.now() for start in period.starts),
        )

    def facts(self, tx: Tx, authority: Authority, period: Period) -> Denied | tuple[Fact, ...]:
        """Everything that was counted in a period, by kind and outcome."""
        if not sees_region(authority):
            return Denied.NOT_ALLOWED
        rows = tx.execute(BY_KIND, _bounds(period)).all()
        return tuple(sorted((Fact(*row) for row in rows), key=lambda one: (one.kind, one.outcome)))

    def waiting(self, tx: Tx, authority: Authority) -> Denied | Waiting:
        """How many requests wait in the whole region."""
        return self._waiting(tx) if sees_region(authority) else Denied.NOT_ALLOWED

    def count_anew(self, tx: Tx, authority: Authority) -> Denied | None:
        """Forget the figures; they are counted again from the audit."""
        # Whoever sees figures alone may not make them go away for a while.
        if denied := authority.refuses(Right.POLICIES_EDIT):
            return denied
        counting.start_over(tx)
        self._audit.record(tx, authority.event("statistics.counted_anew"), authority.origin)
        return None

    def _waiting(self, tx: Tx) -> Waiting:
        row = tx.execute(WAITING, {}).one()
        return Waiting(row.number, row.oldest)


def sees_region(authority: Authority) -> bool:
    """Whether somebody sees the figures of everybody; those of a house are told apart."""
    return authority.reach(Right.STATISTICS_SEE).everywhere


def read_day(text: str, today: date) -> date:
    """A day as an address names it; today where it is none that figures can be of."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if EARLIEST <= day <= today else today


def _bounds(period: Period) -> dict[str, int]:
    return {"since": period.since, "until": period.until}


def _by_hour(tx: Tx, period: Period) -> dict[int, Numbers]:
    found: dict[int, dict[str, int]] = {}
    for row in tx.execute(BY_HOUR, _bounds(period)).all():
        found.setdefault(row.hour, {})[row.kind] = int(row.number)
    return {hour: numbers_of(kinds) for hour, kinds in found.items()}


def numbers_of(kinds: Mapping[str, int]) -> Numbers:
    """How often each kind of event happened, as figures."""
    return Numbers(*(kinds.get(f"login.{name}", 0) for name in Numbers.__dataclass_fields__))


def sum_of(numbers: Iterable[Numbers]) -> Numbers:
    """All of them together."""
    total: Counter[str] = Counter()
    for one in numbers:
        total.update({name: getattr(one, name) for name in Numbers.__dataclass_fields__})
    return Numbers(**total)


def _columns(
    period: Period, now: Mapping[int, Numbers], before: Mapping[int, Numbers]
) -> tuple[Column, ...]:
    theirs = _parts(period.before, before)
    ours = _parts(period, now)
    nothing = Numbers()
    return tuple(
        Column(start, one, theirs[place] if place < len(theirs) else nothing)
        for place, (start, one) in enumerate(zip(period.starts, ours, strict=True))
    )


def _parts(period: Period, hours: Mapping[int, Numbers]) -> list[Numbers]:
    starts = period.starts
    ends = (*starts[1:], period.until)
    return [
        sum_of(one for hour, one in hours.items() if start <= hour < end)
        for start, end in zip(starts, ends, strict=True)
    ]


def _lines(tx: Tx, statement: object, period: Period, name: str) -> tuple[Line, ...]:
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(statement, _bounds(period)).all():  # type: ignore[call-overload]
        found.setdefault(getattr(row, name), {})[row.kind] = int(row.number)
    return by_most(found)


def by_most(found: Mapping[str, Mapping[str, int]]) -> tuple[Line, ...]:
    """A line for each, those with the most first."""
    lines = [Line(key, numbers_of(kinds)) for key, kinds in found.items()]
    return tuple(sorted(lines, key=_most_first))


def _most_first(line: Line) -> tuple[int, str]:
    one = line.numbers
    return -(one.proved + one.admitted + one.failed + one.refused), line.key


def _by_hour_of_day(hours: Mapping[int, Numbers]) -> tuple[Line, ...]:
    found: dict[int, list[Numbers]] = {}
    for hour, one in hours.items():
        found.setdefault(local_time(hour).hour, []).append(one)
    return tuple(Line(f"{number:02}", sum_of(found.get(number, ()))) for number in range(24))


def _reasons(tx: Tx, period: Period) -> tuple[Reason, ...]:
    rows = tx.execute(BY_OUTCOME, _bounds(period)).all()
    found = [Reason(row.kind, row.outcome, int(row.number)) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.number, one.kind, one.why)))
