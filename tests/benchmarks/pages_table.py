# SPDX-License-Identifier: Apache-2.0
"""The pages of a region as a table, and what was done with the audit."""

from collections.abc import Sequence

from tests.benchmarks.audit import Shed, Walked
from tests.benchmarks.pages import Opening


def opened_rows(
    opened: Sequence[Opening], walked: Sequence[Walked], shed: Sequence[Shed]
) -> list[str]:
    """Markdown."""
    if not opened:
        return []
    sizes = sorted({(one.accounts, one.events) for one in opened})
    heads = [f"{people:,} accounts, {events:,} events" for people, events in sizes]
    lines = ["", "### Pages of a region, p50 / p95 in ms", ""]
    lines += ["| Page | Database | " + " | ".join((*heads, "growth ×")) + " |"]
    lines += ["|---|---|" + "--:|" * (len(sizes) + 1)]
    pages: dict[tuple[str, str], list[Opening]] = {}
    for one in opened:
        pages.setdefault((one.page, one.database), []).append(one)
    for (page, database), each in pages.items():
        cells = [f"{one.p50_ms:.0f} / {one.p95_ms:.0f}" for one in each]
        cells.append(f"{each[-1].p95_ms / each[0].p95_ms:.1f}")
        lines.append(f"| {page} | {database} | " + " | ".join(cells) + " |")
    lines += ["", "| Database | Events | counted, events/s | proved, events/s |"]
    lines += ["|---|--:|--:|--:|"]
    for one in walked:
        figures = f"{one.events:,} | {one.counted:,.0f} | {one.proved:,.0f}"
        lines.append(f"| {one.database} | {figures} |")
    lines += ["", "| Database | Removed | events/s | a part keeps others waiting, ms (longest) |"]
    lines += ["|---|--:|--:|--:|"]
    for gone in shed:
        waits = f"{gone.p50_ms:.0f} ({gone.longest_ms:.0f})"
        lines.append(f"| {gone.database} | {gone.events:,} | {gone.removed:,.0f} | {waits} |")
    return lines
