# SPDX-License-Identifier: Apache-2.0
"""Statements on the outbox, the same on both databases.

queued → sending → sent → delivered, or failed, or worthless. `next_at` is the moment at which
something is to be done next: a try, the end of a lease, and, once it is over, the moment it ended.
"""

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, delete, or_, select, update

from idp.clock import DRIFT
from idp.db import table_of
from idp.messages.models import MessageRow

table = table_of(MessageRow)
c = table.c
OVER = ("sent", "delivered", "failed", "worthless")
BATCH = 500

WAITING = or_(c.state == "queued", c.state == "sending")
# After a clock was set back, what was queued "in the future" is due at once (RL-09).
DUE = or_(
    and_(c.state == "queued", or_(c.next_at <= bindparam("now"), c.created_at > bindparam("now"))),
    # Its worker was killed, or has lost its way: the lease is over. So is one from the future,
    # but for what clocks of several nodes differ: its worker may be at it.
    and_(
        c.state == "sending",
        or_(
            c.next_at <= bindparam("now"), c.created_at > bindparam("now", type_=BigInteger) + DRIFT
        ),
    ),
)
ANY_DUE = select(c.id).where(DUE).limit(1)
# A CTE that locks is never folded into the update: PostgreSQL would lock more than the limit.
# Others' rows are skipped there; SQLite has one writer.
CHOSEN = (
    select(c.id)
    .where(c.channel == bindparam("channel_"), DUE, c.worthless_at > bindparam("now"))
    .order_by(c.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("chosen")
)
CLAIM = (
    update(table)
    .where(c.id.in_(select(CHOSEN.c.id)))
    .values(
        state="sending",
        taken_by=bindparam("worker"),
        taken_until=bindparam("until"),
        next_at=bindparam("until"),
        tries=c.tries + 1,
        created_at=case((c.created_at > bindparam("now"), bindparam("now")), else_=c.created_at),
    )
    .returning(
        c.id,
        c.channel,
        c.purpose,
        c.account_id,
        c.recipient,
        c.content,
        c.created_at,
        c.worthless_at,
        c.tries,
    )
)
OWN = and_(c.id == bindparam("message"), c.state == "sending", c.taken_by == bindparam("worker_"))
ERASED = {"recipient": None, "content": None, "taken_by": None, "taken_until": 0}
ENDED: dict[str, Any] = ERASED | {"ended_at": bindparam("now"), "next_at": bindparam("now")}
# Whoever holds it now: it has been sent, and who has not begun yet need not.
SENT = (
    update(table)
    .where(c.id == bindparam("message"), WAITING)
    .values(state="sent", provider_ref=bindparam("ref"), fault="", **ENDED)
    .returning(c.id)
)
LATER = (
    update(table)
    .where(OWN)
    .values(
        state="queued",
        next_at=bindparam("again_at"),
        fault=bindparam("why"),
        taken_by=None,
        taken_until=0,
    )
    .returning(c.id)
)
FAILED = update(table).where(OWN).values(state="failed", fault=bindparam("why"), **ENDED)
FAILED = FAILED.returning(c.id)
DROPPED = delete(table).where(OWN).returning(c.id)
# Also those that nobody can send, since there is no sender.
LOST = (
    select(c.id)
    .where(WAITING, c.next_at <= bindparam("now"), c.worthless_at <= bindparam("now"))
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("lost")
)
WORTHLESS = (
    update(table)
    .where(c.id.in_(select(LOST.c.id)))
    .values(state="worthless", **ENDED)
    .returning(c.id, c.channel, c.purpose, c.account_id, c.tries)
)
# What the provider reports later. Forward only: what was delivered stays so.
DELIVERED = (
    update(table)
    .where(c.id == bindparam("message"), c.state != "delivered")
    .values(state="delivered", fault="", **ENDED)
    .returning(c.id, c.channel, c.purpose, c.account_id)
)
UNDELIVERED = (
    update(table)
    .where(c.id == bindparam("message"), or_(c.state == "sent", c.state == "sending"))
    .values(state="failed", fault=bindparam("why"), **ENDED)
    .returning(c.id, c.channel, c.purpose, c.account_id)
)
OLD = select(c.id).where(
    or_(*(c.state == state for state in OVER)), c.next_at < bindparam("before")
)
OLD_MESSAGES = delete(table).where(c.id.in_(OLD.limit(BATCH))).returning(c.id)
