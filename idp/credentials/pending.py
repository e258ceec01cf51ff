# SPDX-License-Identifier: Apache-2.0
"""Secrets that a page shows again for a while: sealed, and only in the session that asked.

A seed that somebody else's session began is never offered for confirmation: it would be known to
them.
"""

from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock
from idp.credentials.models import PendingRow
from idp.crypto import KeyRing
from idp.db import Tx, table_of

LIFE: Final = 900
# Clocks of several nodes differ a little. What lies further ahead is from before a clock was set
# back, and must not live again (RL-09).
DRIFT: Final = 120
table = table_of(PendingRow)
NEW = upsert(table)
CHANGED = ("account_id", "content", "created_at", "expires_at")
PUT = NEW.on_conflict_do_update(
    index_elements=["session_id", "purpose"], set_={name: NEW.excluded[name] for name in CHANGED}
)
KEPT = (table.c.session_id == bindparam("session")) & (table.c.purpose == bindparam("purpose_"))
ALIVE = (
    KEPT
    & (table.c.account_id == bindparam("account"))
    & (table.c.expires_at > bindparam("now"))
    & (table.c.created_at <= bindparam("latest"))
)
FIND = select(table.c.content).where(ALIVE)
# RETURNING: of two that take the same thing, one gets it.
TAKE = delete(table).where(ALIVE).returning(table.c.content)
DROP = delete(table).where(KEPT)
DROP_ALL = delete(table).where(
    table.c.account_id == bindparam("account"), table.c.purpose == bindparam("purpose_")
)
FORGET = delete(table).where(table.c.expires_at < bindparam("now"))


class Pending:
    """Keeps, shows again, and drops."""

    def __init__(self, clock: Clock, ring: KeyRing) -> None:
        self._clock = clock
        self._ring = ring

    def keep(self, tx: Tx, purpose: str, session: str, account: str, content: str) -> None:
        """Keep something for a quarter of an hour; what was there for this purpose goes."""
        now = self._clock.now()
        row = {
            "session_id": session,
            "purpose": purpose,
            "account_id": account,
            "content": self._ring.seal(content.encode(), **_place(purpose, session)),
            "created_at": now,
            "expires_at": now + LIFE,
        }
        tx.execute(PUT, row)

    def find(self, tx: Tx, purpose: str, session: str, account: str) -> str | None:
        """What is kept for this purpose in this session of the account."""
        sealed = tx.execute(FIND, self._known(purpose, session, account)).scalar()
        return self._open(sealed, purpose, session)

    def take(self, tx: Tx, purpose: str, session: str, account: str) -> str | None:
        """The same, for the one who takes it away."""
        sealed = tx.execute(TAKE, self._known(purpose, session, account)).scalar()
        return self._open(sealed, purpose, session)

    def drop(self, tx: Tx, purpose: str, session: str) -> None:
        """Show it no more."""
        tx.execute(DROP, {"purpose_": purpose, "session": session})

    def drop_all(self, tx: Tx, purpose: str, account: str) -> None:
        """Show it no more in any session of the account."""
        tx.execute(DROP_ALL, {"purpose_": purpose, "account": account})

    def forget_old(self, tx: Tx) -> None:
        """Drop what nobody may see any more."""
        tx.execute(FORGET, {"now": self._clock.now()})

    def _known(self, purpose: str, session: str, account: str) -> dict[str, str | int]:
        now = self._clock.now()
        known = {"purpose_": purpose, "session": session, "account": account}
        return known | {"now": now, "latest": now + DRIFT}

    def _open(self, sealed: str | None, purpose: str, session: str) -> str | None:
        if sealed is None:
            return None
        return self._ring.open(sealed, **_place(purpose, session)).decode()


def _place(purpose: str, session: str) -> dict[str, str]:
    return {"table": "pending_secrets", "column": "content", "row": f"{session}|{purpose}"}
