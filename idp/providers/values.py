# SPDX-License-Identifier: Apache-2.0
"""A provider that was added, as a value: whoever logs in by it uses the means `idp:<alias>`."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any, Final

from connectors.base import Level
from idp.providers.spoken import PARTS, Spoken

PREFIX: Final = "idp:"
# Short: the browser keeps the name of the means last used in a cookie of 32 characters.
ALIAS: Final = re.compile(r"[a-z][a-z0-9-]{0,26}[a-z0-9]", re.ASCII)
POPULATIONS: Final = ("professional", "patient", "staff")
# An account is found by what somebody linked, or by the national identifier that it tells.
BY_LINK, BY_NUMBER = "link", "number"
TUPLES: Final = (
    "origins",
    "scope",
    "populations",
    "certificates",
    "domains",
    "establishments",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who they are, who we are to them, and what their word is worth here."""

    alias: str
    version: int = 0
    enabled: bool = True
    # Accounts may be linked to it, and nobody logs in by it.
    link_only: bool = False
    name_fr: str
    name_en: str
    # Who it says that it is: an address of OpenID Connect, an entity of SAML.
    issuer: str
    # What its protocol needs beside.
    spoken: Spoken
    # What its words for a login are worth here: the lowest for whatever is not there (BR-013).
    levels: Mapping[str, int] = field(default_factory=dict)
    # How old a login there may be, in seconds; None: as old as it lets it be.
    max_age: int | None = None
    finding: str = BY_LINK
    # The names of claims, or of attributes; empty: not told.
    national_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    populations: tuple[str, ...] = POPULATIONS
    # Whose people they are: whom it is offered to first (`idp.providers.hints`).
    domains: tuple[str, ...] = ()
    establishments: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The means that it is."""
        return kind_of(self.alias)

    @property
    def protocol(self) -> str:
        """The protocol that it speaks."""
        return self.spoken.protocol

    @property
    def open(self) -> bool:
        """Whether people log in by it."""
        return self.enabled and not self.link_only

    @property
    def level(self) -> Level:
        """The most that a login there is worth."""
        return Level(max(self.levels.values(), default=int(Level.PASSWORD)))

    def name(self, language: str) -> str:
        """What its button says."""
        return self.name_fr if language == "fr" else self.name_en


def kind_of(alias: str) -> str:
    """The means that a provider of this alias is."""
    return PREFIX + alias


def is_kind(kind: object) -> bool:
    """Whether a means is one that an administrator added, or may add."""
    if not isinstance(kind, str) or not kind.startswith(PREFIX):
        return False
    return ALIAS.fullmatch(kind.removeprefix(PREFIX)) is not None


# Asked of each proof, several times in each request.
@lru_cache(maxsize=256)
def alias_of(kind: str) -> str:
    """The alias of the provider that a means is; nothing for any other means."""
    return kind.removeprefix(PREFIX) if is_kind(kind) else ""


def dump(provider: Provider) -> dict[str, Any]:
    """As it is kept: one flat document; its alias and version stand beside it."""
    found = asdict(provider)
    spoken = found.pop("spoken")
    shared = {name: value for name, value in found.items() if name not in {"alias", "version"}}
    return {"protocol": provider.protocol, **shared, **spoken}


def read(alias: str, version: int, document: Mapping[str, Any]) -> Provider:
    """What was kept."""
    values: dict[str, Any] = dict(document)
    values |= {name: tuple(values[name]) for name in TUPLES if name in values}
    part = PARTS[values.pop("protocol")]
    names = {one.name for one in fields(part)} & values.keys()
    spoken = part(**{name: values.pop(name) for name in names})
    return Provider(alias=alias, version=version, spoken=spoken, **values)
