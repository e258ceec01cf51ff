# SPDX-License-Identifier: Apache-2.0
"""A long audit: its events, what goes over all of them (the count, the proof), and its removal."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

from idp.administration.oversight.counting import BATCH, Counting
from idp.audit.models import AuditEventRow
from idp.audit.record import Audit, Event
from idp.audit.seal import Sealer
from idp.audit.verify import verify
from idp.db import Database
from idp.demo.month import Past
from idp.origin import Origin
from tests.administration.kit import Opened
from tests.benchmarks.crowd import put_all
from tests.world import START

TOGETHER = 10_000
SEALED = 500
# Of a long audit so much is removed.
MOST_SHED = 200_000
DAYS = 365
PEOPLE = 5000
MEANS = ("password", "password", "otp", "totp", "passkey", "cps", "calculette")
APPLICATIONS = ("dcc", "plain", "strong", "patients")
ONE_IN = 50_000
DAY = 86_400
EVERYTHING = 2**62


@dataclass(frozen=True)
class Walked:
    """What goes over all of it: events a second."""

    database: str
    events: int
    counted: float
    proved: float


@dataclass(frozen=True)
class Shed:
    """Old events removed: events a second, and how long others wait for one part of it."""

    database: str
    events: int
    removed: float
    p50_ms: float
    longest_ms: float


class Gathered:
    """Stands for a transaction: what the audit's own writer would write, to be written at once."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def execute(self, _statement: Any, row: dict[str, Any]) -> None:
        """Keep it."""
        self.rows.append(row)


def events_of(chance: random.Random, size: int) -> Iterator[tuple[int, Event, Origin]]:
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


def record(office: Opened, events: Iterator[tuple[int, Event, Origin]]) -> None:
    """Written and sealed."""
    core, clock = office.world.core, Past()
    audit = Audit(clock, office.world.provider.secrets.audit)
    sealer = Sealer(core.clock, office.world.provider.secrets.audit, batch=SEALED)
    while together := list(islice(events, TOGETHER)):
        gathered = Gathered()
        for at, event, origin in together:
            clock.at = at
            audit.record(gathered, event, origin)
        put_all(core.database, AuditEventRow, gathered.rows)
    while sealer.run_once(core.database):
        pass
    if not core.database.is_sqlite:
        # As the server's own housekeeping would have done by then.
        with core.database.read() as tx:
            tx.exec_driver_sql("ANALYZE")


def walk(name: str, office: Opened, size: int) -> Walked:
    """Counted and proved."""
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


def shed(name: str, office: Opened) -> Shed:
    """The oldest of it removed, as if the rule's time had passed."""
    core, sealer = office.world.core, Sealer(office.world.core.clock, _key(office))
    office.world.clock.pass_by(core.settings.audit.keep)
    for _day in range(8):
        office.world.clock.pass_by(DAY)
        with core.database.write() as tx:
            core.audit.record(tx, Event("login.proved"))
        while sealer.run_once(core.database):
            pass
    waits: list[float] = []
    began, gone = perf_counter(), 0
    with _timed(core.database, waits):
        while gone < MOST_SHED and (step := core.retention.run(lambda _tx: EVERYTHING).events):
            gone += step
    took = perf_counter() - began
    waits = sorted(waits)
    return Shed(name, gone, gone / took, waits[len(waits) // 2], waits[-1])


@contextmanager
def _timed(database: Database, waits: list[float]) -> Iterator[None]:
    """How long each transaction that writes takes, in ms."""
    real = database.write

    @contextmanager
    def write() -> Iterator[Any]:
        began = perf_counter()
        with real() as tx:
            yield tx
        waits.append((perf_counter() - began) * 1000)

    database.write = write  # type: ignore[method-assign]
    try:
        yield
    finally:
        database.write = real  # type: ignore[method-assign]


def _key(office: Opened) -> bytes:
    return office.world.provider.secrets.audit
