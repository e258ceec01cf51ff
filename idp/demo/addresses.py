# SPDX-License-Identifier: Apache-2.0
"""Who listens where, and whether somebody else does already."""

import errno
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp.cli.program import refuse
from idp.cli.run import who_has

SCEAU_PORT = 8000
PSC_PORT = 8005
AGENT_PORT = 8006
PKI_PORT = 8008
HOSPITAL_PORT = 8009
CARDS_PORT = 8443
PSC, AGENT, PKI, CARDS, HOSPITAL = (
    "Pro Santé Connect (sandbox)",
    "the agent of the reader",
    "the authorities of the cards",
    "the address of the card",
    "Hôpital Manager",
)
HOST = "localhost"
HIGHEST = 65535


@dataclass(frozen=True, slots=True)
class Application:
    """An application of the demo: its registration, moved to its port."""

    key: str
    name: str
    long_name: str
    port: int
    document: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Where browsers reach it."""
        return f"http://{HOST}:{self.port}"

    @property
    def ready(self) -> str:
        """What answers without a login once it serves: behind a proxy, its picture."""
        by_headers = self.document["protocol"] == "headers"
        return f"/static/{self.key}.svg" if by_headers else "/"

    @property
    def module(self) -> str:
        """What `python -m` runs."""
        return module_of(self.key) or ""

    @property
    def is_example(self) -> bool:
        """Whether it is one of those that are there to be copied."""
        return self.module.startswith("relying_parties.")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Everything that the demo serves."""

    port: int
    applications: tuple[Application, ...]

    @property
    def issuer(self) -> str:
        """Sceau itself."""
        return f"http://{HOST}:{self.port}"

    @property
    def desk(self) -> str:
        """The virtual desk."""
        return f"{self.issuer}/desk"

    @property
    def psc_port(self) -> int:
        """The demo's own Pro Santé Connect."""
        return self.port + PSC_PORT - SCEAU_PORT

    @property
    def psc(self) -> str:
        return f"http://{HOST}:{self.psc_port}"

    @property
    def agent_port(self) -> int:
        """The agent of this workstation, which reads the cards of the virtual reader."""
        return self.port + AGENT_PORT - SCEAU_PORT

    @property
    def pki_port(self) -> int:
        """Revocation lists and OCSP of the demo's own authorities."""
        return self.port + PKI_PORT - SCEAU_PORT

    @property
    def hospital_port(self) -> int:
        """An establishment's software, from which DCC is opened."""
        return self.port + HOSPITAL_PORT - SCEAU_PORT

    @property
    def hospital(self) -> str:
        return f"http://{HOST}:{self.hospital_port}"

    @property
    def cards_port(self) -> int:
        """Where browsers are asked for the card's certificate."""
        return self.port + CARDS_PORT - SCEAU_PORT

    @property
    def agent(self) -> str:
        return f"http://{HOST}:{self.agent_port}"

    @property
    def pki(self) -> str:
        return f"http://{HOST}:{self.pki_port}"

    @property
    def cards(self) -> str:
        return f"https://{HOST}:{self.cards_port}"

    @property
    def named_ports(self) -> Mapping[str, int]:
        """Every port, by the name of who listens there."""
        around = {
            PSC: self.psc_port,
            AGENT: self.agent_port,
            PKI: self.pki_port,
            CARDS: self.cards_port,
            HOSPITAL: self.hospital_port,
        }
        return {"Sceau": self.port} | around | {one.name: one.port for one in self.applications}


def plan(offset: int) -> Addresses:
    """The addresses, each port moved by the offset."""
    folder = registrations()
    documents = [tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.toml"))]
    applications = tuple(_move(one, offset) for one in documents if module_of(one["key"]))
    addresses = Addresses(SCEAU_PORT + offset, applications)
    if any(not 0 < port <= HIGHEST for port in addresses.named_ports.values()):
        refuse(f"--port-offset {offset} leads to ports that don't exist.")
    return addresses


def registrations() -> Path:
    """The shipped registrations; found, not imported: the provider knows no relying party."""
    found = find_spec("relying_parties")
    if found is None or not found.submodule_search_locations:
        refuse("The applications of the demo (relying_parties) are not installed.")
    return Path(found.submodule_search_locations[0]) / "registrations"


def module_of(key: str) -> str | None:
    """The package of an application: an example, or one of its own beside them."""
    return next((one for one in (f"relying_parties.{key}", f"{key}_app") if _can_run(one)), None)


def _can_run(package: str) -> bool:
    try:
        return find_spec(f"{package}.__main__") is not None
    except ModuleNotFoundError:
        return False


def _move(document: Mapping[str, Any], offset: int) -> Application:
    home = urlsplit(document["home_url"])
    port = (home.port or 80) + offset
    moved: dict[str, Any] = _replace(
        document, f"{home.scheme}://{home.netloc}", f"http://{HOST}:{port}"
    )
    long_name = document.get("long_name", document["name"])
    return Application(document["key"], document["name"], long_name, port, moved)


def _replace(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        same = value == old or value.startswith(old + "/")
        return new + value.removeprefix(old) if same else value
    if isinstance(value, list):
        return [_replace(one, old, new) for one in value]
    if isinstance(value, Mapping):
        return {name: _replace(one, old, new) for name, one in value.items()}
    return value


def check_ports(addresses: Addresses) -> None:
    """Refuse, before anything is started, where a port is taken."""
    taken = {name: port for name, port in addresses.named_ports.items() if is_taken(port)}
    if not taken:
        return
    lines = [
        f"Port {port}, where {name} would listen, is taken by another program. {who_has(port)}"
        for name, port in taken.items()
    ]
    refuse(
        "\n".join(
            [
                *lines,
                "Stop that program (maybe another demo), or start this one on other ports:",
                "  make demo ARGS='--port-offset 100'",
            ]
        )
    )


def is_taken(port: int) -> bool:
    """Whether somebody listens there; browsers try both loopback addresses for localhost."""
    pairs = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    return any(_is_taken(family, address, port) for family, address in pairs)


def _is_taken(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            # A connection that is still closing does not make a port taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as fault:
        # Anything else (no IPv6 on this machine) is not somebody listening.
        return fault.errno in {errno.EADDRINUSE, errno.EACCES}
    return False
