# SPDX-License-Identifier: Apache-2.0
"""What waits in the outbox, opened."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from idp.db import table_of
from idp.messages.models import MessageRow
from tests.world import World

table = table_of(MessageRow)


@dataclass(frozen=True)
class Waiting:
    """A queued message, as its recipient will have it."""

    channel: str
    purpose: str
    recipient: str
    account: str | None
    locale: str
    values: dict[str, Any]


def waiting(world: World, purpose: str = "") -> list[Waiting]:
    """The queued messages of a purpose, oldest first."""
    with world.core.database.read() as tx:
        rows = tx.execute(select(table).where(table.c.state == "queued")).all()
    found = [_open(world, row) for row in rows]
    kept = [(row.created_at, row.id, one) for row, one in zip(rows, found, strict=True)]
    return [one for _at, _id, one in sorted(kept, key=lambda each: each[:2])
            if purpose in {"", one.purpose}]  # fmt: skip


def _open(world: World, row: Any) -> Waiting:
    def unseal(column: str) -> str:
        sealed = getattr(row, column)
        return world.core.ring.open(sealed, table="messages", column=column, row=row.id).decode()

    content = json.loads(unseal("content"))
    return Waiting(
        row.channel,
        row.purpose,
        unseal("recipient"),
        row.account_id,
        content["locale"],
        content["values"],
    )
