# SPDX-License-Identifier: Apache-2.0
"""What is proved by keys, beside the work of the signatures alone."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from tests.benchmarks.saml_table import by_server
from tests.benchmarks.scenarios import WORKLOADS

HEADS = ("By keys", "Database", "flows/s", "p99 ms", "CPU ms", "signatures alone ms", "×")


def keyed_rows(rounds: Sequence[Mapping[str, Any]], costs: Mapping[str, float]) -> list[str]:
    """Of the report."""
    lines = []
    for workload in WORKLOADS:
        for server, runs in by_server(rounds if workload.alone else (), workload.key):
            cpu = median(one["cpu_ms_per_flow"] for one in runs)
            alone = sum(costs[name] for name in workload.alone) / 1000
            cells = (
                workload.title,
                server,
                f"{median(one['flows_s'] for one in runs):,.0f}",
                f"{median(one['latency']['p99_ms'] for one in runs):.0f}",
                f"{cpu:.2f}",
                f"{alone:.2f}",
                f"{cpu / alone:.1f}",
            )
            lines.append("| " + " | ".join(cells) + " |")
    if not lines:
        return []
    return ["| " + " | ".join(HEADS) + " |", "|---|---" + "|--:" * 5 + "|", *lines, ""]
