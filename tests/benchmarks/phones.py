# SPDX-License-Identifier: Apache-2.0
"""People who wait for their phones: what they cost, and what others notice of them."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from idp.demo.sandbox.provider import DESCRIPTION, REALM
from tests.benchmarks.machine import Cores, free_port, weigh
from tests.benchmarks.phones_there import CLIENT, national_id
from tests.benchmarks.population import PASSWORD, PEOPLE, application, populate
from tests.benchmarks.scenarios import authorize_path
from tests.benchmarks.servers import Served, launch, provider, settings_of, spawn, stop, wait_for
from tests.benchmarks.visitor import Visitor, address_of, connect

SECRET = "a-secret-of-the-benchmark-for-phones"
WORKERS = 2
HANDS = 4
# Seconds between two looks of one page's script, and of each part of the measurement.
EVERY = 2.0
SPAN = 30.0
PAUSE = 0.25
PATIENCE = 60.0
# Nothing of this process comes along.
context = get_context("spawn")


@dataclass(frozen=True)
class Waiting:
    """Logins by password beside people who wait, and the processes that serve both."""

    name: str
    people: int
    workers: int
    # Of the server's processes together, MiB and percent of one core; idle, then with all waiting.
    rss: tuple[float, float]
    cpu: tuple[float, float]
    # A whole login by password, in milliseconds, alone and then meanwhile.
    p50: tuple[float, float]
    p99: tuple[float, float]
    # One look of a page's script.
    look_p99: float
    still: int


def waiting(
    name: str, environ: Mapping[str, str], cores: Cores, folder: Path, people: int
) -> Waiting:
    """Log in by password for a while; then again, with everybody else waiting."""
    with ExitStack() as running:
        running.enter_context(cores.beside())
        there = free_port()
        command = ["-m", "tests.benchmarks.phones_there", str(there), str(people), SECRET]
        process, log = spawn("phones", [sys.executable, *command], {}, Cores(None, None), folder)
        running.callback(stop, process)
        wait_for(f"http://127.0.0.1:{there}/phone", process, log)
        port = int(environ["SCEAU_SERVER_PORT"])
        program = provider(f"phones-{name}", port, environ | _through(there))
        phoned = application("phoned") | {"policy": {"means": ["ecps"], "level": 3}}
        populate(settings_of(program.environ), (phoned,))
        served = launch(program, cores, folder)
        running.callback(stop, served.process)
        _log_in(served, 0)
        alone, idle, before = _logins(served), _share(served), weigh(served.pids)[0]
        with ThreadPoolExecutor(HANDS) as pool:
            visitors = list(pool.map(lambda one: _begin(served, one), range(people)))
        # In a process of their own: whoever logs in meanwhile must not wait for this program.
        over, found = context.Event(), context.Queue()
        pages = [(one.address, one.cookies, one.at) for one in visitors]
        scripts = context.Process(target=_look_all, args=(served.port, pages, over, found))
        scripts.start()
        running.callback(scripts.join)
        running.callback(over.set)
        # It has begun.
        found.get(timeout=PATIENCE)
        busy = _share(served)
        meanwhile = _logins(served)
        after = weigh(served.pids)[0]
        over.set()
        looks = found.get(timeout=PATIENCE)
        still = sum(_is_waiting(served, one) for one in visitors)
    return Waiting(
        name,
        people,
        WORKERS,
        (before, after),
        (idle, busy),
        (median(alone) * 1000, median(meanwhile) * 1000),
        (_p99(alone), _p99(meanwhile)),
        _p99(looks),
        still,
    )


def _through(there: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{there}"
    return {
        "SCEAU_SERVER_WORKERS": str(WORKERS),
        "SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
        "SCEAU_PSC_ENVIRONMENT": "other",
        "SCEAU_PSC_ISSUER": address + REALM,
        "SCEAU_PSC_DESCRIPTION": address + DESCRIPTION,
        "SCEAU_PSC_CLIENT_ID": CLIENT,
        "SCEAU_PSC_CLIENT_SECRET": SECRET,
        "SCEAU_PSC_CIBA": "true",
        "SCEAU_OUTGOING_ALLOW": f"127.0.0.1:{there}",
    }


def _begin(served: Served, one: int) -> Visitor:
    """From the application to the number."""
    visitor = Visitor(connect(served.port), address_of(one))
    visitor.get(authorize_path("phoned").replace("${seq}", str(one)))
    journey = visitor.at.partition("?")[0]
    page = visitor.post(f"{journey}/ecps", identifier=national_id(one))
    visitor.connection.close()
    if page.status != 303:
        raise RuntimeError(f"nobody waits: {page.status}\n{page.body[:3000]}")
    visitor.at = f"/phone/standing?journey={journey.rpartition('/')[2]}"
    return visitor


def _look_all(
    port: int, pages: Sequence[tuple[str, dict[str, str], str]], over: Any, found: Any
) -> None:
    """What the scripts of all pages do, each every other second."""
    looks: list[float] = []
    found.put(None)

    def look(mine: Sequence[tuple[str, dict[str, str], str]]) -> None:
        connection = connect(port)
        while not over.is_set():
            began = time.monotonic()
            for number, (address, cookies, path) in enumerate(mine):
                looks.append(Visitor(connection, address, cookies).get(path).seconds)
                # In even steps, as pages that were opened at different moments.
                due = began + EVERY * (number + 1) / len(mine)
                time.sleep(max(due - time.monotonic(), 0))
        connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(look, [pages[hand::HANDS] for hand in range(HANDS)]))
    found.put(looks)


def _is_waiting(served: Served, visitor: Visitor) -> bool:
    visitor.connection = connect(served.port)
    page = visitor.get(visitor.at)
    visitor.connection.close()
    return '"waiting":true' in page.body


def _logins(served: Served) -> list[float]:
    """One login by password after the other, for a while."""
    found, end, number = [], time.monotonic() + SPAN, 0
    while time.monotonic() < end:
        found.append(_log_in(served, number))
        number += 1
        time.sleep(PAUSE)
    return found


def _log_in(served: Served, number: int) -> float:
    visitor = Visitor(connect(served.port), address_of(70_000 + number))
    began = time.perf_counter()
    visitor.get(authorize_path("es").replace("${seq}", f"p{number}"))
    journey = visitor.at.partition("?")[0]
    page = visitor.post(
        f"{journey}/password", identifier=f"person{number % PEOPLE}", password=PASSWORD
    )
    took = time.perf_counter() - began
    visitor.connection.close()
    if page.status != 303 or "code=" not in page.location:
        raise RuntimeError(f"nobody is in: {page.status}\n{page.body[:3000]}")
    return took


def _share(served: Served, span: float = 10.0) -> float:
    """Of one core, in percent, over some seconds without logins."""
    before = seconds_of(served.pids)
    time.sleep(span)
    return (seconds_of(served.pids) - before) / span * 100


def seconds_of(pids: Sequence[int]) -> float:
    """CPU of these processes so far, user and system."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[-1] * 1000


def phone_rows(found: Sequence[Waiting], under: Callable[..., list[str]]) -> list[str]:
    """The table."""
    heads = (
        *("Waiting for a phone", "people", "workers", "RSS MiB, idle → waiting"),
        *("CPU, % of a core", "password login p50 ms", "p99 ms", "a look, p99 ms", "still waiting"),
    )
    lines = [
        f"| {one.name} | {one.people} | {one.workers} | {_to(one.rss)} | {_to(one.cpu)} "
        f"| {_to(one.p50)} | {_to(one.p99)} | {one.look_p99:.0f} | {one.still} |"
        for one in found
    ]
    return under(heads, lines)


def _to(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.0f} → {pair[1]:.0f}"
