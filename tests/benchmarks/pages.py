# SPDX-License-Identifier: Apache-2.0
"""Pages of a region that grows: its people, its queue of requests, its audit, and its Annuaire.

Pages are asked of the provider in this process, without a server around it: what is measured is the
page, its queries and its template, as whoever opens it.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import quantiles
from time import perf_counter
from urllib.parse import quote

import click
from sqlalchemy import select

from idp.accounts.models import AccountRow
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.db import table_of
from idp.registration.models import RequestRow
from tests.administration.api_kit import program
from tests.administration.kit import Opened, open_office
from tests.administration.requests_kit import ask, someone
from tests.benchmarks.audit import Shed, Walked, events_of, record, shed, walk
from tests.benchmarks.crowd import FIRST, HEADS, TAILS, TOWNS, fill, found
from tests.world import START, open_world, populate

REPEATED = 30
# Of so many accounts, one request waits.
ACCOUNTS_A_REQUEST = 100
UNBOUNDED = {"DIRECTORY_SEARCHES": "10000", "API_CALLS": "1000000"}


@dataclass(frozen=True)
class Opening:
    """A page at a size: milliseconds."""

    database: str
    accounts: int
    events: int
    page: str
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Place:
    """What addresses are made of: chance, and names that are there."""

    chance: random.Random
    accounts: Sequence[str]
    requests: Sequence[str]

    def word(self) -> str:
        """A common beginning of a name."""
        return quote(self.chance.choice(HEADS))

    def name(self) -> str:
        """A whole name."""
        chance = self.chance
        text = f"{chance.choice(HEADS)}{chance.choice(TAILS)} {chance.choice(FIRST)}"
        return quote(text)


Made = Callable[[Place], str]
REGION: dict[str, Made] = {
    "today": lambda _: "/admin",
    "accounts": lambda _: "/admin/accounts",
    "accounts, a common beginning": lambda at: f"/admin/accounts?text={at.word()}",
    "accounts, a name": lambda at: f"/admin/accounts?text={at.name()}",
    "accounts, disabled": lambda at: f"/admin/accounts?state=disabled&text={at.word()}",
    "one account": lambda at: f"/admin/accounts/{at.chance.choice(at.accounts)}",
    "its history": lambda at: f"/admin/accounts/{at.chance.choice(at.accounts)}/history",
    "the queue": lambda _: "/admin/requests",
    "the queue, a name": lambda at: f"/admin/requests?text=Person{at.chance.randrange(9)}",
    "one request": lambda at: f"/admin/requests/{at.chance.choice(at.requests)}",
    "figures of the queue": lambda _: "/admin/requests/figures",
    "patients": lambda _: "/admin/patients",
    "communities": lambda _: "/admin/communities",
    "establishments": lambda _: "/admin/establishments",
    "audit": lambda _: "/admin/audit",
    "audit, one account": lambda _: "/admin/audit?account=account-0000042",
    "audit, one address": lambda _: "/admin/audit?address=198.51.100.42",
    "audit, one kind": lambda _: "/admin/audit?kind=login.failed",
    "audit, a rare kind": lambda _: "/admin/audit?kind=card.revoked",
    "audit, refused": lambda _: "/admin/audit?application=strong&outcome=refused",
    "audit, a rare word": lambda _: "/admin/audit?text=needle",
    "audit, a period": lambda _: "/admin/audit?since=2026-03-01&until=2026-03-07&means=cps",
    "one event": lambda _: "/admin/audit/77",
    "statistics of a day": lambda _: "/admin/statistics?span=day",
    "statistics of a month": lambda _: "/admin/statistics?span=month",
}
HOUSE: dict[str, Made] = {
    "a house: today": lambda _: "/admin",
    "a house: accounts": lambda _: "/admin/accounts",
    "a house: a beginning": lambda at: f"/admin/accounts?text={at.word()}",
    "a house: the queue": lambda _: "/admin/requests",
}
PUBLIC: dict[str, Made] = {
    "Annuaire, a beginning": lambda at: f"/directory?name={at.word()}",
    "Annuaire, a name in a town": lambda at: (
        f"/directory?name={at.word()}&town={quote(at.chance.choice(TOWNS))}"
    ),
}
PROGRAM: dict[str, Made] = {
    "API: accounts": lambda at: f"/api/v1/accounts?text={at.word()}",
    "SCIM: one user by name": lambda at: (
        "/scim/v2/Users?filter=" + quote(f'userName eq "nobody{at.chance.randrange(99)}"')
    ),
    "SCIM: users": lambda _: "/scim/v2/Users?count=25",
}


def region_pages(
    name: str, url: str, sizes: Sequence[tuple[int, int]]
) -> tuple[list[Opening], list[Walked], Shed]:
    """The pages at each size of accounts and events, what goes over the audit, and its removal."""
    populate(url)
    office = open_office(open_world(url, **UNBOUNDED))
    core = office.world.core
    try:
        found(core)
        events = events_of(random.Random(7), sizes[-1][1])
        opened: list[Opening] = []
        walked: list[Walked] = []
        people = happened = 0
        for accounts, size in sizes:
            fill(core.database, people, accounts, START)
            for number in range(people // ACCOUNTS_A_REQUEST, accounts // ACCOUNTS_A_REQUEST):
                ask(core, **someone(number % 1000, email=f"asks{number}@maison.example"))
            record(office, islice(events, size - happened))
            people, happened = accounts, size
            walked.append(walk(name, office, size))
            click.echo(f"  its pages: {accounts:,} accounts, {size:,} events", err=True)
            for page, times in _times(office):
                opened.append(Opening(name, accounts, size, page, *times))
            click.echo("  opened", err=True)
        removed = shed(name, office)
    finally:
        office.world.provider.close()
    return opened, walked, removed


def _times(office: Opened) -> Iterator[tuple[str, tuple[float, float]]]:
    core = office.world.core
    with core.database.read() as tx:
        accounts, requests = (
            tx.execute(select(table_of(row).c.id).limit(200)).scalars().all()
            for row in (AccountRow, RequestRow)
        )
    place = Place(random.Random(7), accounts, requests)
    caller = replace(program(office, Held(Role.REGION)), prefix="")
    askers = (
        (REGION, office.enter("regionale").request),
        (HOUSE, office.enter("chu").request),
        (PUBLIC, office.world.browser().request),
        (PROGRAM, caller.call),
    )
    for pages, request in askers:
        for page, made in pages.items():
            took = []
            for turn in range(REPEATED + 1):
                path = made(place)
                began = perf_counter()
                answer = request("GET", path)
                # The first of each finds nothing in any cache: it is not what people meet.
                if turn:
                    took.append((perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path}: {answer.status_code}")
            cuts = quantiles(took, n=20)
            yield page, (cuts[9], cuts[18])
