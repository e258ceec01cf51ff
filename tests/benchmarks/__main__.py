# SPDX-License-Identifier: Apache-2.0
"""`make bench`: starts the servers, runs the rounds, prints the table."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tests import databases
from tests.benchmarks.costs import costs
from tests.benchmarks.generator import Generator, Pace
from tests.benchmarks.machine import Cores, Missing, compile_generator, find_cores, free_port, weigh
from tests.benchmarks.population import populate
from tests.benchmarks.report import Measured, table, write
from tests.benchmarks.scenarios import BARE, BARE_ROUTE, WELL_KNOWN, WORKLOADS
from tests.benchmarks.servers import Served, environment, launch, serving, settings_of, stop
from tests.benchmarks.tail import tails

# What a real server does, and the tests' throwaway one leaves out.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}


@dataclass(frozen=True)
class Plan:
    """How long everything takes."""

    rounds: int
    pace: Pace
    starts: int
    tail: float


QUICK = Plan(2, Pace(duration=1.2, warmup=0.25), 1, 3.0)
FULL = Plan(5, Pace(duration=2.0, warmup=0.4), 3, 8.0)


def main() -> int:
    """Measure, print, write."""
    asked = _arguments()
    plan = QUICK if asked.quick else FULL
    cores = find_cores()
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as name:
        folder = Path(name)
        try:
            generator = Generator(compile_generator(folder), cores, folder)
        except Missing as fault:
            print(fault, file=sys.stderr)
            return 1
        measured = Measured(f"{platform.machine()}, Python {platform.python_version()}, {cores.note}")
        with ExitStack() as running:
            _measure(running, generator, cores, folder, plan, asked, measured)
    print(table(measured))
    if asked.out:
        for file in write(measured, asked.out):
            print(f"written: {file}", file=sys.stderr)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes instead of six")
    parser.add_argument("--out", type=Path, help="folder for bench.jsonl and bench.md")
    parser.add_argument("--only", default="", help="workloads, by key, separated by commas")
    parser.add_argument("--without-postgresql", action="store_true")
    parser.add_argument("--threads", type=int, default=0, help="blocking threads of the servers")
    return parser.parse_args()


def _measure(
    running: ExitStack,
    generator: Generator,
    cores: Cores,
    folder: Path,
    plan: Plan,
    asked: argparse.Namespace,
    measured: Measured,
) -> None:
    only = set(filter(None, asked.only.split(",")))
    workloads = [one for one in WORKLOADS if not only or one.key in only]
    port = free_port()
    file = folder / "sceau.sqlite3"
    # The provider refuses a database that others may read.
    file.touch(mode=0o600)
    sqlite = environment(port, f"sqlite:///{file}")
    settings = settings_of(sqlite)
    threads = asked.threads or settings.server.threads
    bare = running.enter_context(
        serving(BARE_ROUTE.key, "tests.benchmarks.bare:app", BARE, cores, folder, threads)
    )
    servers = [_provider("sqlite", sqlite, port, cores, folder, threads, plan, measured, running)]
    if not asked.without_postgresql:
        port = free_port()
        cluster = running.enter_context(_cluster())
        environ = environment(port, cluster.url(cluster.create(empty=True)))
        served = _provider(
            "postgresql", environ, port, cores, folder, threads, plan, measured, running
        )
        served.helper = cluster.process.pid
        servers.append(served)
    measured.costs = costs(settings)
    for turn in range(plan.rounds):
        for workload in workloads:
            _say(f"round {turn + 1} of {plan.rounds}: {workload.title}")
            measured.add(bare.name, BARE_ROUTE.key, turn, generator.drive(bare, BARE_ROUTE, plan.pace))
            for served in servers:
                figures = generator.drive(served, workload, plan.pace)
                measured.add(served.name, workload.key, turn, figures)
    for served in (bare, *servers):
        measured.starts.setdefault(served.name, [served.start_time])
        measured.memory[served.name] = weigh(served.pids)
    if not only:
        _say("userinfo beside password logins")
        # As many as the pool and its queue take, and more than the server has threads.
        people = settings.password.queue * 2
        measured.tails = tails(generator, servers[0], people, plan.tail)


def _provider(
    name: str, environ: dict[str, str], port: int, cores: Cores, folder: Path, threads: int,
    plan: Plan, measured: Measured, running: ExitStack,
) -> Served:  # fmt: skip
    """A populated provider, started as often as its start is measured, and left running."""
    _say(f"starting the provider on {name}")
    populate(settings_of(environ))
    starts = measured.starts.setdefault(name, [])
    for turn in range(plan.starts):
        log = folder / f"{name}.log"
        served = launch(name, "idp.wsgi:app", WELL_KNOWN, cores, log, threads, environ, port)
        starts.append(served.start_time)
        if turn + 1 < plan.starts:
            stop(served.process)
    running.callback(stop, served.process)
    return served


@contextmanager
def _cluster() -> Iterator[databases.PostgresCluster]:
    _say("starting PostgreSQL")
    with patch.dict(databases.SETTINGS, DURABLE), databases.running_postgres() as cluster:
        yield cluster


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
