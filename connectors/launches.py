# SPDX-License-Identifier: Apache-2.0
"""Launches as the means of launches and its host speak of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from connectors.base import Level

# With which a program may sign; each is registered with one of them.
ALGORITHMS: Final = ("ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")


class LaunchFault(StrEnum):
    """What is wrong with a launch: one word for the program and for whoever connects it."""

    FORM = "form"
    TYPE = "typ"
    HEADER = "header"
    ISSUER = "iss"
    ALGORITHM = "alg"
    KEY = "kid"
    KEYS_NOT_READ = "keys"
    SIGNATURE = "signature"
    AUDIENCE = "aud"
    TIMES = "times"
    FUTURE = "future"
    OLD = "old"
    NAME = "jti"
    REPLAYED = "replayed"
    PERSON = "sub"
    NOT_THEIRS = "perimeter"
    NAMES = "names"
    APPLICATION = "application"
    PATIENT = "patient"
    # Of what is registered here.
    DISABLED = "disabled"
    NOT_ALLOWED = "not-allowed"
    MEANS = "means"
    LEVEL = "level"
    NO_CONTEXT = "no-context"


@dataclass(frozen=True, slots=True)
class LaunchSource:
    """A program that may say who is at work in it, as an administrator registered it."""

    key: str
    issuer: str
    establishment: str
    algorithm: str
    # One of these three says with what it signs: a set of keys, where one is, or a certificate.
    keys: str = ""
    keys_address: str = ""
    certificate: str = ""
    # How the national identifiers begin that it may name; nothing for the usual.
    numbers: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Launch:
    """Word of a program: who is at work in it, and where they want to go."""

    source: str
    # Its own, among all that its source sends; remembered until the last moment it could be sent.
    name: str
    until: int
    application: str
    national_id: str = field(repr=False)
    first_name: str = field(repr=False, default="")
    last_name: str = field(repr=False, default="")
    # The file that they were looking at; nothing where there was none.
    patient: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A launch that was taken: what it is worth, and where."""

    launch: Launch
    level: Level
    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotLaunched:
    """What is wrong with it; its source, where that one has signed it."""

    fault: LaunchFault
    source: LaunchSource | None = None
    # Whose it says it is, where nobody has proved it.
    claimed: str = ""


class LaunchDesk(Protocol):
    """Programs and their launches, as their host keeps them."""

    def source(self, issuer: str) -> LaunchSource | None:
        """The program of this name, closed ones included."""

    def source_by_key(self, key: str) -> LaunchSource | None:
        """The same, by the key that it has here."""

    def take(self, launch: str, journey: str) -> Taken | None:
        """Take one that leads to this journey; None where there is none.

        Once, and only as long as its source and its way are open.
        """
