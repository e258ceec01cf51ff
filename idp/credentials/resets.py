# SPDX-License-Identifier: Apache-2.0
"""When a forgotten password was last renewed, and by which channel.

CR-044: whoever reads somebody's mail gets a password by it. For a while the same mail proves
nothing beside that password.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select, update

from idp.credentials.models import PasswordRow
from idp.db import Tx, table_of

HOLDS: Final = 86_400
table = table_of(PasswordRow)
FIND = select(table.c.reset_at, table.c.reset_by).where(table.c.account_id == bindparam("account"))
NOTE = (
    update(table)
    .where(table.c.account_id == bindparam("account"))
    .values(reset_at=bindparam("now"), reset_by=bindparam("channel"))
)


@dataclass(frozen=True, slots=True)
class Spent:
    """A channel that proves nothing more for now, and until when."""

    channel: str
    until: int


def note(tx: Tx, account: str, channel: str, now: int) -> None:
    """A forgotten password was renewed by this channel."""
    tx.execute(NOTE, {"account": account, "channel": channel, "now": now})


def spent(tx: Tx, account: str, now: int) -> Spent | None:
    """The channel that renewed the password lately."""
    row = tx.execute(FIND, {"account": account}).first()
    if row is None or not row.reset_by:
        return None
    # After a clock was set back it counts as of now, and not for years.
    until = min(row.reset_at, now) + HOLDS
    return Spent(row.reset_by, until) if until > now else None
