# SPDX-License-Identifier: Apache-2.0
"""What the program was told: by its options, and by a file for whoever installs it."""

import tomllib
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors.cps_card.agent.files import is_private
from connectors.cps_card.statement import ORIGIN

PORT = 8006
A_MINUTE = 3
LANGUAGES = ("fr", "en")
# The person's own first: a workstation's file is for everybody who has none.
PLACES = (Path("~/.config/sceau-agent.toml"), Path("/etc/sceau-agent.toml"))
# Cards in software are by explicit option alone: no file can slip them in.
KINDS: Mapping[str, type] = {
    "origins": list,
    "port": int,
    "module": str,
    "per_minute": int,
    "language": str,
}


class Fault(Exception):
    """What is wrong with an option, in a sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen."""

    origins: frozenset[str]
    port: int = PORT
    module: Path | None = None
    per_minute: int = A_MINUTE
    language: str = ""
    software: tuple[Path, ...] = ()
    reader: Path | None = None


def read_file(path: Path | None) -> dict[str, object]:
    """The settings of a file; of the first usual one, where none is named."""
    if path is None:
        usual = (place.expanduser() for place in PLACES)
        path = next((place for place in usual if place.is_file()), None)
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise Fault(f"{path} cannot be read: {fault.strerror}.") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Fault(f"{path} is no TOML file.") from fault
    for name, value in found.items():
        kind = KINDS.get(name)
        if kind is None:
            raise Fault(f"{path}: {name} is no setting; expected {', '.join(KINDS)}.")
        if type(value) is not kind:
            raise Fault(f"{path}: {name} is of the wrong kind.")
    return found


def settle(options: Namespace) -> Settings:
    """The options, and the file where they are silent; Fault for what cannot be."""
    found = read_file(options.config)
    for name in KINDS:
        given = getattr(options, name)
        if given is not None:
            found[name] = given
    reader = options.reader_folder
    chosen = [each for each in options.software_cards or [] if each is not None]
    if reader is not None and options.software_cards is None:
        raise Fault("--reader-folder is a reader in software: it needs --software-cards as well.")
    if options.software_cards is not None and reader is None and not chosen:
        raise Fault("--software-card needs a file, or --reader-folder.")
    module = found.get("module")
    return Settings(
        origins=_origins(found.get("origins", [])),
        port=_between("port", found.get("port", PORT), 0, 65535),
        module=Path(str(module)).expanduser() if module else None,
        per_minute=_between("per_minute", found.get("per_minute", A_MINUTE), 1, 600),
        language=_language(found.get("language", "")),
        software=tuple(_files(chosen)),
        reader=_private(reader) if reader is not None else None,
    )


def _origins(values: object) -> frozenset[str]:
    origins = [str(each) for each in values] if isinstance(values, list) else []
    if not origins:
        raise Fault("No server is named: add --origin https://… (as its address bar shows it).")
    for origin in origins:
        parts = urlsplit(origin)
        if not ORIGIN.fullmatch(origin):
            raise Fault(f"{origin} is no origin; expected https://host or https://host:port.")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise Fault(f"{origin} must be https: only servers on this machine may do without.")
    return frozenset(origins)


def is_loopback(host: str) -> bool:
    """Whether this name is this machine (RFC 6761 §6.3)."""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


def _between(name: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise Fault(f"{name} must be a number from {least} to {most}.")
    return value


def _language(value: object) -> str:
    if value and value not in LANGUAGES:
        raise Fault(f"language must be one of {', '.join(LANGUAGES)}.")
    return str(value)


def _files(chosen: Iterable[Path]) -> Iterable[Path]:
    for each in chosen:
        files = sorted(each.glob("*.p12")) if each.is_dir() else [each]
        if not files or not all(file.is_file() for file in files):
            raise Fault(
                f"{each}: no software card is there; expected a .p12 file or a folder of them."
            )
        yield from files


def _private(folder: Path) -> Path:
    """The virtual reader's folder: a PIN passes through it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = is_private(folder)
    except OSError as fault:
        raise Fault(f"{folder} cannot be used: {fault.strerror}.") from fault
    if not private:
        raise Fault(f"{folder} must be yours alone (chmod 700): a PIN passes through it.")
    return folder
