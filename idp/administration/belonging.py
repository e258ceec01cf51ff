# SPDX-License-Identifier: Apache-2.0
"""Where somebody works and which establishments they administer, as applications are told of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.base import Level
from idp.accounts import establishments
from idp.accounts.establishments import Establishment, Standing
from idp.accounts.values import Population
from idp.administration.authority import Authorities
from idp.administration.rights import Role
from idp.db import Tx
from idp.sessions.values import Proof


@dataclass(frozen=True, slots=True)
class Belonging:
    """Open establishments alone."""

    works_for: tuple[Establishment, ...] = ()
    administers: tuple[Establishment, ...] = ()


NOWHERE = Belonging()


class Belongings:
    """Reads it."""

    def __init__(self, authorities: Authorities) -> None:
        self._authorities = authorities

    def of(
        self, tx: Tx, account: str, population: Population, proofs: Iterable[Proof]
    ) -> Belonging:
        """Of whoever came by these proofs."""
        if population is Population.PATIENT:
            # Where a patient belongs is where they were treated: no application's business.
            return NOWHERE
        works_for = _open(tx, establishments.served(tx, account))
        # A role counts from two factors on (SPEC §6), and nowhere more than at the console.
        level = self._authorities.level_of(proofs) or Level.PASSWORD
        held = self._authorities.held_by(tx, account) if level >= Level.TWO_FACTORS else ()
        keys = [one.establishment for one in held if one.role is Role.ESTABLISHMENT]
        return Belonging(works_for, _open(tx, keys))


def _open(tx: Tx, keys: Iterable[str]) -> tuple[Establishment, ...]:
    found = (establishments.load(tx, key) for key in keys)
    return tuple(one for one in found if one and one.state is Standing.ACTIVE)
