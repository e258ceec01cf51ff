# SPDX-License-Identifier: Apache-2.0
"""Figures of one establishment: its accounts, the logins of its people, its requests and consents.

Every statement is bounded: logins come from what was counted by the day, the rest goes along an
index of the establishment and stops at `MOST`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select

from idp.accounts import establishments
from idp.accounts.establishments import Establishment
from idp.accounts.models import AccountRow
from idp.administration.authority import Authority, Denied
from idp.administration.models import PatientConsentRow
from idp.administration.oversight import counting
from idp.administration.oversight.counting import houses
from idp.administration.oversight.statistics import (
    Line,
    Numbers,
    Period,
    Span,
    by_most,
    numbers_of,
    sum_of,
)
from idp.administration.rights import Right
from idp.db import Tx, table_of
from idp.registration.models import RequestRow
from idp.registration.values import Stage

# Beyond this nobody needs the exact number, and counting it would take too long for a page.
MOST: Final = 50_000
# Its logins are counted by the day: a day alone is too little to tell anything.
SPANS: Final = (Span.WEEK, Span.MONTH)
SENT: Final = (Stage.PENDING, Stage.RETURNED, Stage.APPROVED, Stage.REFUSED)
accounts = table_of(AccountRow)
requests = table_of(RequestRow)
consents = table_of(PatientConsentRow)
affiliations = establishments.affiliations
WITHIN = (houses.c.day >= bindparam("since"), houses.c.day < bindparam("until"))
LOGINS = select(houses.c.day, houses.c.kind, houses.c.means, houses.c.number).where(
    houses.c.establishment == bindparam("house"), *WITHIN
)
_members = (
    select(affiliations.c.account_id)
    .where(affiliations.c.establishment == bindparam("house"))
    .limit(MOST)
    .subquery()
)
ACCOUNTS = (
    select(accounts.c.population, accounts.c.state, func.count().label("number"))
    .join_from(_members, accounts, accounts.c.id == _members.c.account_id)
    .group_by(accounts.c.population, accounts.c.state)
)
_sent = (
    select(requests.c.state)
    .where(
        requests.c.establishment == bindparam("house"),
        requests.c.state.in_([one.value for one in SENT]),
        requests.c.submitted_at >= bindparam("since"),
        requests.c.submitted_at < bindparam("until"),
    )
    .limit(MOST)
    .subquery()
)
REQUESTS = select(_sent.c.state, func.count().label("number")).group_by(_sent.c.state)
_waiting = (
    select(requests.c.id)
    .where(
        requests.c.establishment == bindparam("house"),
        requests.c.state == Stage.PENDING.value,
    )
    .limit(MOST)
    .subquery()
)
WAITING = select(func.count()).select_from(_waiting)
_held = (
    select(consents.c.stands, consents.c.given_at, consents.c.withdrawn_at)
    .where(consents.c.establishment == bindparam("house"))
    # The newest ones, where there are too many.
    .order_by(consents.c.given_at.desc())
    .limit(MOST)
    .subquery()
)


def _in_time(column: ColumnElement[int]) -> ColumnElement[int | None]:
    return case((and_(column >= bindparam("since"), column < bindparam("until")), 1))


CONSENTS = select(
    func.count(_held.c.stands).label("standing"),
    func.count(_in_time(_held.c.given_at)).label("given"),
    func.count(_in_time(_held.c.withdrawn_at)).label("withdrawn"),
    func.count().label("seen"),
)


@dataclass(frozen=True, slots=True)
class Members:
    """How many accounts of a population belong to it, by their state."""

    population: str
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HouseReport:
    """All that the page shows of an establishment in a period."""

    establishment: Establishment
    period: Period
    members: tuple[Members, ...]
    # Logins of each day.
    days: tuple[tuple[int, Numbers], ...]
    total: Numbers
    total_before: Numbers
    means: tuple[Line, ...]
    # Of the requests sent in the period, how many stand where.
    requests: Mapping[str, int]
    waiting: int
    consents: int
    consents_given: int
    consents_withdrawn: int
    # There are more accounts, or consents, than are counted.
    more_members: bool
    more_consents: bool
    counted_at: int


class HouseFigures:
    """The verbs; each takes the caller's transaction and authority."""

    def listed(self, tx: Tx, authority: Authority) -> Denied | list[Establishment]:
        """The establishments whose figures somebody may see, by name."""
        right = Right.STATISTICS_SEE
        if denied := authority.refuses(right):
            return denied
        reach = authority.reach(right)
        found = [one for one in establishments.every(tx) if reach.touches((one.key,))]
        return sorted(found, key=lambda one: (one.name.casefold(), one.key))

    def report(
        self, tx: Tx, authority: Authority, house: str, period: Period
    ) -> Denied | HouseReport:
        """The figures of one of them, its logins beside those of the period before."""
        if denied := authority.refuses_in(Right.STATISTICS_SEE, (house,), seeing=True):
            return denied
        known = establishments.load(tx, house)
        if known is None:
            return Denied.NOT_FOUND
        asked = {"house": house, "since": period.since, "until": period.until}
        days, means = _logins(tx, asked)
        before, _means = _logins(
            tx, asked | {"since": period.before.since, "until": period.before.until}
        )
        members = _members_of(tx, house)
        held = tx.execute(CONSENTS, asked).one()
        sent = {row.state: int(row.number) for row in tx.execute(REQUESTS, asked).all()}
        return HouseReport(
            establishment=known,
            period=period,
            members=members,
            days=tuple((start, days.get(start, Numbers())) for start in period.starts),
            total=sum_of(days.values()),
            total_before=sum_of(before.values()),
            means=means,
            requests={one.value: sent.get(one.value, 0) for one in SENT},
            waiting=tx.execute(WAITING, {"house": house}).scalar_one(),
            consents=held.standing,
            consents_given=held.given,
            consents_withdrawn=held.withdrawn,
            more_members=_count(members) >= MOST,
            more_consents=held.seen >= MOST,
            counted_at=counting.position_of(tx).counted_at,
        )


def _logins(tx: Tx, asked: Mapping[str, object]) -> tuple[dict[int, Numbers], tuple[Line, ...]]:
    by_day: dict[int, dict[str, int]] = {}
    by_means: dict[str, dict[str, int]] = {}
    for row in tx.execute(LOGINS, asked).all():
        for kinds in (by_day.setdefault(row.day, {}), by_means.setdefault(row.means, {})):
            kinds[row.kind] = kinds.get(row.kind, 0) + row.number
    days = {day: numbers_of(kinds) for day, kinds in by_day.items()}
    return days, by_most(by_means)


def _members_of(tx: Tx, house: str) -> tuple[Members, ...]:
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(ACCOUNTS, {"house": house}).all():
        found.setdefault(row.population, {})[row.state] = int(row.number)
    return tuple(Members(name, states) for name, states in sorted(found.items()))


def _count(members: Iterable[Members]) -> int:
    return sum(sum(one.states.values()) for one in members)
