# SPDX-License-Identifier: Apache-2.0
"""The console over a long audit: its pages at growing sizes, the count, the proof.

Pages are asked of the provider in this process, without a server around it: what is measured is the
page, its queries and its template, as an administrator of the region opens it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import quantiles
from time import perf_counter

from idp.administration.oversight.counting import BATCH, Counting
from idp.audit.record import Audit, Event
from idp.audit.seal import Sealer
from idp.audit.verify import verify
from idp.demo.month import Past
from idp.origin import Origin
from tests.administration.kit import Opened, open_office
from tests.world import START, Browser, open_world, populate

REPEATED = 30
TOGETHER = 10_000
SEALED = 5000
DAYS = 365
PEOPLE = 5000
MEANS = ("password", "password", "otp", "totp", "passkey", "cps", "calculette")
APPLICATIONS = ("dcc", "plain", "strong", "patients")
ONE_IN = 50_000
PAGES = {
    "newest": "/admin/audit",
    "one account": "/admin/audit?account=account-0000042",
    "one address": "/admin/audit?address=198.51.100.42",
    "one kind": "/admin/audit?kind=login.failed",
    "a rare kind": "/admin/audit?kind=card.revoked",
    "an application, refused": "/admin/audit?application=strong&outcome=refused",
    "text, a rare word": "/admin/audit?text=needle",
    "a period": "/admin/audit?since=2026-03-01&until=2026-03-07&means=cps",
    "one event": "/admin/audit/777",
    "statistics of a day": "/admin/statistics?span=day",
    "statistics of a month": "/admin/statistics?span=month",
}


@dataclass(frozen=True)
class Opening:
    """A page at a size: milliseconds."""

    database: str
    events: int
    page: str
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Walked:
    """What goes over all of it: events a second."""

    database: str
    events: int
    counted: float
    proved: float


def audit_pages(name: str, url: str, sizes: Sequence[int]) -> tuple[list[Opening], list[Walked]]:
    """The pages at each size, and what goes over all of it at the last."""
    populate(url)
    office = open_office(open_world(url))
    try:
        browser = office.enter("regionale")
        # Whose events come from, drawn by chance that is the same for all.
        events = _events(random.Random(7), max(sizes))
        opened: list[Opening] = []
        walked: list[Walked] = []
        there = 0
        for size in sorted(sizes):
            _write(office, islice(events, size - there))
            there = size
            walked.append(_walk(name, office, size))
            opened += [_open(name, size, page, path, browser) for page, path in PAGES.items()]
    finally:
        office.world.provider.close()
    return opened, walked


def _events(chance: random.Random, size: int) -> Iterator[tuple[int, Event, Origin]]:
    """A year of logins, and now and then something rare."""
    since, step = START - DAYS * 86_400, DAYS * 86_400 / size
    for number in range(size):
        account = f"account-{chance.randrange(PEOPLE):07}"
        origin = Origin(f"198.51.100.{chance.randrange(250)}", "Firefox", f"request-{number}")
        means, application = chance.choice(MEANS), chance.choice(APPLICATIONS)
        if number % ONE_IN == 0:
            event = Event("card.revoked", account=account, detail={"serial": "needle"})
        elif chance.random() < 0.1:
            event = Event(
                "login.failed",
                "refused",
                account=account,
                application=application,
                means=means,
                detail={"why": "wrong"},
            )
        else:
            kind = chance.choice(("login.proved", "login.admitted"))
            event = Event(kind, account=account, application=application, means=means, level=2)
        yield int(since + number * step), event, origin


def _write(office: Opened, events: Iterator[tuple[int, Event, Origin]]) -> None:
    core, clock = office.world.core, Past()
    audit = Audit(clock, office.world.provider.secrets.audit)
    sealer = Sealer(core.clock, office.world.provider.secrets.audit, batch=SEALED)
    while together := list(islice(events, TOGETHER)):
        with core.database.write() as tx:
            for at, event, origin in together:
                clock.at = at
                audit.record(tx, event, origin)
    while sealer.run_once(core.database):
        pass
    if not core.database.is_sqlite:
        # As the server's own housekeeping would have done by then.
        with core.database.read() as tx:
            tx.exec_driver_sql("ANALYZE")


def _walk(name: str, office: Opened, size: int) -> Walked:
    core = office.world.core
    began = perf_counter()
    counting, passed = Counting(core.database, core.clock), 0
    while step := counting.step(BATCH):
        passed += step
    counted = perf_counter()
    verdict = verify(core.database, office.world.provider.secrets.audit)
    if not verdict.ok:
        raise RuntimeError(f"the audit is not whole: {verdict.faults[:3]}")
    ended = perf_counter()
    return Walked(name, size, passed / (counted - began), verdict.sealed / (ended - counted))


def _open(name: str, size: int, page: str, path: str, browser: Browser) -> Opening:
    took = []
    for _turn in range(REPEATED):
        began = perf_counter()
        answer = browser.request("GET", path)
        took.append((perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    cuts = quantiles(took, n=20)
    return Opening(name, size, page, cuts[9], cuts[18])
