# SPDX-License-Identifier: Apache-2.0
"""Telling people that their password ends soon: 15, 7 and 1 days before, once each."""

from idp.accounts import service as accounts
from idp.clock import Clock
from idp.credentials.expiry import Ending, expiring
from idp.credentials.policies import Policies
from idp.db import Database, Tx
from idp.messages.outbox import Message, Outbox

# Where the person changes it.
PAGE = "/account/password"


class EndingSoon:
    """Finds them and queues their messages, a batch in each transaction."""

    def __init__(
        self, database: Database, clock: Clock, policies: Policies, outbox: Outbox, issuer: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies
        self._outbox = outbox
        self._link = issuer + PAGE

    def tell(self, most: int) -> int:
        """Tell at most so many; how many there were, with an address or without."""
        now = self._clock.now()
        with self._database.write() as tx:
            found = list(expiring(tx, self._policies, now, most))
            for one in found:
                self._tell(tx, one, now)
        return len(found)

    def _tell(self, tx: Tx, ending: Ending, now: int) -> None:
        account = accounts.load(tx, ending.account)
        if account is None or not account.person.email:
            return
        person = account.person
        # A later warning takes the place of one that has not left yet.
        self._outbox.withdraw(tx, account.id, "password-expiry")
        values: dict[str, str | int] = {
            "name": person.display_name,
            "days": ending.days_left(now),
            "link": self._link,
        }
        worth = ending.ends_at - now
        self._outbox.put(
            tx,
            Message(
                "email", "password-expiry", person.email, account.id, person.locale, worth, values
            ),
        )
