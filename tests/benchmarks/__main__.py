# SPDX-License-Identifier: Apache-2.0
"""`make bench`: starts the servers, runs the rounds, prints the table."""

import argparse
import platform
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from tests.benchmarks import lemonldap, peers, simplesaml
from tests.benchmarks.asides import KEYS, measure_asides
from tests.benchmarks.before import compare
from tests.benchmarks.generator import Generator
from tests.benchmarks.machine import Cores, Missing, compile_generator, find_cores
from tests.benchmarks.report import Measured, table, write
from tests.benchmarks.rounds import FULL, QUICK, Bench
from tests.benchmarks.scenarios import WORKLOADS

OTHERS = ((simplesaml.NAME, simplesaml.running), (lemonldap.NAME, lemonldap.running))


def main() -> int:
    """Measure, print, write."""
    asked = _arguments()
    cores = find_cores()
    wanted = set(filter(None, asked.only.split(",")))
    others = OTHERS if peers.KEY in wanted else ()
    if others:
        # They are there for the comparison.
        wanted |= {one.key for one in WORKLOADS if one.party}
    workloads = [one for one in WORKLOADS if not wanted or one.key in wanted]
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    measured = Measured(f"{machine}, {cores.note}")
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as name:
        folder = Path(name)
        if asked.before:
            return _compare(asked.before, cores, folder)
        try:
            program = compile_generator(folder)
        except Missing as fault:
            click.echo(fault, err=True)
            return 1
        plan = QUICK if asked.quick else FULL
        if asked.accounts:
            plan = replace(plan, accounts=tuple(int(one) for one in asked.accounts.split(",")))
        if asked.events:
            plan = replace(plan, events=asked.events)
        bench = Bench(plan, cores, folder, Generator(program, cores, folder), measured)
        postgresql = not asked.without_postgresql
        if workloads:
            bench.run(workloads, asked.threads, postgresql=postgresql, others=others)
        asides = [key for key in KEYS if not wanted or key in wanted]
        measure_asides(asides, plan, cores, folder, measured, postgresql=postgresql)
    click.echo(table(measured))
    if asked.out:
        for file in write(measured, asked.out):
            click.echo(f"written: {file}", err=True)
    return 0


def _compare(commit: str, cores: Cores, folder: Path) -> int:
    try:
        click.echo(compare(commit, cores, folder))
    except Missing as fault:
        click.echo(fault, err=True)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="about three minutes instead of fifteen"
    )
    parser.add_argument("--out", type=Path, help="folder for bench.jsonl and bench.md")
    parser.add_argument(
        "--only",
        default="",
        help="some of these, separated by commas: "
        + ", ".join([*(one.key for one in WORKLOADS), *KEYS])
        + f"; and only when asked for: {peers.KEY}, which installs other providers by apt",
    )
    parser.add_argument(
        "--before", default="", metavar="COMMIT", help="the code flow against an earlier commit"
    )
    parser.add_argument("--without-postgresql", action="store_true", help="SQLite alone")
    parser.add_argument("--events", type=int, default=0, help="how long the audit is (10,000,000)")
    parser.add_argument("--threads", default="", help="threads of each server, if not the default")
    parser.add_argument(
        "--accounts", default="", help="sizes of the region for `console`, separated by commas"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
