# SPDX-License-Identifier: Apache-2.0
"""What was sent to a person, as far as they may see it: never the content."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.db import Tx, table_of
from idp.messages.models import MessageRow

table = table_of(MessageRow)
SENT = select(
    table.c.channel, table.c.purpose, table.c.shown, table.c.state, table.c.created_at
).where(
    table.c.account_id == bindparam("account"),
    # What applications are told of a logout is no letter to a person.
    table.c.channel != "logout",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: by which way, about what, to whom, and what became of it."""

    channel: str
    purpose: str
    shown: str
    state: str
    at: int


def sent_to(tx: Tx, account: str) -> list[Sent]:
    """The messages that are still kept, the latest first."""
    found = [Sent(*row) for row in tx.execute(SENT, {"account": account}).all()]
    return sorted(found, key=lambda one: (-one.at, one.purpose))
