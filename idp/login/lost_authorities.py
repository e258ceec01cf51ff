# SPDX-License-Identifier: Apache-2.0
"""An authority that is believed no more takes the sessions with it that its cards have opened."""

from sqlalchemy import bindparam, exists, select

from idp.credentials.models import CardRow
from idp.db import Tx, table_of
from idp.grants.lasting import HELD
from idp.login.elsewhere import Elsewhere
from idp.login.lost_cards import end_sessions
from idp.origin import Origin
from idp.sessions.models import SessionRow
from idp.sessions.service import Ended
from idp.trust.authority import Authority
from idp.trust.service import Trust

WHY = "authority-removed"
cards, sessions = table_of(CardRow), table_of(SessionRow)
OPEN = exists().where(sessions.c.account_id == cards.c.account_id, sessions.c.ended_at.is_(None))
HOLDERS = (
    select(cards.c.account_id)
    .where(
        cards.c.authority.in_(bindparam("keys", expanding=True)),
        OPEN | cards.c.account_id.in_(HELD),
    )
    .distinct()
)


def remove(
    tx: Tx, trust: Trust, elsewhere: Elsewhere, authority: Authority, origin: Origin | None = None
) -> tuple[Ended, ...]:
    """Believe it no more, nor those that only it vouched for."""
    before = trust.believed(tx)
    trust.authorities.remove(tx, authority.certificate.fingerprint, origin)
    # Its own cards even where its time was over: they may have opened something before that.
    lost = (before | {authority.key_id}) - trust.believed(tx)
    if not lost:
        return ()
    found = tx.execute(HOLDERS, {"keys": sorted(lost)}).scalars().all()
    ended: list[Ended] = []
    for account in sorted(found):
        ended += end_sessions(tx, elsewhere, account, origin, WHY)
    return tuple(ended)
