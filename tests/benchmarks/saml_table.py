# SPDX-License-Identifier: Apache-2.0
"""SAML logins beside what they can't do without, and beside other providers in the same run."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from tests.benchmarks.costs import RSA_OURS, SEAL
from tests.benchmarks.scenarios import WORKLOADS

HEADS = ("SAML logins", "Provider", "flows/s", "p99 ms", "CPU ms", "alone ms", "×", "× ours")


def saml_rows(rounds: Sequence[Mapping[str, Any]], costs: Mapping[str, float]) -> list[str]:
    """Of the report: `alone` is one signature, and the encryption where there is one."""
    lines = []
    for workload in WORKLOADS:
        party, ours = workload.party, 0.0
        for server, runs in by_server(rounds if party else (), workload.key):
            cpu = median(one["cpu_ms_per_flow"] for one in runs)
            alone = costs[RSA_OURS] / 1000
            if party and party.sealed:
                alone += costs[SEAL] / 1000
            ours = ours or cpu
            cells = (
                workload.title,
                server,
                f"{median(one['flows_s'] for one in runs):,.0f}",
                f"{median(one['latency']['p99_ms'] for one in runs):.0f}",
                f"{cpu:.2f}",
                f"{alone:.2f}",
                f"{cpu / alone:.1f}",
                f"{cpu / ours:.2f}",
            )
            lines.append("| " + " | ".join(cells) + " |")
    if not lines:
        return []
    return ["| " + " | ".join(HEADS) + " |", "|---|---" + "|--:" * 6 + "|", *lines, ""]


def by_server(
    rounds: Sequence[Mapping[str, Any]], workload: str
) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    """The runs of a workload, of each server that was driven by it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in rounds:
        if one["workload"] == workload:
            found.setdefault(one["server"], []).append(one)
    return found.items()
