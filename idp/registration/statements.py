# SPDX-License-Identifier: Apache-2.0
"""What is asked of the table of requests beside one request by its id; dropping what is over."""

from typing import Final

from sqlalchemy import bindparam, case, delete, select

from idp.db import Tx, table_of
from idp.registration.models import (
    RequestEventRow,
    RequestLinkRow,
    RequestPuzzleRow,
    RequestRow,
)

BATCH: Final = 200
table = table_of(RequestRow)
links = table_of(RequestLinkRow)
# What ends by itself where nobody goes on with it: the words of `values.Stage`.
PASSING = ("draft", "unconfirmed", "returned")
EMAIL = select(table.c.email).where(table.c.id == bindparam("request"))
# One whose mailbox was confirmed comes first: anybody may type somebody else's address.
NEWEST = (
    select(table.c.id)
    .where(
        table.c.email == bindparam("address"),
        table.c.state.in_((*PASSING, "pending")),
        (table.c.state == "pending") | (table.c.expires_at > bindparam("now")),
    )
    .order_by(
        case((table.c.submitted_at.is_(None), 1), else_=0),
        table.c.updated_at.desc(),
        table.c.id,
    )
    .limit(1)
)
OF_ACCOUNT = (
    select(table.c.id)
    .where(table.c.account_id == bindparam("account"), table.c.state == "approved")
    .order_by(table.c.submitted_at.desc(), table.c.id)
    .limit(5)
)
OVER = (
    select(table.c.id)
    .where(
        # What somebody gave up goes a little later, by the same column.
        table.c.state.in_((*PASSING, "abandoned")),
        table.c.expires_at < bindparam("before"),
    )
    .order_by(table.c.expires_at, table.c.id)
    .limit(BATCH)
    # Whoever goes on with one at this very moment keeps it.
    .with_for_update(skip_locked=True)
)
PARTS = tuple(
    delete(one).where(one.c.request == bindparam("request_"))
    for one in (table_of(RequestEventRow), links, table_of(RequestPuzzleRow))
)
DROP = delete(table).where(table.c.id == bindparam("request_"))
FORGET_LINKS = delete(links).where(links.c.request == bindparam("request_"))
OLD_LINKS = delete(links).where(links.c.expires_at < bindparam("before"))


def email_of(tx: Tx, request: str) -> str:
    """The address that a request was last sent with, folded."""
    found: str | None = tx.execute(EMAIL, {"request": request}).scalar()
    return found or ""


def newest(tx: Tx, address: str, now: int) -> str | None:
    """The request of a mailbox that somebody would go on with."""
    if not address:
        return None
    found: str | None = tx.execute(NEWEST, {"address": address, "now": now}).scalar()
    return found


def of_account(tx: Tx, account: str) -> list[str]:
    """The requests that led to an account, the newest first."""
    return list(tx.execute(OF_ACCOUNT, {"account": account}).scalars())


def forget_links(tx: Tx, request: str) -> None:
    """Drop all links of a request."""
    tx.execute(FORGET_LINKS, {"request_": request})


def forget_old(tx: Tx, before: int) -> int:
    """Drop one batch of what nobody went on with, and links that are over; answers how many."""
    gone = [row.id for row in tx.execute(OVER, {"before": before}).all()]
    for request in gone:
        for statement in (*PARTS, DROP):
            tx.execute(statement, {"request_": request})
    tx.execute(OLD_LINKS, {"before": before})
    return len(gone)
