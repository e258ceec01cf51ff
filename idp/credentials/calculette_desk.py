# SPDX-License-Identifier: Apache-2.0
"""The host's side of the nomad reader (`connectors.ports.CalculetteStore`).

Nothing here depends on whether somebody exists: a challenge is shown to whoever is named, and the
answer of nobody is looked up, opened and judged like any other (CR-030, CR-031).
"""

import re
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from connectors.ports import Calculette, Challenge, Holder, Match
from idp.accounts import service as accounts
from idp.accounts.values import fold
from idp.clock import Entropy
from idp.credentials.calculette_challenges import CalculetteChallenges
from idp.credentials.calculettes import KIND, Calculettes, Standing
from idp.credentials.models import CardRow
from idp.crypto import KeyRing
from idp.db import Database, Found, Tx, table_of
from idp.lookup import Lookup

# As printed under the name on a card, in its certificate, and as middlewares show it.
CARD = re.compile(r"(?:[0-9A-Za-z]{3,8}-|[0-9]{10} ?/ ?)?([0-9]{10})", re.ASCII)
cards = table_of(CardRow)
OWNER = select(cards.c.account_id).where(cards.c.serial == bindparam("card"))
NOBODY = "nobody"
# What a reader that is not there is judged by; nobody knows what it would answer.
NO_SUITE = "OCRA-1:HOTP-SHA256-8:QN08"
NO_PLACE = {"table": "calculettes", "column": "secret", "row": "-"}


class CalculetteDesk:
    """Looks in short transactions of its own; judges nothing."""

    def __init__(
        self,
        database: Database,
        lookup: Lookup,
        ring: KeyRing,
        entropy: Entropy,
        calculettes: Calculettes,
        challenges: CalculetteChallenges,
    ) -> None:
        self._database = database
        self._lookup = lookup
        self._ring = ring
        self._calculettes = calculettes
        self._challenges = challenges
        self._no_secret = ring.seal(entropy.bytes(32), **NO_PLACE)

    def find(self, typed: str) -> str | None:
        """The account behind an identifier, an e-mail address or a card number."""
        with self._database.read() as tx:
            return self._owner(tx, typed)

    def spelling(self, typed: str) -> str:
        """A bare card number, or the name as accounts are looked for by."""
        return card_number(typed) or fold(typed)

    def lacks(self, account: str) -> str | None:
        """A reader that works: none, or that of a card which is over."""
        with self._database.read() as tx:
            found = {one.standing for one in self._calculettes.of_account(tx, account)}
        if Standing.USABLE in found:
            return None
        # A card that ran out is told before one that was withdrawn: a new one mends it.
        for over in (Standing.CARD_EXPIRED, Standing.CARD_REVOKED):
            if over in found:
                return str(over.value)
        return "not-set-up"

    def held(self, holder: Holder) -> Sequence[Calculette]:
        """The readers that work now, or one that answers nothing."""
        with self._database.read() as tx:
            account = holder.account or self._owner(tx, holder.typed)
            card = "" if holder.account else card_number(holder.typed)
            found = self._calculettes.usable(tx, account or NOBODY, card)
        if found:
            return found
        secret = self._ring.open(self._no_secret, **NO_PLACE)
        return [Calculette("", "", "ocra", NO_SUITE, secret)]

    def last(self, attempt: str, holder: Holder) -> Challenge | None:
        """The challenge last shown to them in this attempt."""
        with self._database.read() as tx:
            row = self._challenges.find(tx, attempt, self._hash(holder))
            return None if row is None else self._read(row)

    def issue(self, attempt: str, holder: Holder, instead: str = "") -> Challenge:
        """The live one, or a new one: whoever is named."""
        shown = None if instead else self.last(attempt, holder)
        if shown is not None and shown.left > 0:
            return shown
        with self._database.write() as tx:
            return self._read(self._challenges.issue(tx, attempt, self._hash(holder), instead))

    def take(self, attempt: str, holder: Holder, challenge: str) -> str | None:
        """The digits, for one judgement, counted before it."""
        with self._database.write() as tx:
            return self._challenges.take(tx, attempt, self._hash(holder), challenge)

    def spend(self, attempt: str, challenge: str) -> None:
        """No further answer to it is judged."""
        with self._database.write() as tx:
            self._challenges.spend(tx, attempt, challenge)

    def settle(self, attempt: str, challenge: str, held: Calculette, match: Match) -> bool:
        """End the challenge and take the count, both or neither; True for one caller."""
        with self._database.write() as tx:
            return self._challenges.end(tx, attempt, challenge) and self._calculettes.move_on(
                tx, held, match
            )

    def await_next(self, attempt: str, challenge: str, held: Calculette, match: Match) -> None:
        """End the challenge, and keep in mind what must follow its answer."""
        with self._database.write() as tx:
            if self._challenges.end(tx, attempt, challenge):
                self._calculettes.await_next(tx, held, match)

    def _owner(self, tx: Tx, typed: str) -> str | None:
        # Both are looked for, whatever was typed.
        named = accounts.find(tx, typed)
        row = tx.execute(OWNER, {"card": card_number(typed)}).first()
        return named if row is None else str(row.account_id)

    def _hash(self, holder: Holder) -> bytes:
        named = holder.account or f"typed {self.spelling(holder.typed)}"
        return self._lookup.hash(f"{KIND}|{named}")

    def _read(self, row: Found) -> Challenge:
        return Challenge(row.id, row.digits, self._challenges.left(row))


def card_number(typed: str) -> str:
    """The number of a card, however it is written; nothing for what is none."""
    found = CARD.fullmatch(typed.strip())
    return found[1] if found else ""
