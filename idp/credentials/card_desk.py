# SPDX-License-Identifier: Apache-2.0
"""The host's side of the card means (`connectors.ports.CardDesk`)."""

from collections.abc import Callable

from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.clock import Clock
from idp.credentials import cards, used_once
from idp.credentials.cards import Cards
from idp.credentials.challenges import SealedChallenges
from idp.db import Database, Tx
from idp.lookup import Lookup

# The means of a card in a reader.
KIND = "cps"
# AG-001: seconds for which a card may sign what it was asked to.
LIFE = 120


class CardDesk:
    """Who may come by card, what was signed already, and what its authority revoked."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lookup: Lookup,
        held: Cards,
        challenges: SealedChallenges,
        follow: Callable[[Tx, str], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._lookup = lookup
        self._cards = held
        self._challenges = challenges
        # What else ends where somebody's card was revoked.
        self._follow = follow

    def lacks(self, account: str) -> str | None:
        """A card names a person by a national identifier; patients carry none.

        One that has run out or was revoked is no reason: its successor may be in the reader.
        """
        with self._database.read() as tx:
            found = accounts.load(tx, account)
            if found is None or found.person.population is Population.PATIENT:
                return "no-such-card"
            if found.person.national_id or cards.of_account(tx, account):
                return None
        return "no-national-id"

    def take(self, challenge: bytes) -> bool:
        """Use a challenge up; False where it was used before."""
        hashed = self._lookup.hash(challenge.hex())
        keep_until = self._clock.now() + self._challenges.memory
        with self._database.write() as tx:
            return used_once.claim(tx, KIND, hashed, keep_until)

    def revoked(self, serial: str, certificate_serial: str) -> None:
        """Its authority has revoked this card: what stands on it ends as well."""
        with self._database.write() as tx:
            owner = self._cards.revoke_certificate(tx, serial, certificate_serial)
            if owner is not None:
                self._follow(tx, owner)
