# SPDX-License-Identifier: Apache-2.0
"""A login by Pro Santé Connect: what of its time is ours, beside a login by password."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from idp.demo.sandbox.provider import DESCRIPTION, REALM
from tests.benchmarks.brokered_there import PEOPLE as PROFESSIONALS
from tests.benchmarks.brokered_there import SPENT
from tests.benchmarks.costs import HASH, RSA_READ, costs
from tests.benchmarks.machine import Cores, free_port
from tests.benchmarks.phones import seconds_of
from tests.benchmarks.phones_there import CLIENT, national_id
from tests.benchmarks.population import PASSWORD, PEOPLE, application, populate
from tests.benchmarks.scenarios import authorize_path
from tests.benchmarks.servers import Served, launch, provider, settings_of, spawn, stop, wait_for
from tests.benchmarks.visitor import Page, Visitor, address_of, connect

SECRET = "a-secret-of-the-benchmark-for-logins-elsewhere"
POLICY = {"means": ["psc"], "level": 3, "card_accounts": "create", "consent": False}
# Of either kind, one after the other, in turns.
ROUNDS = 4


@dataclass(frozen=True)
class Brokered:
    """One kind of login, of one visitor at a time: medians of the rounds, in milliseconds."""

    database: str
    name: str
    # Of the server's processes, user and system.
    cpu: float
    # Until the answers had come, without what the other side took of it.
    own: float
    # What that was: from server to server.
    there: float
    # CPU of the bare crypto that it can't do without.
    bare: float


class Town:
    """The server, and the other one."""

    def __init__(self, served: Served, there: int) -> None:
        self._served = served
        self._there = there
        self._number = 0

    def by_password(self) -> float:
        """From the application to its code; the seconds that our answers took."""
        visitor = self._arrive("es")
        journey = visitor.at.partition("?")[0]
        who = f"person{self._number % PEOPLE}"
        page = visitor.post(f"{journey}/password", identifier=who, password=PASSWORD)
        return self._arrived(visitor, page)

    def elsewhere(self) -> float:
        """The same, by the button, the other page, and back."""
        visitor = self._arrive("brokered")
        journey = visitor.at.partition("?")[0]
        page = visitor.post(f"{journey}/psc")
        back = self._log_in_there(page.location)
        page = visitor.follow_once(back)
        return self._arrived(visitor, page)

    def spent_there(self) -> float:
        """What the other side took so far, asked by servers."""
        connection = connect(self._there)
        connection.request("GET", SPENT)
        found = float(connection.getresponse().read())
        connection.close()
        return found

    def cpu(self) -> float:
        """Of all processes of ours, so far."""
        return seconds_of(self._served.pids)

    def _arrive(self, key: str) -> "Timed":
        self._number += 1
        visitor = Timed(connect(self._served.port), address_of(90_000 + self._number))
        visitor.get(authorize_path(key).replace("${seq}", f"b{self._number}"))
        return visitor

    def _arrived(self, visitor: "Timed", page: Page) -> float:
        visitor.connection.close()
        if page.status != 303 or "code=" not in page.location:
            raise RuntimeError(f"nobody is in: {page.status}\n{page.body[:3000]}")
        return visitor.took

    def _log_in_there(self, way: str) -> str:
        """As a browser would; its time is nobody's here."""
        connection = connect(self._there)
        page = _ask(connection, "GET", way)
        pin = urlencode({"pin": national_id(self._number % PROFESSIONALS)})
        back = _ask(connection, "POST", f"{page}/card", pin)
        connection.close()
        return back


@dataclass
class Timed(Visitor):
    """One who notes how long the answers took."""

    took: float = 0.0

    def _request(self, method: str, path: str, body: str | None = None) -> Page:
        page = super()._request(method, path, body)
        self.took += page.seconds
        return page


def brokered(
    name: str, environ: Mapping[str, str], cores: Cores, folder: Path, people: int
) -> list[Brokered]:
    """By password and elsewhere in turns, on one server, in one run."""
    with ExitStack() as running:
        running.enter_context(cores.beside())
        there = free_port()
        port = int(environ["SCEAU_SERVER_PORT"])
        program = provider(f"brokered-{name}", port, environ | _through(there))
        settings = settings_of(program.environ)
        back = f"{settings.server.issuer}/upstream/psc"
        command = ["-m", "tests.benchmarks.brokered_there", str(there), back, SECRET]
        process, log = spawn("there", [sys.executable, *command], {}, Cores(None, None), folder)
        running.callback(stop, process)
        wait_for(f"http://127.0.0.1:{there}{SPENT}", process, log)
        populate(settings, (application("brokered") | {"policy": POLICY},))
        served = launch(program, cores, folder)
        running.callback(stop, served.process)
        town = Town(served, there)
        for _one in range(PROFESSIONALS):
            # Accounts are made, and everything is asked for once.
            town.elsewhere()
            town.by_password()
        found = _in_turns(town, max(people // ROUNDS, 5))
    alone = costs(settings)
    return [
        Brokered(name, "by password", *found["password"], alone[HASH] / 1000),
        Brokered(name, "by Pro Santé Connect", *found["elsewhere"], alone[RSA_READ] / 1000),
    ]


def _in_turns(town: Town, each: int) -> dict[str, tuple[float, float, float]]:
    """CPU, own time and the other side's of one login, in milliseconds."""
    kinds: dict[str, Callable[[], float]] = {
        "password": town.by_password,
        "elsewhere": town.elsewhere,
    }
    rounds: dict[str, list[tuple[float, float, float]]] = {name: [] for name in kinds}
    for _round in range(ROUNDS):
        for name, log_in in kinds.items():
            cpu, spent = town.cpu(), town.spent_there()
            took = [log_in() for _one in range(each)]
            theirs = (town.spent_there() - spent) / each
            own = sum(took) / each - theirs
            rounds[name].append(((town.cpu() - cpu) / each, own, theirs))
    return {
        name: tuple(median(column) * 1000 for column in zip(*found, strict=True))
        for name, found in rounds.items()
    }  # type: ignore[return-value]


def _through(there: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{there}"
    return {
        "SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
        "SCEAU_PSC_ENVIRONMENT": "other",
        "SCEAU_PSC_ISSUER": address + REALM,
        "SCEAU_PSC_DESCRIPTION": address + DESCRIPTION,
        "SCEAU_PSC_CLIENT_ID": CLIENT,
        "SCEAU_PSC_CLIENT_SECRET": SECRET,
        "SCEAU_OUTGOING_ALLOW": f"127.0.0.1:{there}",
    }


def _ask(connection: HTTPConnection, method: str, path: str, body: str | None = None) -> str:
    """Where an answer of the other side leads."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    where = urlsplit(answer.headers["Location"])
    return where.path + (f"?{where.query}" if where.query else "")


def brokered_rows(found: Sequence[Brokered], under: Callable[..., list[str]]) -> list[str]:
    """The table."""
    passwords = {one.database: one for one in found if one.name == "by password"}
    heads = (
        *("Login", "database", "CPU ms", "× password", "own time ms", "× password"),
        *("the other side, ms", "bare crypto, CPU ms", "× bare crypto"),
    )
    lines = [
        f"| {one.name} | {one.database} | {one.cpu:.1f} | {one.cpu / base.cpu:.2f} "
        f"| {one.own:.1f} | {one.own / base.own:.2f} | {one.there:.1f} | {one.bare:.3f} "
        f"| {one.cpu / one.bare:.1f} |"
        for one in found
        for base in [passwords[one.database]]
    ]
    return under(heads, lines)
