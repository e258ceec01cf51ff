# SPDX-License-Identifier: Apache-2.0
"""Figures of one establishment: of its own people, and of nobody else's."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.oversight.house_figures import SPANS, HouseReport
from idp.administration.oversight.statistics import Span
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.records import Figures, figures_of, period_of
from idp.api.v1.shapes import Named, at, moment
from idp.api.values import Query, Shown
from idp.api.words import N_


class DayShown(Shown):
    """How logins went on a day."""

    since: datetime
    figures: Figures


class HouseStatisticsShown(Shown):
    """The figures of an establishment in a week or a month."""

    establishment: Named
    span: str
    since: datetime
    until: datetime
    total: Figures
    total_before: Annotated[Figures, Field(description="Of the period before")]
    days: list[DayShown]
    by_means: dict[str, Figures]
    accounts: Annotated[
        dict[str, dict[str, int]], Field(description="By population, then by state, as of now")
    ]
    more_accounts: Annotated[bool, Field(description="There are more than are counted")]
    requests: Annotated[
        dict[str, int], Field(description="Of those sent in the period, where they stand now")
    ]
    requests_waiting: int
    consents: Annotated[int, Field(description="Those in force")]
    consents_given: int
    consents_withdrawn: int
    more_consents: Annotated[bool, Field(description="There are more than are counted")]
    counted_at: Annotated[
        datetime | None, Field(description="Up to when logins are counted; null: not yet")
    ]


class HousePeriod(Query):
    """Which period."""

    span: Annotated[str, Field(pattern=f"^({'|'.join(SPANS)})$")] = Span.MONTH.value
    day: Annotated[
        str, Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="Today where empty")
    ] = ""


def statistics(asked: Asked) -> Outcome:
    """The figures of a period."""
    key, period = asked.path["establishment"], period_of(asked)
    if isinstance(period, Problem):
        return period
    report = asked.services.office.house_figures.report(asked.tx, asked.authority, key, period)
    return report if isinstance(report, Denied) else Done(_shown(report))


def _shown(report: HouseReport) -> HouseStatisticsShown:
    period = report.period
    return HouseStatisticsShown(
        establishment=Named.house(report.establishment),
        span=period.span.value,
        since=at(period.since),
        until=at(period.until),
        total=figures_of(report.total),
        total_before=figures_of(report.total_before),
        days=[DayShown(since=at(day), figures=figures_of(one)) for day, one in report.days],
        by_means={one.key: figures_of(one.numbers) for one in report.means},
        accounts={one.population: dict(one.states) for one in report.members},
        more_accounts=report.more_members,
        requests=dict(report.requests),
        requests_waiting=report.waiting,
        consents=report.consents,
        consents_given=report.consents_given,
        consents_withdrawn=report.consents_withdrawn,
        more_consents=report.more_consents,
        counted_at=moment(report.counted_at or None),
    )


OPERATIONS = (
    Operation(
        "GET",
        "/establishments/{establishment}/statistics",
        "showEstablishmentStatistics",
        N_("One establishment’s own figures of a week or a month"),
        statistics,
        Right.STATISTICS_SEE,
        query=HousePeriod,
        answer=HouseStatisticsShown,
        problems=("unfit",),
    ),
)
