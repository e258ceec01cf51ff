# SPDX-License-Identifier: Apache-2.0
"""Runs the load generator: prepares virtual users, drives a workload, gives the figures back."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.keyed import Made
from tests.benchmarks.machine import Cores
from tests.benchmarks.population import PASSWORD, PEOPLE
from tests.benchmarks.scenarios import Judge, Workload, preparation
from tests.benchmarks.servers import Served
from tests.benchmarks.steps import Step, write_scenario

Figures = dict[str, Any]


class Refused(Exception):
    """The server answered something else than the workload expects."""


@dataclass(frozen=True)
class Pace:
    """How hard and how long."""

    connections: int = 16
    warmup: float = 0.3
    duration: float = 1.5
    # Flows a second, due whether or not the server keeps up; 0: each as soon as the last ended.
    rate: float = 0
    # Each virtual user ends after so many flows; 0: at the end of the time.
    each: int = 0


class Generator:
    """The compiled program, its core, and a folder for what it reads and writes."""

    def __init__(self, program: Path, cores: Cores, folder: Path) -> None:
        self._program = program
        self._cores = cores
        self._folder = folder
        self._people = folder / "people.tsv"
        self._requests = folder / "requests.tsv"
        self._kept = folder / "kept.tsv"
        rows = [f"person{number}\t{PASSWORD}" for number in range(PEOPLE)]
        self._people.write_text("\n".join(["user\tpassword", *rows]) + "\n")

    def drive(self, served: Served, workload: Workload, pace: Pace) -> Figures:
        """One run of a workload; where its answers are judged, a trial comes before the first."""
        if workload.judge is not None and workload.key not in served.judged:
            self.try_out(served, workload, pace.connections)
        options = self._options(served, workload, pace)
        figures = self._run(f"{served.name}-{workload.key}", options, list(workload.steps))
        if figures["errors"] > 0.01 * max(1, figures["flows"]):
            raise Refused(_complaint(served, workload.key, figures))
        if workload.judge is not None:
            self._judge(served, workload.judge)
        return figures

    def try_out(self, served: Served, workload: Workload, connections: int) -> None:
        """Each virtual user once; `Refused` where an answer is not the right one."""
        served.judged.add(workload.key)
        self.drive(served, workload, Pace(connections, 0, 60, each=1))

    def _judge(self, served: Served, judge: Judge) -> None:
        """Every answer of the run is right, or none of it counts."""
        kept = _rows(self._kept)
        fault = judge.fault(served.base, kept) if kept else "no answer at all"
        if fault is not None:
            raise Refused(f"{served.name}: {fault}")

    def _options(self, served: Served, workload: Workload, pace: Pace) -> list[tuple[str, ...]]:
        options = [
            *_where(served),
            ("conns", str(pace.connections)),
            ("warmup", str(pace.warmup)),
            ("duration", str(pace.duration)),
            ("rate", str(pace.rate)),
            ("jar", "reset" if workload.fresh_browser else "keep"),
        ]
        if workload.fresh_browser:
            options.append(("vars", str(self._people)))
        kept: Path | None = None
        if workload.session:
            kept = self._prepared(served, workload.session, pace.connections)
            options.append(("vars", str(kept)))
            if workload.carries_on:
                options.append(("dump", str(kept)))
        made = workload.party.fresh if workload.party else workload.made
        if made is not None:
            options.append(self._made_beforehand(served, workload, made, kept, pace))
        if pace.each:
            options.append(("perconn", str(pace.each)))
        if workload.judge is not None:
            options.append(("keep", str(self._kept), *workload.judge.keeps))
        return options

    def _made_beforehand(
        self, served: Served, workload: Workload, made: Made, users: Path | None, pace: Pace
    ) -> tuple[str, ...]:
        """More requests than the time is for: a run that uses them up ends there."""
        count = pace.connections * pace.each
        most = int((pace.warmup + pace.duration) * workload.fastest)
        names, *rows = _rows(users) if users else [[]]
        known = [dict(zip(names, row, strict=True)) for row in rows]
        fresh = made(served.base, known, count or most + pace.connections)
        lines = ["\t".join(row.values()) for row in fresh]
        self._requests.write_text("\n".join(["\t".join(fresh[0]), *lines]) + "\n")
        return ("vars", str(self._requests), "once")

    def _prepared(self, served: Served, client: str, connections: int) -> Path:
        """A file with the cookies and tokens of as many virtual users."""
        key = f"{client}-{connections}"
        if key not in served.sessions:
            kept = self._folder / f"{served.name}-{key}.tsv"
            options: list[tuple[str, ...]] = [
                *_where(served),
                ("conns", str(connections)),
                ("warmup", "0"),
                ("duration", "60"),
                ("perconn", "1"),
                ("jar", "reset"),
                ("vars", str(self._people)),
                ("dump", str(kept)),
            ]
            figures = self._run(f"{served.name}-prepare", options, preparation(client))
            if figures["errors"]:
                raise Refused(_complaint(served, f"login for {client}", figures))
            served.sessions[key] = kept
        return served.sessions[key]

    def _run(self, name: str, options: list[tuple[str, ...]], steps: list[Step]) -> Figures:
        file = self._folder / f"{name}.txt"
        write_scenario(file, options, steps)
        command = self._cores.pin_generator([str(self._program), str(file)])
        ran = subprocess.run(command, capture_output=True, timeout=180, check=False)
        if not ran.stdout:
            raise RuntimeError(f"the generator failed: {ran.stderr.decode(errors='replace')}")
        figures: Figures = json.loads(ran.stdout.decode("utf-8", "replace"))
        figures.pop("sample", None)
        figures["load"] = os.getloadavg()[0]
        return figures


def _rows(file: Path) -> list[list[str]]:
    return [line.split("\t") for line in file.read_text().splitlines()]


def _where(served: Served) -> list[tuple[str, ...]]:
    where: list[tuple[str, ...]] = [
        ("target", "127.0.0.1", str(served.port)),
        ("pids", ",".join(map(str, served.pids))),
    ]
    if served.helpers:
        where.append(("others", ",".join(map(str, served.helpers))))
    return where


def _complaint(served: Served, doing: str, figures: Figures) -> str:
    log = served.log.read_text(errors="replace")[-3000:]
    return f"{served.name}, {doing}: {figures['errsample'][:1]}\n{log}"
