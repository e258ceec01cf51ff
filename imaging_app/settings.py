# SPDX-License-Identifier: Apache-2.0
"""What the portal is told at its start, from one TOML file, checked whole: all faults at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HIGHEST_LEVEL = 3
LONGEST_CODE_DAYS = 365
FOLDERS = "folders"
STORES = ("orthanc", "dicomweb")
SECURITIES = ("starttls", "tls", "none")
TABLES = frozenset({"rules", "mail"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """The settings are not believable; each fault is a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operator may decide of the rules of access; the defaults are meant to stay."""

    # Levels of assurance, and how old a login may be, in seconds, before a grave deed.
    level: int = 2
    grave_level: int = 2
    grave_age: int = 300
    # Whether nobody can be kept out whom the patient has named as their médecin traitant.
    protect_traitant: bool = True
    patient_downloads: bool = False
    emergency_minutes: int = 60
    emergency_reason: int = 15
    code_days: int = 30
    code_failures: int = 5
    code_lock_minutes: int = 30
    code_tries_professional: int = 20
    code_tries_address: int = 60
    new_result_days: int = 30
    # How long a file stays open that was found by its number and the birth date.
    file_hours: int = 12

    def faults(self) -> list[str]:
        """What can't be."""
        found = [
            f"rules.{one.name}: at least 1"
            for one in fields(self)
            if one.type == "int" or isinstance(one.default, int)
            if not isinstance(one.default, bool) and getattr(self, one.name) < 1
        ]
        if max(self.level, self.grave_level) > HIGHEST_LEVEL:
            found.append(f"rules.level, rules.grave_level: 1 to {HIGHEST_LEVEL}")
        if self.code_days > LONGEST_CODE_DAYS:
            found.append(f"rules.code_days: at most {LONGEST_CODE_DAYS}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A PACS that keeps the images: by the native routes of an Orthanc, or by DICOMweb."""

    kind: str
    url: str
    user: str = ""
    password_file: Path | None = None
    # Seconds that it is waited for.
    patience: int = 10

    @property
    def password(self) -> str:
        """Read anew each time it is opened."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise SettingsError(f"{self.kind}.password_file: {fault}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The mail server by which people are told that there is something to look at."""

    host: str
    sender: str
    # The portal's own address: all that a mail leads to.
    link: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    # Where each establishment is written to, by its number.
    establishments: Mapping[str, str] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What can't be."""
        found = []
        if self.security not in SECURITIES:
            found.append(f"mail.security: {', '.join(SECURITIES)}")
        if self.security == "none" and self.host not in LOOPBACK:
            found.append("mail.security: none is for this machine's own mail server alone")
        if not 0 < self.port < 65_536:
            found.append("mail.port: 1 to 65535")
        if self.user and self.password_file is None:
            found.append("mail.password_file: missing, where there is a user")
        if not self.link.startswith(("https://", "http://")):
            found.append("mail.link: the portal's address, https://…")
        if "@" not in self.sender:
            found.append("mail.sender: an e-mail address")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of them; `data` holds what the other paths do not say."""

    data: Path
    database: str = ""
    keys: Path | None = None
    zone: str = "Europe/Paris"
    rules: Rules = field(default_factory=Rules)
    # None: images lie in folders of our own.
    elsewhere: Elsewhere | None = None
    # None: people are told on their own page alone.
    mail: Mail | None = None

    @property
    def database_url(self) -> str:
        """PostgreSQL's address, or a file of our own."""
        return self.database or f"sqlite:///{self.data / 'imaging.sqlite3'}"

    @property
    def keys_file(self) -> Path:
        """Where the keys lie."""
        return self.keys or self.data / "imaging.keys"

    @property
    def store(self) -> Path:
        """Where images lie, in the store of our own; and what waits to be sent elsewhere."""
        return self.data / "store"

    @property
    def timezone(self) -> ZoneInfo:
        """Where the people are: a motive is asked once a day of theirs."""
        return ZoneInfo(self.zone)


def read_settings(path: Path) -> Settings:
    """The settings of a file."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"{path}: {fault}") from None
    return make_settings(told)


def make_settings(told: Mapping[str, Any]) -> Settings:
    """The settings that a document tells; a name that is not known is a fault."""
    faults: list[str] = []
    rules = _rules(told.get("rules", {}), faults)
    elsewhere = _elsewhere(told, faults)
    mail = _mail(told["mail"], faults) if "mail" in told else None
    apart = {*TABLES, "store", *STORES}
    texts = {name: value for name, value in told.items() if name not in apart}
    known = {one.name for one in fields(Settings)} - {*TABLES, "elsewhere"}
    faults += [f"{name}: not known" for name in sorted(texts.keys() - known)]
    faults += [
        f"{name}: not a text"
        for name in sorted(texts.keys() & known)
        if not isinstance(texts[name], str) or not texts[name]
    ]
    if "data" not in texts:
        faults.append("data: missing")
    if not faults:
        faults += _place_faults(texts)
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(
        data=Path(texts["data"]),
        database=texts.get("database", ""),
        keys=Path(texts["keys"]) if "keys" in texts else None,
        zone=texts.get("zone", "Europe/Paris"),
        rules=rules,
        elsewhere=elsewhere,
        mail=mail,
    )


def _elsewhere(told: Mapping[str, Any], faults: list[str]) -> Elsewhere | None:
    """`store` names the table that tells where it is."""
    kind = told.get("store", FOLDERS)
    faults += [f"{name}: not the store" for name in STORES if name in told and name != kind]
    if kind == FOLDERS:
        return None
    if kind not in STORES:
        faults.append("store: " + " or ".join(f'"{one}"' for one in (FOLDERS, *STORES)))
        return None
    table = told.get(kind)
    if not isinstance(table, dict):
        faults.append(f"{kind}: missing" if table is None else f"{kind}: not a table")
        return None
    kinds = {"url": str, "user": str, "password_file": str, "patience": int}
    wrong = [f"{kind}.{name}: not known" for name in sorted(table.keys() - kinds.keys())]
    wrong += [
        f"{kind}.{name}: {'a whole number' if kinds[name] is int else 'a text'}"
        for name in sorted(table.keys() & kinds.keys())
        if type(table[name]) is not kinds[name] or not table[name]
    ]
    if not str(table.get("url", "")).startswith(("http://", "https://")):
        wrong.append(f"{kind}.url: http://… or https://…")
    if wrong:
        faults += wrong
        return None
    file = table.get("password_file")
    return Elsewhere(**{**table, "kind": kind, "password_file": Path(file) if file else None})


def _rules(told: object, faults: list[str]) -> Rules:
    if not isinstance(told, dict):
        faults.append("rules: not a table")
        return Rules()
    kinds = {one.name: type(one.default) for one in fields(Rules)}
    wrong = [f"rules.{name}: not known" for name in sorted(told.keys() - kinds.keys())]
    wrong += [
        f"rules.{name}: {'true or false' if kinds[name] is bool else 'a whole number'}"
        for name in sorted(told.keys() & kinds.keys())
        if type(told[name]) is not kinds[name]
    ]
    if wrong:
        faults += wrong
        return Rules()
    rules = Rules(**told)
    faults += rules.faults()
    return rules


def _mail(told: object, faults: list[str]) -> Mail | None:
    if not isinstance(told, dict):
        faults.append("mail: not a table")
        return None
    texts: dict[str, type] = {one.name: str for one in fields(Mail)}
    wanted = texts | {"port": int, "establishments": dict}
    wrong = [f"mail.{name}: not known" for name in sorted(told.keys() - wanted.keys())]
    said = {str: "a text", int: "a whole number", dict: "a table"}
    wrong += [
        f"mail.{name}: {said[kind]}"
        for name, kind in wanted.items()
        if name in told and type(told[name]) is not kind
    ]
    wrong += [f"mail.{name}: missing" for name in ("host", "sender", "link") if name not in told]
    houses = told.get("establishments", {})
    if isinstance(houses, dict) and not all(isinstance(one, str) for one in houses.values()):
        wrong.append("mail.establishments: a text for each")
    if wrong:
        faults += wrong
        return None
    paths = {name: Path(told[name]) for name in ("password_file", "ca_file") if name in told}
    mail = Mail(**{**told, **paths})
    faults += mail.faults()
    return mail


def _place_faults(texts: Mapping[str, str]) -> list[str]:
    faults = []
    url = texts.get("database", "")
    if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        faults.append("database: sqlite:///… or postgresql+psycopg://…")
    try:
        ZoneInfo(texts.get("zone", "Europe/Paris"))
    except (LookupError, ValueError, OSError):
        faults.append("zone: no such time zone")
    return faults
