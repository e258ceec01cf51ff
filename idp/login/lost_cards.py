# SPDX-License-Identifier: Apache-2.0
"""A card that is good no longer takes the sessions with it that it has opened (XC-011)."""

from dataclasses import dataclass

from idp.credentials import calculettes
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.cards import Cards
from idp.db import Tx
from idp.login.elsewhere import Elsewhere
from idp.origin import Origin
from idp.sessions.service import Ended

# Means that prove nothing without the card.
ON_THE_CARD = frozenset({CARD, calculettes.KIND})
WHY = "card-revoked"


@dataclass(frozen=True, slots=True)
class Lost:
    """A card that was good until now: whose it is, and what has ended with it."""

    account: str
    ended: tuple[Ended, ...]


def revoke(
    tx: Tx,
    cards: Cards,
    elsewhere: Elsewhere,
    serial: str,
    origin: Origin | None = None,
    by: str = "",
) -> Lost | None:
    """End a card for good, and what stands on it; None where there was nothing to end.

    `by` names the administrator who does so.
    """
    account = cards.revoke(tx, serial, origin, by)
    return Lost(account, end_sessions(tx, elsewhere, account, origin)) if account else None


def end_sessions(
    tx: Tx, elsewhere: Elsewhere, account: str, origin: Origin | None = None, why: str = WHY
) -> tuple[Ended, ...]:
    """End what a card has opened, or lifted, for its owner.

    Which card opened a session is not kept: all that were opened by one of theirs.
    """
    return elsewhere.end_by(tx, account, ON_THE_CARD, why, origin)
