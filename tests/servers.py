# SPDX-License-Identifier: Apache-2.0
"""Real servers for a test session: the provider, the example applications, on loopback ports.

A `Site` is one provider in a process of its own over a database of its own, with the cast, the
example applications and whatever a test registers in it. Everything stops with the session, and
with the test process even where that is killed; what servers wrote is shown where a test fails.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from idp.accounts import activities
from idp.accounts.values import Account, Person, Population
from idp.applications import logos
from idp.clock import SystemClock
from idp.config import Settings
from idp.db import Database
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.schema import upgrade
from tests.activities import BOTH
from tests.cast import COMMUNITIES, PASSWORD, SECRET, bring_in
from tests.ports import free_port
from tests.world import RING, settings_for

ROOT = Path(__file__).resolve().parents[1]
REGISTRATIONS = ROOT / "relying_parties" / "registrations"
EXAMPLES = ("dcc", "rcp")
# Patience, not a promise: the machine may be busy with much else.
START_SECONDS = 120
STOP_SECONDS = 30
# Members of Onco Centre whom no other test asks: what happens to their account stays theirs.
LONERS = {
    "guessed": ("vroussel", "Véronique", "Roussel"),
    "mistaken": ("tgautier", "Thérèse", "Gautier"),
    "paused": ("hleclerc", "Hélène", "Leclerc"),
    "barred": ("jmercier", "Jérôme", "Mercier"),
    "agreeing": ("nfaure", "Noël", "Faure"),
    "hesitating": ("iblanc", "Inès", "Blanc"),
    "keyed": ("lmarchand", "Léa", "Marchand"),
    "paired": ("aperrin", "Agnès", "Perrin"),
    "pairing": ("emoreau", "Élise", "Moreau"),
    "coded": ("sgarnier", "Sylvie", "Garnier"),
    "reached": ("fbarbier", "Félix", "Barbier"),
    "cardless": ("nroy", "Nadège", "Roy"),
    "sharing": ("agirard", "Agnès", "Girard"),
    "measuring": ("cfontaine", "Chloé", "Fontaine"),
    "leaving": ("bmoreau", "Basile", "Moreau"),
    "renewing": ("ymeunier", "Yvonne", "Meunier"),
    "resetting": ("glacroix", "Gilles", "Lacroix"),
    "turning": ("prenard", "Paule", "Renard"),
    "forgetful": ("omasson", "Odette", "Masson"),
    "wondering": ("dleroux", "Denise", "Leroux"),
    "practising": ("pcolin", "Patrice", "Colin"),
    "typing": ("gfabre", "Ghislaine", "Fabre"),
}
# Those who practise in two places.
IN_TWO_PLACES = {"wondering", "practising", "typing"}
# Of these, those who are no professionals.
PATIENTS = {"leaving", "forgetful"}


def plain_environment() -> dict[str, str]:
    """This process's environment, without proxies and without settings of the provider."""
    return {
        name: value
        for name, value in os.environ.items()
        if "proxy" not in name.lower() and not name.startswith("SCEAU_")
    }


@dataclass
class Process:
    """A server that was started, its address, and what it writes."""

    name: str
    url: str
    popen: subprocess.Popen[bytes]
    log: Path
    shown: int = 0

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if self.popen.poll() is None:
                self.popen.send_signal(how)
                try:
                    self.popen.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        return self.popen.wait()

    def news(self) -> str:
        """What it wrote since this was last asked."""
        written = self.log.read_bytes()[self.shown :]
        self.shown += len(written)
        return written.decode("utf-8", "replace")


