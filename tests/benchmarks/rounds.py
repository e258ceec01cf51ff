# SPDX-License-Identifier: Apache-2.0
"""The rounds: every workload on every server in turn, the bare route beside each."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import click

from relying_parties.kit.outcome import ProviderUnreachable
from tests import databases
from tests.benchmarks import keyed, proxied
from tests.benchmarks.costs import costs
from tests.benchmarks.generator import Generator, Pace, Refused
from tests.benchmarks.machine import Cores, Missing, free_port, weigh
from tests.benchmarks.peers import Other, Peer
from tests.benchmarks.population import populate
from tests.benchmarks.report import Measured
from tests.benchmarks.saml import SEALED, SIGNED
from tests.benchmarks.scenarios import BARE_ROUTE, WORKLOADS, Workload
from tests.benchmarks.servers import (
    Program,
    Served,
    bare,
    environment,
    launch,
    provider,
    settings_of,
    stop,
)
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
    # Who asks for a code, what waits for two workers, and samples of each kind of account.
    people: int
    backlog: int
    samples: int
    # Revoked cards on the longest list.
    revoked: int
    # Sizes of the region that the console searches.
    accounts: tuple[int, ...]
    # Lines of the national extract.
    extract: int
    # Events of the audit that the console is opened over.
    events: int
    # Who waits for their phones at once.
    waiting: int
    # Exams that are searched.
    exams: int


QUICK = Plan(
    2,
    Pace(duration=1.2, warmup=0.25),
    1,
    3.0,
    40,
    300,
    200,
    20_000,
    (1000, 20_000),
    50_000,
    100_000,
    100,
    5_000,
)
FULL = Plan(
    4,
    Pace(duration=2.0, warmup=0.4),
    3,
    8.0,
    200,
    1000,
    2000,
    200_000,
    (1000, 100_000, 1_000_000),
    1_800_000,
    10_000_000,
    500,
    100_000,
)


class Bench:
    """One run of the benchmark."""

    def __init__(
        self, plan: Plan, cores: Cores, folder: Path, generator: Generator, measured: Measured
    ) -> None:
        self._plan = plan
        self._cores = cores
        self._folder = folder
        self._generator = generator
        self._measured = measured
        self._threads: dict[str, str] = {}
        self._peers: list[Peer] = []

    def run(
        self,
        workloads: Sequence[Workload],
        threads: str,
        *,
        postgresql: bool,
        others: Sequence[Other] = (),
    ) -> None:
        """Everything, into `measured`."""
        if threads:
            self._threads = {"SCEAU_SERVER_THREADS": threads}
        with ExitStack() as running:
            file = self._folder / "sceau.sqlite3"
            port = free_port()
            environ = environment(port, f"sqlite:///{file}") | self._threads
            settings = settings_of(environ)
            servers = [self._start(provider("sqlite", port, environ), running)]
            if postgresql:
                servers.append(self._start_on_postgresql(running))
            port = free_port()
            environ = environment(port, f"sqlite:///{file}") | self._threads
            yardstick = self._start(bare(port, environ), running)
            self._peers = [one for other in others if (one := self._join(other, running))]
            self._measured.costs = costs(settings)
            for turn in range(self._plan.rounds):
                for workload in workloads:
                    self._round(turn, workload, yardstick, servers)
            for served in (*servers, *(one.served for one in self._peers), yardstick):
                self._measured.memory[served.name] = weigh(served.pids)
            if len(workloads) == len(WORKLOADS):
                say("userinfo beside password logins")
                self._measured.tails = tails(self._generator, servers[0], self._plan.tail)

    def _round(
        self, turn: int, workload: Workload, yardstick: Served, servers: Sequence[Served]
    ) -> None:
        say(f"round {turn + 1} of {self._plan.rounds}: {workload.title}")
        pace = self._plan.pace
        beside = self._generator.drive(yardstick, BARE_ROUTE, pace)
        self._measured.add(yardstick.name, BARE_ROUTE.key, turn, beside)
        driven = [(served, workload) for served in servers]
        driven += [
            (one.served, one.workloads[workload.key])
            for one in self._peers
            if workload.key in one.workloads
        ]
        for served, theirs in driven:
            figures = self._generator.drive(served, theirs, pace)
            # The machine is not the same from one minute to the next: each has its own yardstick.
            figures["times_bare"] = figures["cpu_ms_per_flow"] / beside["cpu_ms_per_flow"]
            self._measured.add(served.name, workload.key, turn, figures)

    def _join(self, other: Other, running: ExitStack) -> Peer | None:
        """Another provider, once its answers were found right; else it is told why it is not."""
        name, start = other
        say(f"starting: {name}")
        connections = self._plan.pace.connections
        try:
            peer = running.enter_context(start(self._cores, connections))
            for workload in peer.workloads.values():
                self._generator.try_out(peer.served, workload, connections)
        except (Missing, Refused, ProviderUnreachable, RuntimeError) as fault:
            say(f"{name} is left out: {fault}")
            return None
        return peer

    def _start_on_postgresql(self, running: ExitStack) -> Served:
        cluster = running.enter_context(durable_cluster())
        port = free_port()
        environ = environment(port, cluster.url(cluster.create(empty=True))) | self._threads
        served = self._start(provider("postgresql", port, environ), running)
        served.helper = cluster.process.pid
        return served

    def _start(self, program: Program, running: ExitStack) -> Served:
        """A server, started as often as its start is measured, and left running."""
        say(f"starting: {program.name}")
        if program.name != BARE_ROUTE.key:
            further = (SIGNED.document(), SEALED.document(), proxied.document(), *keyed.documents())
            populate(settings_of(program.environ), further)
        starts = self._measured.starts.setdefault(program.name, [])
        for left in reversed(range(self._plan.starts)):
            served = launch(program, self._cores, self._folder)
            starts.append(served.start_time)
            if left:
                stop(served.process)
        running.callback(stop, served.process)
        return served


@contextmanager
def durable_cluster() -> Iterator[databases.PostgresCluster]:
    """A throwaway server that keeps its word as a real one does."""
    with patch.dict(databases.SETTINGS, DURABLE), databases.running_postgres() as cluster:
        yield cluster


def say(sentence: str) -> None:
    """Progress, beside the table."""
    click.echo(sentence, err=True)
