# SPDX-License-Identifier: Apache-2.0
"""CR-031: whether the time of an answer tells who has an account.

Each try is somebody else's, from another address, in an order that chance has mixed; each kind of
account is compared with accounts that do not exist by Welch's t, whole and without the slowest
twentieth (where a machine's own noise lies). Below 4.5 nothing is told with so many samples.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, median, variance

from idp.accounts.values import Person, Population
from idp.config import Settings
from idp.credentials import throttle
from tests.benchmarks.machine import Cores
from tests.benchmarks.population import PASSWORD, bring_in, opened
from tests.benchmarks.servers import environment, launch, provider, settings_of, stop
from tests.benchmarks.visitor import Visitor, address_of, connect

MOST = 4.5
KEPT = 0.95
UNKNOWN = "unknown"
KINDS = (UNKNOWN, "known", "paused", "without a password")
# A journey does not live for as long as all samples take.
A_JOURNEY = 200
HOUR = 3600
PAUSE = throttle.Limits(
    free_tries=0, first_delay=HOUR, max_delay=HOUR, per_day=0, disable_after=100
)


@dataclass(frozen=True)
class Compared:
    """One kind of account beside those that do not exist."""

    form: str
    kind: str
    samples: int
    median_ms: float
    t: float
    t_cropped: float


def enumeration(port: int, database: str, cores: Cores, folder: Path, each: int) -> list[Compared]:
    """Wrong passwords, then forgotten ones, for so many people of each kind."""
    environ = environment(port, database) | {"SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32"}
    prepare(settings_of(environ), each)
    with ExitStack() as running:
        running.enter_context(cores.beside())
        served = launch(provider("enumeration", port, environ), cores, folder)
        running.callback(stop, served.process)
        wrong = _measure(port, each, _try_password, begin="/login?means=password")
        forgotten = _measure(port, each, _forget, begin="/password/forgotten")
    return [*_compared("wrong password", wrong), *_compared("forgotten password", forgotten)]


def identifier_of(kind: str, number: int) -> str:
    """What is typed: as long for all kinds."""
    return f"{kind[0]}person{number:06d}"


def prepare(settings: Settings, each: int) -> None:
    """People of each kind but the one that does not exist."""
    with opened(settings) as core:
        hashed = core.passwords.hashed(PASSWORD)
        now = core.clock.now()
        with core.database.write() as tx:
            for kind in KINDS[1:]:
                for number in range(each):
                    account = bring_in(core, tx, _person(kind, number))
                    if kind != "without a password":
                        core.passwords.put(tx, account, hashed)
                    if kind == "paused":
                        counter = throttle.account_key("password", account, None)
                        throttle.reserve(tx, counter, PAUSE, now)


def _person(kind: str, number: int) -> Person:
    name = identifier_of(kind, number)
    return Person(
        Population.PROFESSIONAL,
        name,
        "Claire",
        f"Durand {number}",
        email=f"{name}@chu.example",
        email_verified=True,
    )


def _measure(
    port: int, each: int, ask: Callable[[Visitor, str], float], begin: str
) -> Mapping[str, list[float]]:
    """Seconds by kind."""
    tries = [(kind, number) for kind in KINDS for number in range(each)]
    random.Random(31).shuffle(tries)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    visitor = Visitor(connect(port), address_of(0))
    for place, (kind, number) in enumerate(tries):
        if place % A_JOURNEY == 0:
            visitor.cookies.clear()
            visitor.get(begin)
        visitor.address = address_of(place)
        found[kind].append(ask(visitor, identifier_of(kind, number)))
    visitor.connection.close()
    return found


def _try_password(visitor: Visitor, identifier: str) -> float:
    journey = visitor.at.partition("?")[0].removesuffix("/password")
    page = visitor.post(f"{journey}/password", identifier=identifier, password="wrong " + PASSWORD)
    if page.status != 200 or identifier not in page.body:
        raise RuntimeError(f"not the form again: {page.status}\n{page.body[:3000]}")
    return page.seconds


def _forget(visitor: Visitor, identifier: str) -> float:
    page = visitor.post("/password/forgotten", identifier=identifier)
    if page.location != "/password/sent":
        raise RuntimeError(f"not the usual answer: {page.status}\n{page.body[:3000]}")
    return page.seconds


def _compared(form: str, found: Mapping[str, list[float]]) -> list[Compared]:
    strangers = found[UNKNOWN]
    longest = sorted(one for kind in KINDS for one in found[kind])
    limit = longest[int(KEPT * len(longest)) - 1]
    cropped = {kind: [one for one in found[kind] if one <= limit] for kind in KINDS}
    return [
        Compared(
            form,
            kind,
            len(found[kind]),
            median(found[kind]) * 1000,
            welch(found[kind], strangers),
            welch(cropped[kind], cropped[UNKNOWN]),
        )
        for kind in KINDS
    ]


def welch(some: list[float], others: list[float]) -> float:
    """Welch's t of two samples."""
    spread = sqrt(variance(some) / len(some) + variance(others) / len(others))
    return (fmean(some) - fmean(others)) / spread if spread else 0.0