def start(
    name: str,
    command: Sequence[str],
    url: str,
    folder: Path,
    *,
    ready: str = "/",
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a server and wait until it answers."""
    process = launch(name, command, url, folder, environment)
    try:
        _wait(process, url + ready)
    except BaseException:
        process.stop()
        raise
    return process


def launch(
    name: str,
    command: Sequence[str],
    url: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a program, and wait for nothing."""
    # pdeathsig: it stops with the tests, even if these are killed.
    prefix = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    log = folder / f"{name}.log"
    with log.open("wb") as written:
        popen = subprocess.Popen(
            [*prefix, *command],
            cwd=ROOT,
            env={**plain_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(name, url, popen, log)


def _wait(process: Process, url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            status = requests.get(url, timeout=5, allow_redirects=False).status_code
        except requests.RequestException:
            # Nobody there yet, or too busy to answer in time.
            status = 503
        if status < 500:
            return
        if process.popen.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.name} did not start: {process.news()}")
        time.sleep(0.05)


@dataclass
class Site:
    """A provider under way, and the addresses of all that belongs to it."""

    issuer: str
    settings: Settings
    folder: Path
    ports: Mapping[str, int]
    processes: list[Process] = field(default_factory=list)
    # Who has been locked out already, by the tests of this session.
    locked: set[str] = field(default_factory=set)

    def url(self, name: str) -> str:
        """The address of a server of this site."""
        return f"http://localhost:{self.ports[name]}"

    def start_example(self, key: str) -> Process:
        """One of the example applications."""
        other = "rcp" if key == "dcc" else "dcc"
        secret = self.folder / f"{key}.secret"
        secret.write_text(SECRET)
        options = {
            "port": str(self.ports[key]),
            "issuer": self.issuer,
            "client-secret-file": str(secret),
            "data": str(self.folder / key),
            "other-url": self.url(other) + "/",
            # As they are registered here.
            "level": "1",
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        command = [sys.executable, "-m", f"relying_parties.{key}", *flags]
        process = start(key, command, self.url(key), self.folder)
        self.processes.append(process)
        return process

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The provider's own database, to put a fault in it."""
        database = open_database(self.settings)
        try:
            yield database
        finally:
            database.close()

    def age_journeys(self) -> None:
        """Let the time of every login under way run out."""
        with self.database() as database, database.write() as tx:
            tx.execute(text("UPDATE journeys SET expires_at = 1 WHERE finished_at IS NULL"))

    def stop(self) -> None:
        """Stop everything, last started first."""
        while self.processes:
            self.processes.pop().stop()

    def show_news(self) -> None:
        """Print what the servers wrote; pytest shows it where the test failed."""
        for process in self.processes:
            if news := process.news():
                sys.stdout.write(f"--- {process.name}\n{news}")


def registration(key: str, url: str) -> dict[str, Any]:
    """An example application's own registration, moved to another address.

    The password alone opens it: the stories told with it are of single sign-on, and other means
    have their own.
    """
    content = (REGISTRATIONS / f"{key}.toml").read_text("utf-8")
    home = tomllib.loads(content)["home_url"].rstrip("/")
    document = tomllib.loads(content.replace(home, url))
    document["policy"] |= {"means": ["password"], "level": 1}
    return document


def people() -> dict[str, Person]:
    """The loners as persons."""
    return {
        key: Person(
            Population.PATIENT if key in PATIENTS else Population.PROFESSIONAL,
            identifier,
            first,
            last,
            email=f"{identifier}@chu.example",
            profession="Médecin",
            birth_date="1980-01-02",
        )
        for key, (identifier, first, last) in LONERS.items()
    }


def bring_everybody(core: Core, documents: Iterable[Mapping[str, Any]]) -> None:
    """The cast, the loners, and these registrations beside the cast's."""
    bring_in(core)
    hashed = core.passwords.hashed(PASSWORD)
    with core.database.write() as tx:
        for key, person in people().items():
            made = core.accounts.create(tx, person)
            if not isinstance(made, Account):
                raise TypeError(made)
            core.passwords.put(tx, made.id, hashed)
            core.accounts.join(tx, made.id, next(iter(COMMUNITIES)))
            if key in IN_TWO_PLACES:
                activities.write(tx, made.id, BOTH)
        for document in documents:
            core.applications.register(tx, document)
            if picture := document.get("logo"):
                logo = logos.read_logo((REGISTRATIONS / picture).read_bytes())
                if isinstance(logo, str):
                    raise ValueError(logo)
                logos.put(tx, document["key"], logo)
            method = document.get("oidc", {}).get(
                "token_endpoint_auth_method", "client_secret_basic"
            )
            if method.startswith("client_secret"):
                core.applications.set_secret(tx, document["key"], SECRET)


@contextmanager
def running_site(
    folder: Path,
    database_url: str,
    *,
    neighbours: Iterable[str] = (),
    documents: Iterable[Mapping[str, Any]] = (),
    program: Sequence[str] = ("idp", "run"),
    called_too: Iterable[str] = (),
    **changes: str,
) -> Iterator[Site]:
    """A provider from nothing; `neighbours` are names of further servers that it may call, as it
    may those of the hosts and ports `called_too`.

    In `documents`, `{name}` stands for the address of the neighbour of that name; `program` is the
    module that serves, with its words.
    """
    ports = {name: free_port() for name in ("sceau", *EXAMPLES, *neighbours)}
    # Where no program of a card reader answers, whatever else runs on this machine.
    agents = f"http://localhost:{free_port()}"
    # An application on a busy machine may take its time to hear of a logout.
    changes = {"CARDS_AGENTS": agents, "OUTGOING_TIMEOUT": "30"} | changes
    issuer = f"http://localhost:{ports['sceau']}"
    near = [f"localhost:{port}" for name, port in ports.items() if name != "sceau"]
    called = ",".join([*near, *called_too])
    settings = settings_for(
        database_url,
        SERVER_ISSUER=issuer,
        SERVER_PORT=str(ports["sceau"]),
        OUTGOING_ALLOW=called,
        **changes,
    )
    site = Site(issuer, settings, folder, ports)
    try:
        _populate(site, [placed(one, site) for one in documents])
        environment = {
            "SERVER_ISSUER": issuer,
            "SERVER_PORT": str(ports["sceau"]),
            "DATABASE_URL": database_url,
            "SECRETS_KEYS": RING,
            "OUTGOING_ALLOW": called,
            "SERVER_THREADS": "8",
            "REGION_NAME": "Région Exemple",
            "REGION_ACCESS_MANAGER": "le service d’accès de la région",
            "REGION_SUPPORT_EMAIL": "aide@region.example",
            "REGION_SUPPORT_PHONE": "02 99 00 00 00",
        } | changes
        site.processes.append(_start_provider(site, program, environment))
        yield site
    finally:
        site.stop()


def _start_provider(site: Site, program: Sequence[str], environment: Mapping[str, str]) -> Process:
    return start(
        "sceau",
        [sys.executable, "-m", *program],
        site.issuer,
        site.folder,
        ready="/health/ready",
        environment={f"SCEAU_{name}": value for name, value in environment.items()},
    )


def _populate(site: Site, documents: Sequence[Mapping[str, Any]]) -> None:
    database = open_database(site.settings)
    upgrade(database)
    core, _secrets = open_core(site.settings, database, SystemClock())
    examples = [registration(key, site.url(key)) for key in EXAMPLES]
    bring_everybody(core, [*examples, *documents])
    core.passwords.close()
    database.close()


def placed(value: Any, site: Site) -> Any:
    """A registration in which the addresses of this site's servers stand."""
    if isinstance(value, str):
        for name in site.ports:
            value = value.replace(f"{{{name}}}", site.url(name))
        return value
    if isinstance(value, Mapping):
        return {name: placed(one, site) for name, one in value.items()}
    if isinstance(value, list):
        return [placed(one, site) for one in value]
    return value
