# SPDX-License-Identifier: Apache-2.0
"""What happened: events of the audit, and figures."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.oversight.statistics import Numbers, Period, Span
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at
from idp.api.values import Line64, Line128, Listed, Moment, Paging, Query, Shown
from idp.api.words import N_
from idp.audit.pages import END, Place, Wanted
from idp.audit.search import Found

MICROSECONDS = 1_000_000


class EventShown(Shown):
    """An event of the audit; never a password, a code or a token."""

    id: int
    at: datetime
    kind: str
    outcome: str
    account: str | None
    application: str | None
    means: str | None
    level: int | None
    address: str | None
    request: str | None
    detail: dict[str, Any]


class EventFilters(Paging):
    """Which events."""

    kind: Line64 = ""
    account: Line64 = ""
    application: Line128 = ""
    outcome: Line64 = ""
    since: Annotated[Moment, Field(description="Seconds since the epoch")] = 0
    until: Annotated[Moment | None, Field(description="Seconds since the epoch")] = None


class Figures(Shown):
    """How logins went."""

    proved: int
    failed: int
    refused: int
    admitted: int


class StatisticsShown(Shown):
    """The figures of a day, a week or a month."""

    span: str
    since: datetime
    until: datetime
    total: Figures
    by_means: dict[str, Figures]
    by_application: dict[str, Figures]
    requests_waiting: int


class PeriodAsked(Query):
    """Which period."""

    span: Annotated[str, Field(pattern="^(day|week|month)$")] = "day"
    day: Annotated[
        str, Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="Today where empty")
    ] = ""


def events(asked: Asked) -> Outcome:
    """The newest first."""
    query: EventFilters = asked.query
    wanted = Wanted(
        account=query.account,
        kind=query.kind,
        application=query.application,
        outcome=query.outcome,
        since=query.since * MICROSECONDS,
        until=END if query.until is None else query.until * MICROSECONDS,
    )
    before = None
    if query.after:
        moment, _, number = query.after.partition("-")
        before = Place(int(moment), int(number))
    found = asked.services.office.audit.search(asked.tx, asked.authority, wanted, before)
    if isinstance(found, Denied):
        return found
    items = [_event(one) for one in found.events]
    return Done(Listed[EventShown](items=items), next=str(found.next) if found.next else "")


def _event(one: Found) -> EventShown:
    return EventShown(
        id=one.id,
        at=at(one.at // MICROSECONDS),
        kind=one.kind,
        outcome=one.outcome,
        account=one.account,
        application=one.application,
        means=one.means,
        level=one.level,
        address=one.address,
        request=one.request_id,
        detail=json.loads(one.detail) if one.detail else {},
    )


def statistics(asked: Asked) -> Outcome:
    """The figures of a period."""
    period = period_of(asked)
    if isinstance(period, Problem):
        return period
    report = asked.services.office.statistics.report(asked.tx, asked.authority, period)
    if isinstance(report, Denied):
        return report
    return Done(
        StatisticsShown(
            span=period.span.value,
            since=at(period.since),
            until=at(period.until),
            total=figures_of(report.total),
            by_means={one.key: figures_of(one.numbers) for one in report.means},
            by_application={one.key: figures_of(one.numbers) for one in report.applications},
            requests_waiting=report.waiting.number,
        )
    )


def period_of(asked: Asked) -> Period | Problem:
    """The period that is asked for."""
    query, today = asked.query, asked.services.office.statistics.today()
    return Period.read(Span(query.span), query.day, today) or Problem("unfit", "day")


def figures_of(numbers: Numbers) -> Figures:
    """As programs read them."""
    return Figures(
        proved=numbers.proved,
        failed=numbers.failed,
        refused=numbers.refused,
        admitted=numbers.admitted,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/events",
        "listEvents",
        N_("Events of the audit, the newest first"),
        events,
        Right.AUDIT_SEE,
        query=EventFilters,
        answer=Listed[EventShown],
    ),
    Operation(
        "GET",
        "/statistics",
        "showStatistics",
        N_("How logins went in a day, a week or a month"),
        statistics,
        Right.STATISTICS_SEE,
        query=PeriodAsked,
        answer=StatisticsShown,
        problems=("unfit",),
    ),
)
