# SPDX-License-Identifier: Apache-2.0
"""The figures as a table: medians over the rounds, ratios to the bare Flask route."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.aggregates import Aggregated, rows_of
from tests.benchmarks.audit import Shed, Walked
from tests.benchmarks.brokered import Brokered, brokered_rows
from tests.benchmarks.cards import CardLogins
from tests.benchmarks.console import Searched
from tests.benchmarks.costs import HASH
from tests.benchmarks.enumeration import MOST, Compared
from tests.benchmarks.generator import Figures
from tests.benchmarks.images import Imaged, image_rows
from tests.benchmarks.keyed_table import keyed_rows
from tests.benchmarks.letters import Draining, Sending
from tests.benchmarks.pages import Opening
from tests.benchmarks.pages_table import opened_rows
from tests.benchmarks.phones import Waiting, phone_rows
from tests.benchmarks.registers import Imported
from tests.benchmarks.revocation import Listed
from tests.benchmarks.saml_table import saml_rows
from tests.benchmarks.scenarios import BARE_ROUTE, FORM_KEY, WORKLOADS, Workload
from tests.benchmarks.tail import Tail
from tests.benchmarks.viewer_table import Looked, Scrolled, viewer_rows

Kind = (
    Tail
    | Sending
    | Draining
    | CardLogins
    | Compared
    | Listed
    | Aggregated
    | Searched
    | Imported
    | Opening
    | Walked
    | Waiting
    | Brokered
    | Imaged
    | Looked
    | Scrolled
)
AIMED = "sqlite"
# The share of a login's work that is the hash; and the milliseconds in which a code leaves.
HASH_SHARE = 0.9
SENT_IN = 1000.0
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
    sendings: list[Sending] = field(default_factory=list)
    drainings: list[Draining] = field(default_factory=list)
    cards: list[CardLogins] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    aggregated: list[Aggregated] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)
    imported: list[Imported] = field(default_factory=list)
    opened: list[Opening] = field(default_factory=list)
    walked: list[Walked] = field(default_factory=list)
    shed: list[Shed] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    brokered: list[Brokered] = field(default_factory=list)
    imaged: list[Imaged] = field(default_factory=list)
    viewed: list[Looked | Scrolled] = field(default_factory=list)

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
    parts = (
        _workloads(measured),
        saml_rows(measured.rounds, measured.costs),
        keyed_rows(measured.rounds, measured.costs),
        _alone(measured),
        _processes(measured),
        _hashing(measured),
        _tails(measured),
        _sendings(measured),
        _drainings(measured),
        _cards(measured),
        _compared(measured),
        _listed(measured),
        rows_of(measured.aggregated),
        _searched(measured),
        _imported(measured),
        opened_rows(measured.opened, measured.walked, measured.shed),
        phone_rows(measured.waiting, _under),
        brokered_rows(measured.brokered, _under),
        image_rows(measured.imaged),
        viewer_rows(measured.viewed),
    )
    heading = [f"{measured.machine}. {READING}", ""]
    return "\n".join([*heading, *(line for part in parts for line in part)])


def _workloads(measured: Measured) -> list[str]:
    if not measured.rounds:
        return []
    lines = [
        "| " + " | ".join(name for name, _ in HEADS) + " |",
        "|" + "|".join(align for _, align in HEADS) + "|",
        _row(measured, BARE_ROUTE, BARE_ROUTE.key),
    ]
    for workload in WORKLOADS:
        lines += [
            _row(measured, workload, server)
            for server in measured.servers
            if measured.of(server, workload.key)
        ]
    return [*lines, ""]


def _row(measured: Measured, workload: Workload, server: str) -> str:
    def figure(*path: str) -> float:
        return measured.middle(server, workload.key, *path) or 0.0

    cpu = figure("cpu_ms_per_flow")
    ratio = 1.0 if workload is BARE_ROUTE else figure("times_bare")
    aim = workload.aim if server == AIMED else 0
    met = _met(ratio <= aim) if aim else ""
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


def _alone(measured: Measured) -> list[str]:
    if not measured.costs:
        return []
    bare = measured.middle(BARE_ROUTE.key, BARE_ROUTE.key, "cpu_ms_per_flow")
    lines = ["| Alone | CPU µs | × bare |", "|---|--:|--:|"]
    for name, micros in measured.costs.items():
        ratio = micros / 1000 / bare if bare else 0.0
        lines.append(f"| {name} | {micros:,.0f} | {ratio:.2f} |")
    return [*lines, ""]


def _processes(measured: Measured) -> list[str]:
    if not measured.starts:
        return []
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


def _hashing(measured: Measured) -> list[str]:
    """How much of a login by password is the hash, which nobody can save."""
    alone = measured.costs.get(HASH, 0.0) / 1000
    heads = ("Password logins", "hash alone, ms", "login, CPU ms", "share", "aim", "met")
    lines = []
    for server in measured.servers:
        whole = measured.middle(server, FORM_KEY, "cpu_ms_per_flow")
        if whole:
            share = alone / whole
            figures = f"{alone:.1f} | {whole:.1f} | {share:.0%} | {HASH_SHARE:.0%}"
            lines.append(f"| {server} | {figures} | {_met(share >= HASH_SHARE)} |")
    return _under(heads, lines)


def _sendings(measured: Measured) -> list[str]:
    heads = ("Codes by SMS", "people", "sent, p95 ms", "aim", "met", "page, p95 ms", "× when slow")
    lines = [
        f"| {one.name} | {one.people} | {one.left_p95:.0f} (most {one.left_max:.0f}) | {SENT_IN:g} "
        f"| {_met(one.left_p95 <= SENT_IN)} | {one.page_p95:.0f} "
        f"| {one.slow_page_p95 / one.page_p95:.2f} |"
        for one in measured.sendings
    ]
    return _under(heads, lines)


def _drainings(measured: Measured) -> list[str]:
    heads = ("Backlog, two workers", "messages", "seconds", "sent twice", "never sent")
    lines = [
        f"| {one.name} | {one.messages} | {one.seconds:.1f} | {one.sent_twice} | {one.never_sent} |"
        for one in measured.drainings
    ]
    return _under(heads, lines)


def _cards(measured: Measured) -> list[str]:
    heads = ("Logins by card", "way", "logins", "CPU ms", "alone ms", "×", "a second", "out, ms")
    lines = [
        f"| {one.name} | {one.way} | {one.logins} | {one.cpu_ms:.1f} | {one.bare_ms:.2f} "
        f"| {one.cpu_ms / one.bare_ms:.0f} | {one.per_second:.0f} "
        f"| {f'{one.ended_p95:.0f}' if one.ended_p95 else '–'} |"
        for one in measured.cards
    ]
    return _under(heads, lines)


def _compared(measured: Measured) -> list[str]:
    heads = ("Time of an answer", "account", "samples", "median ms", "t", "t, cropped", "met")
    lines = []
    for one in measured.compared:
        met = _met(max(abs(one.t), abs(one.t_cropped)) < MOST)
        figures = f"{one.samples} | {one.median_ms:.2f} | {one.t:+.2f} | {one.t_cropped:+.2f}"
        lines.append(f"| {one.form} | {one.kind} | {figures} | {met} |")
    return _under(heads, lines)


def _under(heads: Sequence[str], lines: list[str]) -> list[str]:
    if not lines:
        return []
    return ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *lines, ""]


def _listed(measured: Measured) -> list[str]:
    heads = (
        "Revoked cards on a list",
        "fetched MB",
        "held MB",
        "peak MB",
        "read, CPU ms",
        "stored ms",
        "taken up ms",
        "look-up µs",
        "× empty list",
        "judgement µs",
        "× signatures",
    )
    rows = [
        (
            f"{one.entries:,}",
            f"{one.fetched_mb:.1f}",
            f"{one.held_mb:.1f}",
            f"{one.peak_mb:.0f}",
            f"{one.read_ms:.0f}",
            f"{one.stored_ms:.0f}",
            f"{one.taken_up_ms:.0f}",
            f"{one.look_up_us:.1f}",
            f"{one.look_up_us / one.empty_us:.1f}",
            f"{one.judged_us:.0f}",
            f"{one.judged_us / one.signatures_us:.1f}",
        )
        for one in measured.listed
    ]
    return _under(heads, ["| " + " | ".join(row) + " |" for row in rows])


def _imported(measured: Measured) -> list[str]:
    """The national extract, and what others felt while it was read."""
    heads = ("Import", "lines", "seconds", "memory MB", "of these idle", "by number p95 ms")
    heads += ("by name p95 ms", "write p95 ms", "write worst ms")
    rows = [
        (
            one.name,
            f"{one.lines:,}",
            f"{one.seconds:.0f}",
            f"{one.peak_mb:.0f}",
            f"{one.idle_mb:.0f}",
            *(f"{time:.1f}" for time in (one.by_number_p95_ms, one.by_name_p95_ms)),
            *(f"{time:.0f}" for time in (one.write_p95_ms, one.write_worst_ms)),
        )
        for one in measured.imported
    ]
    return _under(heads, ["| " + " | ".join(row) + " |" for row in rows])


def _searched(measured: Measured) -> list[str]:
    """p95 at each size, and how much longer it takes at the largest than at the smallest."""
    sizes = sorted({one.accounts for one in measured.searched})
    found: dict[tuple[str, str], dict[int, Searched]] = {}
    for one in measured.searched:
        found.setdefault((one.question, one.name), {})[one.accounts] = one
    heads = ("Console, p95 ms", "database", *(f"{size:,}" for size in sizes), "median", "growth ×")
    rows = []
    for (question, name), by_size in found.items():
        times = [f"{by_size[size].p95_ms:.1f}" if size in by_size else "–" for size in sizes]
        first, last = by_size[min(by_size)], by_size[max(by_size)]
        growth = last.p95_ms / first.p95_ms
        rows.append((question, name, *times, f"{last.median_ms:.1f}", f"{growth:.1f}"))
    return _under(heads, ["| " + " | ".join(row) + " |" for row in rows])


def _met(met: bool) -> str:
    return "yes" if met else "**no**"


def write(measured: Measured, folder: Path) -> Iterable[Path]:
    """The rounds as JSON lines, the rest as one JSON object a kind, and the table."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"kind": "run"} | one) for one in measured.rounds]
    lines.append(json.dumps({"kind": "costs_us"} | dict(measured.costs)))
    lines.append(json.dumps({"kind": "starts_s"} | measured.starts))
    lines.append(json.dumps({"kind": "rss_pss_mib"} | measured.memory))
    kinds: dict[str, Sequence[Kind]] = {
        "tail": measured.tails,
        "sending": measured.sendings,
        "draining": measured.drainings,
        "cards": measured.cards,
        "compared": measured.compared,
        "listed": measured.listed,
        "aggregated": measured.aggregated,
        "searched": measured.searched,
        "imported": measured.imported,
        "opened": measured.opened,
        "walked": measured.walked,
        "shed": measured.shed,
        "waiting": measured.waiting,
        "brokered": measured.brokered,
        "imaged": measured.imaged,
        "viewed": measured.viewed,
    }
    lines += [
        json.dumps({"kind": kind} | asdict(one)) for kind, found in kinds.items() for one in found
    ]
    figures, text = folder / "bench.jsonl", folder / "bench.md"
    figures.write_text("\n".join(lines) + "\n")
    text.write_text(table(measured) + "\n")
    return figures, text
