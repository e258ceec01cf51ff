# SPDX-License-Identifier: Apache-2.0
"""`make bench ARGS="--before COMMIT"`: whether the plain code flow costs more than it did there.

Both trees make their logins by turns, a few at a time, in processes that stand side by side, so
that whatever else the machine does meets both. This tree stands there twice: what its two
processes differ by is what the figure is not sure of.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median

from tests.benchmarks.machine import Cores, Missing

ROOT = Path(__file__).resolve().parents[2]
STRAIGHT = Path(__file__).with_name("straight.py")
PARTS = ("authorize", "token", "userinfo")
# How often each is asked for logins, and for how many.
TURNS = 120
LOGINS = 40

Cost = list[float]


def compare(commit: str, cores: Cores, folder: Path) -> str:
    """The table."""
    with ExitStack() as open_:
        earlier = open_.enter_context(_tree(commit, folder / "earlier"))
        trees = {"before": earlier, "now": ROOT, "now, once more": ROOT}
        asked = {
            name: open_.enter_context(_process(tree, cores, folder / f"data-{number}"))
            for number, (name, tree) in enumerate(trees.items())
        }
        costs: dict[str, list[Cost]] = {name: [] for name in asked}
        order, chance = list(asked), Random(1)
        for _ in range(TURNS):
            # Whoever comes after the same one each time finds the caches as that one left them.
            chance.shuffle(order)
            for name in order:
                costs[name].append(_ask(asked[name]))
    return _table(costs, commit)


@contextmanager
def _tree(commit: str, folder: Path) -> Iterator[Path]:
    git = ["git", "-C", str(ROOT), "worktree"]
    added = [*git, "add", "--force", "--detach", str(folder), commit]
    made = subprocess.run(added, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Missing(f"no tree of {commit}: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=False)


@contextmanager
def _process(tree: Path, cores: Cores, data: Path) -> Iterator[subprocess.Popen[str]]:
    data.mkdir()
    command = cores.pin_server([sys.executable, str(STRAIGHT), str(data)])
    process = subprocess.Popen(
        command,
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _ask(process: subprocess.Popen[str]) -> Cost:
    if process.stdin is None or process.stdout is None:
        raise Missing("a process without pipes")
    process.stdin.write(f"{LOGINS}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise Missing("a process of the comparison ended: see its words above")
    return [seconds / LOGINS * 1000 for seconds in json.loads(line)]


def _table(costs: dict[str, list[Cost]], commit: str) -> str:
    head = [
        f"Login with a session, ES256, by calls within a process; against {commit}. CPU ms of one",
        f"login, medians of {TURNS} turns of {LOGINS}; the ratio is the median of those of a turn.",
        "",
        "| | " + " | ".join(PARTS) + " | all | ratio |",
        "|---|" + "--:|" * (len(PARTS) + 2),
    ]
    first = [sum(turn) for turn in costs["before"]]
    for name, turns in costs.items():
        whole = [sum(turn) for turn in turns]
        cells = [f"{median(part):.3f}" for part in zip(*turns, strict=True)]
        ratio = median(mine / theirs for mine, theirs in zip(whole, first, strict=True))
        head.append(f"| {name} | {' | '.join(cells)} | {median(whole):.3f} | {ratio:.3f} |")
    return "\n".join(head)
