# SPDX-License-Identifier: Apache-2.0
"""Runs the load generator: prepares virtual users, drives a workload, gives the figures back."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import Cores
from tests.benchmarks.population import PASSWORD, PEOPLE
from tests.benchmarks.scenarios import Step, Workload, preparation, write_scenario
from tests.benchmarks.servers import Served

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


class Generator:
    """The compiled program, its core, and a folder for what it reads and writes."""

    def __init__(self, program: Path, cores: Cores, folder: Path) -> None:
        self._program = program
        self._cores = cores
        self._folder = folder
        self._people = folder / "people.tsv"
        rows = [f"person{number}\t{PASSWORD}" for number in range(PEOPLE)]
        self._people.write_text("\n".join(["user\tpassword", *rows]) + "\n")

    def drive(self, served: Served, workload: Workload, pace: Pace) -> Figures:
        """One run of a workload."""
        options = self._options(served, workload, pace)
        figures = self._run(f"{served.name}-{workload.key}", options, list(workload.steps))
        if figures["errors"] > 0.01 * max(1, figures["flows"]):
            raise Refused(_complaint(served, workload.key, figures))
        return figures

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
        if workload.session:
            kept = self._prepared(served, workload.session, pace.connections)
            options.append(("vars", str(kept)))
            if workload.carries_on:
                options.append(("dump", str(kept)))
        return options

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
