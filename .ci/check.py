# SPDX-License-Identifier: Apache-2.0
"""The fast gates, one calm line each:  python .ci/check.py [name …]."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = (sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Gate:
    """A name, what it looks after, and the command that fails when it is broken."""

    name: str
    about: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How one gate ended."""

    passed: bool
    seconds: float
    output: str


# In the order in which they are shown: the quick ones first.
GATES = (
    Gate("style", "ruff, every rule but those opted out", (str(BIN / "ruff"), "check", "--quiet")),
    Gate("format", "ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet")),
    Gate("imports", "who may import whom", (str(BIN / "lint-imports"), "--no-cache")),
    Gate(
        "templates",
        "djlint",
        (str(BIN / "djlint"), "templates", "--lint", "--quiet"),
    ),
    Gate(
        "translations",
        "complete and up to date",
        (sys.executable, ".ci/translations.py", "check"),
    ),
    Gate("architecture", "the house's own rules", (*PYTEST, "tests/architecture")),
    Gate("types", "mypy --strict", (str(BIN / "mypy"), "--no-error-summary")),
    Gate(
        "units",
        "pure tests, and the contract of connectors",
        (*PYTEST, "-n", "auto", "--dist", "loadfile", "tests/unit", "tests/connectors"),
    ),
)


def run(gate: Gate) -> Outcome:
    """Run one gate and keep what it said."""
    start = time.monotonic()
    done = subprocess.run(
        gate.command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return Outcome(done.returncode == 0, time.monotonic() - start, done.stdout)


def main(names: list[str]) -> int:
    """Run the gates two at a time, show them in order, and count the broken ones."""
    chosen = [gate for gate in GATES if not names or gate.name in names]
    if len(chosen) < len(set(names)):
        print("gates:", ", ".join(gate.name for gate in GATES))
        return 2
    start = time.monotonic()
    broken = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for gate, outcome in zip(chosen, pool.map(run, chosen), strict=True):
            state = "ok" if outcome.passed else "BROKEN"
            print(f"{gate.name:<13} {state:<7} {outcome.seconds:5.1f} s   {gate.about}", flush=True)
            if not outcome.passed:
                broken += 1
                print(outcome.output.rstrip(), flush=True)
    print(
        f"{len(chosen) - broken} of {len(chosen)} gates passed in {time.monotonic() - start:.0f} s"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
