# SPDX-License-Identifier: Apache-2.0
"""What an administrator may see of a message: everything but its content and whole recipient."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from idp.db import Found, Tx
from idp.messages.statements import table

c = table.c
COLUMNS = (
    c.id,
    c.state,
    c.channel,
    c.purpose,
    c.account_id,
    c.shown,
    c.created_at,
    c.next_at,
    c.worthless_at,
    c.ended_at,
    c.tries,
    c.provider_ref,
    c.fault,
)
ONE = select(*COLUMNS).where(c.id == bindparam("message"))
COUNTS = select(c.channel, c.state, func.count().label("number")).group_by(c.channel, c.state)
HASTEN = (
    update(table)
    .where(c.id == bindparam("message"), c.state == "queued")
    .values(next_at=bindparam("now"))
    .returning(c.id)
)


@dataclass(frozen=True, slots=True)
class Record:
    """One message, as far as it may be seen."""

    id: str
    state: str
    channel: str
    purpose: str
    account: str | None
    # Enough to recognise one's own.
    recipient: str
    created_at: int
    # The next try; None where there is none.
    next_at: int | None
    worthless_at: int
    ended_at: int | None
    tries: int
    provider_ref: str | None
    fault: str


def listed(tx: Tx, *, state: str = "", channel: str = "", most: int = 50) -> list[Record]:
    """The newest messages, of one state or channel where asked."""
    statement = select(*COLUMNS).order_by(c.created_at.desc(), c.id).limit(most)
    if state:
        statement = statement.where(c.state == state)
    if channel:
        statement = statement.where(c.channel == channel)
    return [read(row) for row in tx.execute(statement).all()]


def load(tx: Tx, message: str) -> Record | None:
    """One message."""
    row = tx.execute(ONE, {"message": message}).first()
    return read(row) if row else None


def counts(tx: Tx) -> dict[tuple[str, str], int]:
    """How many there are, by channel and state."""
    rows = tx.execute(COUNTS).all()
    return {(row.channel, row.state): row.number for row in rows}


def hasten(tx: Tx, message: str, now: int) -> bool:
    """Make a message that waits for its next try due at once."""
    return tx.execute(HASTEN, {"message": message, "now": now}).first() is not None


def read(row: Found) -> Record:
    """A row as it may be seen."""
    return Record(
        id=row.id,
        state=row.state,
        channel=row.channel,
        purpose=row.purpose,
        account=row.account_id,
        recipient=row.shown,
        created_at=row.created_at,
        next_at=row.next_at if row.ended_at is None else None,
        worthless_at=row.worthless_at,
        ended_at=row.ended_at,
        tries=row.tries,
        provider_ref=row.provider_ref,
        fault=row.fault,
    )
