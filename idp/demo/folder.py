# SPDX-License-Identifier: Apache-2.0
"""The folder that a demo keeps everything in: made, locked, started anew."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp.cli.program import refuse
from idp.cli.ring import new_ring_line, replace_private, write_private
from idp.config import ConfigFaults, Settings, load
from idp.config.sources import CONFIG_VARIABLE, PREFIX
from idp.demo.addresses import HOST, Addresses
from idp.demo.notices import LEGAL_NOTICE, TERMS
from idp.demo.sandbox.provider import DESCRIPTION, PSC_NAME, REALM

MARK = ".sceau-demo"
REGION = {
    "name": "Région Centre-Val de Loire",
    "access_manager": "le Groupement régional e-santé (démonstration)",
    "support_email": "support@sceau.example",
    "support_phone": "02 61 91 00 36",
    "legal_notice": LEGAL_NOTICE,
    "terms": TERMS,
}


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths of one demo."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "sceau.toml"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def database(self) -> Path:
        return self.root / "sceau.sqlite3"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def applications(self) -> Path:
        return self.root / "applications"

    @property
    def register(self) -> Path:
        """The national register's open extract."""
        return self.root / "practitioners.txt"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def desk(self) -> Path:
        return self.root / "desk"

    @property
    def psc_secret(self) -> Path:
        """By which Sceau proves itself to the sandbox."""
        return self.secrets / "psc.secret"

    @property
    def reader(self) -> Path:
        """The virtual reader, and the cards that lie beside it."""
        return self.root / "reader"

    @property
    def pki(self) -> Path:
        """The demo's own authorities."""
        return self.root / "pki"

    @property
    def door_certificate(self) -> Path:
        """What the card's own address shows of itself."""
        return self.pki / "door.pem"

    @property
    def door_key(self) -> Path:
        return self.pki / "door.key"

    @property
    def clock(self) -> Path:
        """By how many seconds the clock is ahead."""
        return self.root / "clock"

    @property
    def before(self) -> Path:
        """Everything as it was when the clock was first moved."""
        return self.root / "before"

    @property
    def return_wish(self) -> Path:
        """There when somebody asked to come back to the present."""
        return self.root / "return"

    @property
    def cast(self) -> Path:
        return self.root / "cast.json"


def claim(root: Path) -> Folder:
    """The folder, ours alone until this process ends."""
    folder = Folder(root.resolve())
    mark = folder.root / MARK
    if folder.root.is_dir() and any(folder.root.iterdir()) and not mark.is_file():
        refuse(f"{folder.root} holds something that is no demo's: name another folder.")
    try:
        folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        refuse(f"{folder.root} can't be used: {fault.strerror}")
    try:
        # Held until the process ends: the kernel lets go of it whatever happens.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(descriptor, 20).decode("ascii", "replace").strip()
        refuse(f"A demo runs in {folder.root} already (process {other}): stop it, or use --data.")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return folder


def empty(folder: Folder) -> None:
    """Forget everything; only what `claim` found to be a demo's is ever removed."""
    for entry in folder.root.iterdir():
        if entry.name == MARK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            with suppress(FileNotFoundError):
                entry.unlink()


def furnish(folder: Folder, addresses: Addresses) -> Settings:
    """Make what is missing, write the configuration, and read it as the server will."""
    for each in (folder.secrets, folder.applications, folder.log, folder.desk):
        each.mkdir(mode=0o700, exist_ok=True)
    if not folder.psc_secret.exists():
        write_private(folder.psc_secret, secrets.token_urlsafe(32) + "\n")
    if not folder.keys.exists():
        write_private(folder.keys, new_ring_line("demo") + "\n")
    replace_private(folder.config, to_toml(_configuration(folder, addresses)))
    try:
        settings = load(None, environment(folder))
    except ConfigFaults as found:
        _refuse_environment("\n".join(f"  {fault}" for fault in found.faults))
    expected = (addresses.issuer, f"sqlite:///{folder.database}", addresses.port)
    if expected != (settings.server.issuer, settings.database.url, settings.server.port):
        _refuse_environment("  they move its address or its database")
    if (settings.demo.desk, settings.demo.clock_file) != (str(folder.desk), str(folder.clock)):
        _refuse_environment("  they move its desk or its clock out of its folder")
    if not settings.demo.enabled or not settings.server.loopback:
        _refuse_environment("  they take it out of demo mode, or off this machine")
    return settings


def _refuse_environment(why: str) -> None:
    names = sorted(name for name in os.environ if name.startswith(PREFIX))
    told = f"The environment sets {', '.join(names)}" if names else "The configuration is refused"
    refuse(f"The demo does not start. {told}:\n{why}")


def environment(folder: Folder) -> dict[str, str]:
    """What the processes of the demo are started with."""
    return os.environ | {CONFIG_VARIABLE: str(folder.config), "PYTHONUNBUFFERED": "1"}


def _configuration(folder: Folder, addresses: Addresses) -> Mapping[str, Mapping[str, Any]]:
    return {
        "server": {"issuer": addresses.issuer, "bind": "127.0.0.1", "port": addresses.port},
        "database": {"url": f"sqlite:///{folder.database}"},
        "secrets": {"keys_file": str(folder.keys)},
        "region": REGION,
        # Logout notices go to applications on this machine; the authorities of cards are on it too.
        "outgoing": {
            "allow": [
                *(f"{HOST}:{one.port}" for one in addresses.applications),
                urlsplit(addresses.pki).netloc,
                urlsplit(addresses.psc).netloc,
                urlsplit(addresses.hospital).netloc,
            ]
        },
        "psc": {
            "environment": "other",
            "issuer": addresses.psc + REALM,
            "description": addresses.psc + DESCRIPTION,
            "client_id": PSC_NAME,
            "client_secret_file": str(folder.psc_secret),
            "ciba": True,
            "ciba_requests": True,
        },
        "cards": _cards(folder, addresses),
        "log": {"format": "console"},
        "demo": {
            "enabled": True,
            "desk": str(folder.desk),
            "clock_file": str(folder.clock),
        },
    }


def _cards(folder: Folder, addresses: Addresses) -> Mapping[str, Any]:
    """How cards are read; by TLS as soon as there is a certificate for the address."""
    by_agent = {"agents": [addresses.agent], "test_cards": True}
    if not folder.door_certificate.is_file():
        return by_agent
    return by_agent | {
        "address": addresses.cards,
        "port": addresses.cards_port,
        "tls_certificate": str(folder.door_certificate),
        "tls_key": str(folder.door_key),
        "applications": True,
    }


def to_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """A small TOML document: texts, numbers, flags and lists read the same as in JSON."""
    lines = ["# Written by `sceau demo` at each start."]
    for section, values in tables.items():
        lines += ["", f"[{section}]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"
