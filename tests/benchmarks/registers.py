# SPDX-License-Identifier: Apache-2.0
"""The import of the national extract: its time, its memory, and what others feel meanwhile.

The import runs in a process of its own, as `sceau directory import` does; beside it this process
looks people up, and writes small transactions as logins do.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from idp.audit.record import Event
from idp.directory import generations
from idp.directory.generations import PRACTITIONERS
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.origin import Origin
from idp.schema import upgrade
from tests.benchmarks.extract import practitioners, rpps
from tests.benchmarks.servers import settings_of

HERE = Origin("192.0.2.1", "bench", "bench")
NAMES = ("martin", "du", "lefevre", "roux", "bertrandeau", "le")
PAUSE = 0.005


@dataclass(frozen=True)
class Imported:
    """One import of so many lines."""

    name: str
    lines: int
    seconds: float
    # Of the importing process: before, and at most.
    idle_mb: float
    peak_mb: float
    # Beside it: look-ups by number and by name, and a transaction of one event.
    by_number_p95_ms: float
    by_name_p95_ms: float
    write_p95_ms: float
    write_worst_ms: float


@dataclass(frozen=True)
class Felt:
    """What was measured beside it, in milliseconds."""

    by_number: list[float]
    by_name: list[float]
    write: list[float]


def imported(name: str, environ: Mapping[str, str], folder: Path, lines: int) -> Imported:
    """One import beside look-ups, over a generation a tenth as large that is served."""
    settings = settings_of(environ)
    database = open_database(settings)
    upgrade(database)
    core, _secrets = open_core(settings, database)
    try:
        small = _written(folder / "small.txt", lines // 10)
        core.importer.run(_asked(core, small), HERE)
        large = _written(folder / "large.txt", lines)
        wish = _asked(core, large)
        command = [sys.executable, "-m", "tests.benchmarks.registers", str(wish)]
        child = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.PIPE)
        felt = _beside(core, child, lines // 20)
        told = json.loads((child.stdout.read() if child.stdout else b"").splitlines()[-1])
    finally:
        core.passwords.close()
        database.close()
    return Imported(
        name,
        lines,
        told["seconds"],
        told["idle_mb"],
        told["peak_mb"],
        _p95(felt.by_number),
        _p95(felt.by_name),
        _p95(felt.write),
        max(felt.write),
    )


def _beside(core: Core, child: "subprocess.Popen[bytes]", people: int) -> Felt:
    chosen, felt = random.Random(7), Felt([], [], [])
    while child.poll() is None:
        number = f"8{rpps(chosen.randrange(1, people))}"
        name = chosen.choice(NAMES)
        with core.database.read() as tx:
            began = time.perf_counter()
            core.directory.by_number(tx, number)
            looked = time.perf_counter()
            core.directory.by_name(tx, name)
            found = time.perf_counter()
        felt.by_number.append((looked - began) * 1000)
        felt.by_name.append((found - looked) * 1000)
        began = time.perf_counter()
        with core.database.write() as tx:
            core.audit.record(tx, Event("bench.beside"), HERE)
        felt.write.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE)
    return felt


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1] if len(times) > 1 else 0.0


def _written(path: Path, lines: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in practitioners(lines))
    return path


def _asked(core: Core, path: Path) -> int:
    with core.database.write() as tx:
        return generations.ask(tx, PRACTITIONERS, str(path), "bench", core.clock.now()).id


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(wish: str) -> None:
    """Import what was asked for; told on the last line."""
    settings = settings_of(os.environ)
    database = open_database(settings)
    core, _secrets = open_core(settings, database)
    idle, began = _megabytes(), time.perf_counter()
    done = core.importer.run(int(wish), HERE)
    told = {"seconds": time.perf_counter() - began, "idle_mb": idle, "peak_mb": _megabytes()}
    core.passwords.close()
    database.close()
    if done is None or done.state != generations.CURRENT:
        raise SystemExit(f"not imported: {done}")
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
