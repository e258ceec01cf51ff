# SPDX-License-Identifier: Apache-2.0
"""Who came, from what a provider tells: one reader for each way of telling."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from connectors.base import Level
from connectors.capabilities import Introduction
from connectors.openid.provider import Told
from connectors.prosante.person import read_person
from connectors.prosante.worth import UNTOLD, Worth


@dataclass(frozen=True, slots=True)
class Read:
    """A person, and what their login was worth."""

    who: Introduction = field(repr=False)
    level: Level
    methods: tuple[str, ...]


class Reader(Protocol):
    """How one provider is read."""

    @property
    def highest(self) -> Level:
        """The most that a login there is worth."""

    @property
    def untold(self) -> tuple[str, ...]:
        """The methods of a login of which it does not tell by what."""

    def read(self, told: Told) -> Read | str:
        """The person, or the name of what can't be read."""


# Whose word it is; no card's, which say so themselves.
FAMILY: Final = "pro-sante-connect"


class ProSanteReader:
    """Pro Santé Connect."""

    untold: Final = UNTOLD

    def __init__(self, worth: Worth) -> None:
        self._worth = worth

    @property
    def highest(self) -> Level:
        """The most that either of its ways is worth."""
        return self._worth.highest

    def read(self, told: Told) -> Read | str:
        """The professional; by the national identifier and nothing else."""
        person = read_person(told.told)
        if isinstance(person, str):
            return person
        level, methods = self._worth.of(told)
        who = Introduction(
            national_id=person.national_id,
            family=FAMILY,
            first_name=person.first_name,
            last_name=person.last_name,
            practices=person.practices,
        )
        return Read(who, level, methods)
