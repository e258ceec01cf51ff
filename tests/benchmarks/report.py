# SPDX-License-Identifier: Apache-2.0
"""The figures as a table: medians over the rounds, ratios to the bare Flask route."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.generator import Figures
from tests.benchmarks.scenarios import BARE_ROUTE, WORKLOADS, Workload
from tests.benchmarks.tail import Tail

AIMED = "sqlite"
READING = (
    "Closed loop, medians of the rounds. CPU is the server's own, user and system, for a whole "
    "flow; × bare is its ratio to the bare Flask route measured just before."
)
HEADS = (
    ("Workload", "---"),
    ("Database", "---"),
    ("flows/s", "--:"),
    ("CPU ms", "--:"),
    ("× bare", "--:"),
    ("aim ×", "--:"),
    ("met", ":-:"),
    ("p50 ms", "--:"),
    ("p99 ms", "--:"),
    ("database CPU ms", "--:"),
)


@dataclass
class Measured:
    """All that one run of the benchmark found."""

    machine: str
    rounds: list[dict[str, Any]] = field(default_factory=list)
    costs: Mapping[str, float] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    tails: list[Tail] = field(default_factory=list)

    def add(self, server: str, workload: str, turn: int, figures: Figures) -> None:
        """Keep the figures of one run."""
        self.rounds.append({"server": server, "workload": workload, "round": turn} | figures)

    def of(self, server: str, workload: str) -> list[dict[str, Any]]:
        """The runs of a workload on a server."""
        return [
            one for one in self.rounds if (one["server"], one["workload"]) == (server, workload)
        ]

    def middle(self, server: str, workload: str, *path: str) -> float | None:
        """The median of a figure."""
        found = []
        for one in self.of(server, workload):
            value: Any = one
            for name in path:
                value = value[name]
            found.append(float(value))
        return median(found) if found else None

    @property
    def servers(self) -> list[str]:
        """The providers measured, in the order they came."""
        names = dict.fromkeys(one["server"] for one in self.rounds)
        return [name for name in names if name != BARE_ROUTE.key]


def table(measured: Measured) -> str:
    """Markdown."""
    lines = [
        f"{measured.machine}. {READING}",
        "",
        "| " + " | ".join(name for name, _ in HEADS) + " |",
        "|" + "|".join(align for _, align in HEADS) + "|",
    ]
    bare = measured.middle(BARE_ROUTE.key, BARE_ROUTE.key, "cpu_ms_per_flow") or 0.0
    lines.append(_row(measured, BARE_ROUTE, BARE_ROUTE.key))
    for workload in WORKLOADS:
        lines += [
            _row(measured, workload, server)
            for server in measured.servers
            if measured.of(server, workload.key)
        ]
    return "\n".join(
        [*lines, "", *_alone(measured, bare), *_processes(measured), *_tails(measured)]
    )


def _row(measured: Measured, workload: Workload, server: str) -> str:
    def figure(*path: str) -> float:
        return measured.middle(server, workload.key, *path) or 0.0

    cpu = figure("cpu_ms_per_flow")
    ratio = 1.0 if workload is BARE_ROUTE else figure("times_bare")
    aim = workload.aim if server == AIMED else 0
    met = ("yes" if ratio <= aim else "**no**") if aim else ""
    helper = figure("other_ms_per_flow")
    cells = [
        workload.title,
        "–" if workload is BARE_ROUTE else server,
        f"{figure('flows_s'):,.0f}",
        f"{cpu:.3f}",
        f"{ratio:.2f}",
        f"{aim:g}" if aim else "",
        met,
        f"{figure('latency', 'p50_ms'):.1f}",
        f"{figure('latency', 'p99_ms'):.1f}",
        f"{helper:.3f}" if helper else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _alone(measured: Measured, bare: float) -> list[str]:
    lines = ["| Alone | CPU µs | × bare |", "|---|--:|--:|"]
    for name, micros in measured.costs.items():
        ratio = micros / 1000 / bare if bare else 0.0
        lines.append(f"| {name} | {micros:,.0f} | {ratio:.2f} |")
    return [*lines, ""]


def _processes(measured: Measured) -> list[str]:
    lines = ["| Server | start, s | RSS MiB | PSS MiB |", "|---|--:|--:|--:|"]
    for name, starts in measured.starts.items():
        rss, pss = measured.memory.get(name, (0.0, 0.0))
        lines.append(f"| {name} | {median(starts):.2f} | {rss:.0f} | {pss:.0f} |")
    return [*lines, ""]


def _tails(measured: Measured) -> list[str]:
    if not measured.tails:
        return []
    heads = ("Userinfo at a steady rate", "p50 ms", "p99 ms", "answered", "logins/s meanwhile")
    lines = ["| " + " | ".join(heads) + " |", "|---|--:|--:|--:|--:|"]
    for one in measured.tails:
        latency = f"{one.p50:.1f} | {one.p99:.1f}" if one.p50 else "– | –"
        lines.append(f"| {one.name} | {latency} | {one.answered:.0%} | {one.logins:.0f} |")
    return [*lines, ""]


def write(measured: Measured, folder: Path) -> Iterable[Path]:
    """The rounds as JSON lines, the rest as one JSON object a kind, and the table."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"kind": "run"} | one) for one in measured.rounds]
    lines.append(json.dumps({"kind": "costs_us"} | dict(measured.costs)))
    lines.append(json.dumps({"kind": "starts_s"} | measured.starts))
    lines.append(json.dumps({"kind": "rss_pss_mib"} | measured.memory))
    lines += [json.dumps({"kind": "tail"} | asdict(one)) for one in measured.tails]
    figures, text = folder / "bench.jsonl", folder / "bench.md"
    figures.write_text("\n".join(lines) + "\n")
    text.write_text(table(measured) + "\n")
    return figures, text
