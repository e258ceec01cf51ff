# SPDX-License-Identifier: Apache-2.0
"""A card that is good no longer takes the sessions with it that it has opened (XC-011)."""

from idp.db import Tx
from idp.origin import Origin
from idp.sessions.service import Ended, Sessions

# Means that prove nothing without the card.
ON_THE_CARD = frozenset({"cps", "calculette"})
WHY = "card-revoked"


def end_sessions(
    tx: Tx, sessions: Sessions, account: str, origin: Origin | None = None
) -> tuple[Ended, ...]:
    """End what a card has opened, or lifted, for its owner.

    Which card opened a session is not kept: all that were opened by one of theirs.
    """
    ended = []
    for one in sessions.of_account(tx, account, even_idle=True):
        opened = sessions.opened_in(tx, one.id)
        if not ON_THE_CARD.isdisjoint(one.means) and sessions.end(tx, one.id, WHY, origin):
            ended.append(Ended(one.id, opened))
    return tuple(ended)
