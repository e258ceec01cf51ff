# SPDX-License-Identifier: Apache-2.0
"""What follows when a card has left its reader: the session that hangs on it ends, everywhere.

An application may say that it does not mind. Where all that were opened in a session say so, the
session goes on, but its card proves level 3 no longer.
"""

from dataclasses import dataclass

from connectors.base import Level
from idp.applications.service import Applications
from idp.credentials.card_desk import KIND as CARD
from idp.db import Database, Tx
from idp.login.leave import Leaving
from idp.sessions.presences import Heard, Presence, Presences, name_of
from idp.sessions.service import Ended, Sessions

REMOVED = "card-removed"
UNHEARD = "card-unheard"


@dataclass(frozen=True, slots=True)
class Over:
    """A session that ended with its card."""

    account: str
    ended: Ended


class Absence:
    """Hears of cards, and draws the consequence."""

    def __init__(
        self,
        database: Database,
        presences: Presences,
        sessions: Sessions,
        applications: Applications,
        leaving: Leaving,
    ) -> None:
        self._database = database
        self._presences = presences
        self._sessions = sessions
        self._applications = applications
        self._leaving = leaving

    def hear(self, public_key: bytes, sequence: int, *, present: bool) -> Heard:
        """An agent's word on a card, its signature verified."""
        # Anybody can make a key and speak with it: nothing is written for one that nobody knows.
        with self._database.read() as tx:
            standing = self._presences.standing(tx, public_key)
        if standing is not None:
            return standing
        with self._database.write() as tx:
            if not present:
                self._hold(tx, name_of(public_key))
            heard = self._presences.hear(tx, public_key, sequence)
            if present or heard is not Heard.NOTED:
                return heard
            gone = self._presences.end(tx, public_key, "removed")
            over = self._follow(tx, gone, REMOVED) if gone else None
        if over is not None:
            self._leaving.tell_all(over.account, [over.ended])
        return heard

    def look(self) -> int:
        """Give up the cards of which nothing was heard; answers how many.

        Their applications are told by whoever delivers messages: one of them that does not answer
        must not hold up the end of the other sessions.
        """
        with self._database.read() as tx:
            found = self._presences.unheard(tx)
        for name in found:
            with self._database.write() as tx:
                self._hold(tx, name)
                gone = self._presences.end_unheard(tx, name)
                if gone is not None:
                    self._follow(tx, gone, UNHEARD)
        return len(found)

    def _hold(self, tx: Tx, name: str) -> None:
        """The session first, as a login does: two that wait for one another would both fail."""
        session = self._presences.session_of(tx, name)
        if session is not None:
            self._sessions.hold(tx, session)

    def _follow(self, tx: Tx, gone: Presence, why: str) -> Over | None:
        opened = self._sessions.opened_in(tx, gone.session)
        found = [self._applications.load(tx, one.application) for one in opened]
        if found and all(one is not None and one.policy.card_presence == "off" for one in found):
            self._sessions.weaken(tx, gone.session, CARD, Level.TWO_FACTORS)
            return None
        account = self._sessions.holder(tx, gone.session)
        if account is None or not self._sessions.end(tx, gone.session, why):
            return None
        return Over(account, Ended(gone.session, opened))
