# SPDX-License-Identifier: Apache-2.0
"""What follows when an authority has revoked cards that are bound here (XC-011).

Whenever a list has changed, the cards of its authority are gone through: those that it names are
revoked here, too, and the sessions that stand on them end. Any node does it, as often as it may
take: a list counts as gone through only once all of this is done.
"""

from sqlalchemy import bindparam, select

from idp.credentials.cards import Cards
from idp.credentials.models import CardRow
from idp.db import Database, Tx, table_of
from idp.login.elsewhere import Elsewhere
from idp.login.lost_cards import revoke
from idp.logs import get
from idp.trust.service import Trust

BATCH = 1000
cards = table_of(CardRow)
BOUND = (
    select(cards.c.serial, cards.c.certificate_serial)
    .where(
        cards.c.authority == bindparam("authority_"),
        cards.c.revoked_at.is_(None),
        cards.c.serial > bindparam("after"),
    )
    .order_by(cards.c.serial)
    .limit(BATCH)
)
log = get("cards")


class RevokedCards:
    """Goes through the cards; never inside a transaction."""

    def __init__(
        self, database: Database, cards: Cards, elsewhere: Elsewhere, trust: Trust
    ) -> None:
        self._database = database
        self._cards = cards
        self._elsewhere = elsewhere
        self._trust = trust

    def sweep(self) -> int:
        """Follow every list that has changed; answers how many cards were revoked."""
        with self._database.read() as tx:
            changed = self._trust.lists.unswept(tx)
        ended = 0
        for which, authority, version in changed:
            ended += self._follow(authority)
            with self._database.read() as tx:
                fallen = self._trust.fallen_below(tx, authority)
            ended += sum(self._follow(one, everything=True) for one in fallen)
            with self._database.write() as tx:
                self._trust.lists.note_swept(tx, which, version)
        if ended:
            log.warning("cards revoked by their authorities", count=ended)
        return ended

    def _follow(self, authority: str, *, everything: bool = False) -> int:
        after, ended = "", 0
        while True:
            with self._database.read() as tx:
                rows = tx.execute(BOUND, {"authority_": authority, "after": after}).all()
                bound = {row.serial: _number(row.certificate_serial) for row in rows}
                asked = [one for one in bound.values() if one]
                listed = self._trust.listed_among(tx, authority, asked)
            for serial, number in bound.items():
                if everything or number in listed:
                    with self._database.write() as tx:
                        ended += self._end(tx, serial)
            if len(rows) < BATCH:
                return ended
            after = rows[-1].serial

    def _end(self, tx: Tx, serial: str) -> bool:
        return revoke(tx, self._cards, self._elsewhere, serial) is not None


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0
