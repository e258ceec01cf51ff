# SPDX-License-Identifier: Apache-2.0
"""Whether password checks hold others up: userinfo at a steady rate, without and with them."""

import threading
from dataclasses import dataclass, replace

from tests.benchmarks.generator import Figures, Generator, Pace
from tests.benchmarks.scenarios import WORKLOADS, Workload, log_in
from tests.benchmarks.servers import Served

USERINFO = next(one for one in WORKLOADS if one.key == "userinfo")
RATE = 100.0
# Fewer than the hash pool and its queue take, and more than the server has threads.
PEOPLE = (8, 64)


@dataclass(frozen=True)
class Tail:
    """Latency of the others' requests, and what was done meanwhile."""

    name: str
    p50: float
    p99: float
    # Of those that were due, the share that was answered before the end.
    answered: float
    logins: float


def crowd() -> Workload:
    """People at the form; one who is told to come back later (503) does not."""
    *before, form = log_in("es")
    form = replace(form, statuses=(303, 503), takes=())
    return Workload("crowd", "Password form", (*before, form), fresh_browser=True)


def tails(generator: Generator, served: Served, seconds: float) -> list[Tail]:
    """Userinfo alone, then beside few and many people at the password form."""
    calm = Pace(connections=16, warmup=0.5, duration=seconds, rate=RATE)
    alone = generator.drive(served, USERINFO, calm)
    found = [Tail("alone", *_latency(alone), 0.0)]
    for count in PEOPLE:
        busy: dict[str, Figures] = {}
        crowded = Pace(connections=count, warmup=0.5, duration=seconds + 1.0)

        def press(pace: Pace = crowded, into: dict[str, Figures] = busy) -> None:
            into["figures"] = generator.drive(served, crowd(), pace)

        pressing = threading.Thread(target=press)
        pressing.start()
        beside = generator.drive(served, USERINFO, calm)
        pressing.join()
        done = busy["figures"]
        logins = done["codes"].get("303", 0) - done["flows"]
        name = f"beside {count} people at the password form"
        found.append(Tail(name, *_latency(beside), logins / done["elapsed"]))
    return found


def _latency(figures: Figures) -> tuple[float, float, float]:
    latency = figures["latency"]
    answered = min(1.0, figures["flows_s"] / RATE)
    return latency["p50_ms"], latency["p99_ms"], answered
