# SPDX-License-Identifier: Apache-2.0
"""Codes by SMS: how soon they leave, whether a login waits for them, how fast a backlog drains."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from idp.accounts.values import Person, Population
from idp.config import Settings
from idp.messages.outbox import Message
from tests.benchmarks.machine import Cores
from tests.benchmarks.population import PASSWORD, application, bring_in, opened
from tests.benchmarks.scenarios import authorize_path
from tests.benchmarks.servers import (
    ROOT,
    Served,
    launch,
    provider,
    settings_of,
    stop,
)
from tests.benchmarks.visitor import Page, Visitor, address_of, connect
from tests.messages.twilio_double import ACCOUNT, SENDER, TOKEN, Script, twilio_double

# People at the form at the same time.
HANDS = 4
PATIENCE = 120.0
VALUES = {"code": "493817", "minutes": 5, "application": "DCC"}


@dataclass(frozen=True)
class Sending:
    """How soon codes come, in milliseconds, with a provider that is well and one that is slow."""

    name: str
    people: int
    # From the click to the call at the provider.
    left_p95: float
    left_max: float
    # From the click to the page that asks for the code.
    page_p95: float
    slow_page_p95: float


@dataclass(frozen=True)
class Draining:
    """A backlog and two workers."""

    name: str
    messages: int
    seconds: float
    sent_twice: int
    never_sent: int


def sending(
    name: str, environ: Mapping[str, str], cores: Cores, folder: Path, people: int
) -> Sending:
    """Ask for a code by as many people, then by as many with a provider that does not answer."""
    with ExitStack() as running:
        running.enter_context(cores.beside())
        script = running.enter_context(twilio_double())
        program = provider(
            f"codes-{name}", int(environ["SCEAU_SERVER_PORT"]), environ | _through(script)
        )
        prepare(settings_of(program.environ), 2 * people)
        served = launch(program, cores, folder)
        running.callback(stop, served.process)
        well = _ask_all(served, range(people))
        _until(lambda: len(script.came) >= people)
        came = dict(script.came)
        left = [came[number_of(one)] - page.asked_at for one, page in well.items()]
        script.deeds += ["slow"] * people
        slow = _ask_all(served, range(people, 2 * people))
        script.released.set()
    return Sending(
        name,
        people,
        _p95(left),
        max(left) * 1000,
        _p95([page.seconds for page in well.values()]),
        _p95([page.seconds for page in slow.values()]),
    )


def draining(name: str, environ: Mapping[str, str], cores: Cores, messages: int) -> Draining:
    """Write the backlog in one transaction, and let two workers drain it."""
    with ExitStack() as running:
        running.enter_context(cores.beside())
        script = running.enter_context(twilio_double())
        environ = environ | _through(script) | {"SCEAU_MESSAGES_WORKER": "apart"}
        core = running.enter_context(opened(settings_of(environ)))
        for _ in range(2):
            running.enter_context(_worker(environ))
        began = time.perf_counter()
        with core.database.write() as tx:
            for number in range(messages):
                to = number_of(number)
                core.outbox.put(tx, Message("sms", "login-code", to, None, "fr", 300, VALUES))
        _until(lambda: len(script.came) >= messages)
        seconds = max(at for _to, at in script.came) - began
        # What would be sent twice is sent within a lease; a few moments show what is under way.
        time.sleep(2)
        counts = Counter(to for to, _at in script.came)
    twice = sum(count - 1 for count in counts.values())
    return Draining(name, messages, seconds, twice, messages - len(counts))


def number_of(person: int) -> str:
    """A mobile number, in a range that few others share."""
    return f"+336{person % 200:03d}{person:05d}"


def prepare(settings: Settings, people: int) -> None:
    """Patients with a mobile number, and an application that asks for a code."""
    with opened(settings) as core:
        hashed = core.passwords.hashed(PASSWORD)
        with core.database.write() as tx:
            for one in range(people):
                core.passwords.put(tx, bring_in(core, tx, _patient(one)), hashed)
            document = application("coded") | {
                "policy": {"means": ["otp"], "level": 2, "consent": False}
            }
            core.applications.register(tx, document)


def _patient(one: int) -> Person:
    return Person(
        Population.PATIENT,
        f"patient{one}",
        "Élise",
        f"Martin {one}",
        phone=number_of(one),
        phone_verified=True,
        email=f"patient{one}@courriel.example",
        email_verified=True,
    )


def _ask_all(served: Served, people: range) -> dict[int, Page]:
    """Everybody asks for a code: the page that each of them then sees."""
    with ThreadPoolExecutor(HANDS) as pool:
        pages = pool.map(lambda one: _ask(served.port, one), people)
        return dict(zip(people, pages, strict=True))


def _ask(port: int, one: int) -> Page:
    visitor = Visitor(connect(port), address_of(one))
    asked = authorize_path("coded").replace("${seq}", str(one))
    visitor.get(asked)
    journey = visitor.at.partition("?")[0]
    visitor.post(f"{journey}/password?means=otp", identifier=f"patient{one}", password=PASSWORD)
    page = visitor.post(f"{journey}/otp", channel="sms")
    visitor.connection.close()
    if page.status != 200 or 'id="code"' not in page.body:
        raise RuntimeError(f"no field for a code: {page.status}\n{page.body[:3000]}")
    return page


def _through(script: Script) -> dict[str, str]:
    """What sends SMS to the double."""
    return {
        "SCEAU_SMS_PROVIDER": "twilio",
        "SCEAU_SMS_BASE_URL": script.url,
        "SCEAU_SMS_ACCOUNT": ACCOUNT,
        "SCEAU_SMS_TOKEN": TOKEN,
        "SCEAU_SMS_SENDER": SENDER,
        "SCEAU_SMS_TIMEOUT": "20",
        "SCEAU_OUTGOING_ALLOW": f"127.0.0.1:{script.port}",
        "SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    }


@contextmanager
def _worker(environ: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "idp", "worker"],
        cwd=ROOT,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("the worker did not start")
        yield
    finally:
        stop(process)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("the messages did not come")
        time.sleep(0.005)


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1] * 1000
