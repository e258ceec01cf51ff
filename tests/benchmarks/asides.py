# SPDX-License-Identifier: Apache-2.0
"""Measured beside the rounds: codes by SMS, a backlog, and what the time of an answer tells."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.aggregates import aggregated
from tests.benchmarks.brokered import brokered
from tests.benchmarks.cards import card_logins
from tests.benchmarks.console import searches
from tests.benchmarks.enumeration import enumeration
from tests.benchmarks.images import images
from tests.benchmarks.letters import draining, sending
from tests.benchmarks.machine import Cores, free_port
from tests.benchmarks.pages import region_pages
from tests.benchmarks.phones import waiting
from tests.benchmarks.registers import imported
from tests.benchmarks.report import Measured
from tests.benchmarks.revocation import listed
from tests.benchmarks.rounds import Plan, durable_cluster, say
from tests.benchmarks.servers import environment
from tests.benchmarks.viewer import viewer

KEYS = (
    *("codes", "backlog", "cards", "console", "directory"),
    *("enumeration", "revocation", "metadata", "pages", "phones", "brokered", "images", "viewer"),
)


def measure_asides(
    keys: Collection[str],
    plan: Plan,
    cores: Cores,
    folder: Path,
    measured: Measured,
    *,
    postgresql: bool,
) -> None:
    """Those asked for, on each database; each in a database of its own."""
    with _databases(folder, postgresql=postgresql) as kinds:
        for name, new_database in kinds.items():
            if "codes" in keys:
                say(f"codes by SMS: {name}")
                environ = environment(free_port(), new_database("codes"))
                measured.sendings.append(sending(name, environ, cores, folder, plan.people))
            if "backlog" in keys:
                say(f"a backlog and two workers: {name}")
                environ = environment(free_port(), new_database("backlog"))
                measured.drainings.append(draining(name, environ, cores, plan.backlog))
            if "cards" in keys:
                say(f"logins by card: {name}")
                environ = environment(free_port(), new_database("cards"))
                measured.cards += card_logins(name, environ, cores, folder, plan.people)
            _elsewhere(keys, plan, cores, folder, measured, name, new_database)
            if "console" in keys:
                say(f"the console's search: {name}, up to {max(plan.accounts):,} accounts")
                environ = environment(free_port(), new_database("console"))
                measured.searched += searches(name, environ, plan.accounts)
            if "directory" in keys:
                say(f"the national extract, {plan.extract:,} lines: {name}")
                environ = environment(free_port(), new_database("directory"))
                measured.imported.append(imported(name, environ, folder, plan.extract))
            if "pages" in keys:
                people = max(plan.accounts)
                say(f"pages of a region: {name}, {people:,} accounts, {plan.events:,} events")
                sizes = ((min(plan.accounts), plan.events // 1000), (people, plan.events))
                opened, walked, removed = region_pages(name, new_database("pages"), sizes)
                measured.opened += opened
                measured.walked += walked
                measured.shed.append(removed)
    if "enumeration" in keys:
        say(f"what the time of an answer tells: {plan.samples} samples of each kind")
        url = f"sqlite:///{folder / 'enumeration.sqlite3'}"
        measured.compared += enumeration(free_port(), url, cores, folder, plan.samples)
    _without_database(keys, plan, measured)
    _imaging(keys, plan, folder, measured)


def _elsewhere(
    keys: Collection[str],
    plan: Plan,
    cores: Cores,
    folder: Path,
    measured: Measured,
    name: str,
    new_database: Callable[[str], str],
) -> None:
    """Logins that others vouch for."""
    if "phones" in keys:
        say(f"{plan.waiting} people who wait for their phones: {name}")
        environ = environment(free_port(), new_database("phones"))
        measured.waiting.append(waiting(name, environ, cores, folder, plan.waiting))
    if "brokered" in keys:
        say(f"logins by Pro Santé Connect: {name}")
        environ = environment(free_port(), new_database("brokered"))
        measured.brokered += brokered(name, environ, cores, folder, plan.people)


def _without_database(keys: Collection[str], plan: Plan, measured: Measured) -> None:
    """Each in a process of its own."""
    if "revocation" in keys:
        say(f"lists of revoked cards: {plan.revoked:,} entries")
        measured.listed += [listed(entries) for entries in (0, plan.revoked // 10, plan.revoked)]
    if "metadata" in keys:
        say("a federation's aggregate: 5,000 applications")
        measured.aggregated += [aggregated(entities) for entities in (50, 500, 5000)]


def _imaging(keys: Collection[str], plan: Plan, folder: Path, measured: Measured) -> None:
    if "images" in keys:
        say(f"the imaging portal beside an Orthanc: {plan.exams:,} exams")
        measured.imaged += images(plan.exams, folder)
    if "viewer" in keys:
        say("the imaging portal's viewer, over a CT of 300 slices")
        measured.viewed += viewer(folder)


@contextmanager
def _databases(folder: Path, *, postgresql: bool) -> Iterator[dict[str, Callable[[str], str]]]:
    """Where to make an empty database, by kind."""
    kinds: dict[str, Callable[[str], str]] = {
        "sqlite": lambda name: f"sqlite:///{folder / name}.sqlite3"
    }
    if not postgresql:
        yield kinds
        return
    with durable_cluster() as cluster:
        kinds["postgresql"] = lambda _name: cluster.url(cluster.create(empty=True))
        yield kinds
