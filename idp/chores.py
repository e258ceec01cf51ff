# SPDX-License-Identifier: Apache-2.0
"""What a serving process does beside serving: rotate keys that are due, forget what is over."""

import threading

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import SQLAlchemyError

from idp.credentials import used_once
from idp.db import Tx, table_of
from idp.errors import Breakdown
from idp.grants.models import TokenRow
from idp.http.services import Core
from idp.logs import get

log = get("chores")
EVERY = 60.0
BATCH = 500
DAY = 86_400
tokens = table_of(TokenRow)
# In small batches, so that nobody waits long behind them (RL-27). A used refresh token is kept
# until it would have expired: its reuse must still be recognised.
OLD_TOKENS = delete(tokens).where(
    tokens.c.hash.in_(
        select(tokens.c.hash).where(tokens.c.expires_at < bindparam("before")).limit(BATCH)
    )
)


class Chores:
    """A thread that looks every minute."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chores", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, soon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.do()
            except (SQLAlchemyError, Breakdown) as fault:
                log.warning("chores failed", why=type(fault).__name__)

    def do(self) -> None:
        """All of it, once."""
        core = self._core
        now = core.clock.now()
        with core.database.write() as tx:
            rotated = core.signing.rotate_due(tx)
        if rotated:
            core.keys.reload()
        with core.database.write() as tx:
            core.journeys.forget_old(tx)
            used_once.forget_expired(tx, now)
            forget_tokens(tx, now - DAY)


def forget_tokens(tx: Tx, before: int) -> None:
    """Drop tokens that expired long ago."""
    tx.execute(OLD_TOKENS, {"before": before})
