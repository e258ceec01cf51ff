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
class Settings:
    """All of them; `data` holds what the other paths do not say."""

    data: Path
    database: str = ""
    keys: Path | None = None
    zone: str = "Europe/Paris"
    rules: Rules = field(default_factory=Rules)

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
        """Where images lie, in the store of our own."""
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
    texts = {name: value for name, value in told.items() if name != "rules"}
    known = {one.name for one in fields(Settings)} - {"rules"}
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
    )


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
