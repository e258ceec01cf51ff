# SPDX-License-Identifier: Apache-2.0
"""Who came, as Pro Santé Connect tells of them."""

from typing import Final

from connectors.base import Level
from connectors.capabilities import Introduction
from connectors.introduced import Read
from connectors.openid.provider import Told
from connectors.prosante.person import read_person
from connectors.prosante.worth import UNTOLD, Worth

# Whose word it is; no card's, which say so themselves.
FAMILY: Final = "psc"


class ProSanteReader:
    """Pro Santé Connect."""

    untold: Final = UNTOLD

    def __init__(self, worth: Worth) -> None:
        self._worth = worth

    @property
    def highest(self) -> Level:
        """The most that any of its ways is worth."""
        return self._worth.highest

    def read(self, told: Told) -> Read | str:
        """The professional; by the national identifier and nothing else."""
        person = read_person(told.told)
        if isinstance(person, str):
            return person
        if self._worth.excludes(told):
            return "authMode"
        level, methods = self._worth.of(told)
        who = Introduction(
            national_id=person.national_id,
            family=FAMILY,
            first_name=person.first_name,
            last_name=person.last_name,
            practices=person.practices,
        )
        return Read(who, level, methods)
