# SPDX-License-Identifier: Apache-2.0
"""Statements on requests that lie on phones, the same on both databases.

new → asking → waiting → accepted, or refused, expired, not-reached, not-believed; unknown looks
like waiting until its time is over. dropped and overtaken end it from here. What an application
asks has an approval that waits for it, and no journey. `due_at` is the moment of the next question,
or the end of the lease of whoever asks it.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from idp.clock import DRIFT
from idp.db import table_of
from idp.grants.models import ApprovalRow
from idp.login.models import JourneyRow, PhoneRequestRow

# So long may an answer wait for its browser.
KEEP: Final = 120
table = table_of(PhoneRequestRow)
journeys = table_of(JourneyRow)
approvals = table_of(ApprovalRow)
c = table.c
NOW: Any = bindparam("now", type_=BigInteger)
ADD = insert(table)
# Of a clock that was set back: what was made "in the future" is over (RL-09).
OPEN = and_(c.is_open == 1, c.created_at <= NOW + DRIFT)
ENDED: dict[str, Any] = {"is_open": 0, "handle": "", "decided_at": bindparam("now")}
# What no page shows any more: still on the phone, or not.
GONE: Final = ("dropped", "over")
# Whoever begins again waits for the new one alone; and an answer that nobody took is none.
DROP = (
    update(table)
    .where(c.journey == bindparam("journey_"), c.taken_at.is_(None), c.state.not_in(GONE))
    .values(state=case((c.is_open == 1, "dropped"), else_="over"), heard="", **ENDED)
)
# Whoever is known, whoever types the same number, and applications are kept apart
# (`idp.login.phone_desk`).
OF_ANY = or_(*(c.person == bindparam(one) for one in ("person_", "beside_", "further_")))
# One request a person: the newest. An answer to another is not waited for any more.
OVERTAKE = update(table).where(OF_ANY, c.is_open == 1).values(state="overtaken", **ENDED)
# As many as may lie on the phone: no provider takes one back that is given up here (OA-145).
ON_PHONE = select(func.count()).where(
    OF_ANY,
    c.expires_at > NOW,
    c.state.in_(("new", "asking", "waiting", "unknown", "dropped", "overtaken")),
)
LAST = (
    select(c.id, c.state, c.number, c.created_at, c.expires_at, c.decided_at)
    .where(c.journey == bindparam("journey_"), c.state.not_in(GONE), c.taken_at.is_(None))
    .order_by(c.created_at.desc())
    .limit(1)
)
# The same for the page itself, in the browser that waits.
LOOK = LAST.join(journeys, journeys.c.id == c.journey).where(
    journeys.c.browser_hash == bindparam("browser_")
)
# And the one by which an application asks, for the page of the person.
FOR_APPROVAL = (
    select(c.id, c.state, c.number, c.whom, c.created_at, c.expires_at, c.decided_at)
    .where(c.approval == bindparam("approval_"), c.state.not_in(GONE))
    .order_by(c.created_at.desc())
    .limit(1)
)
# Once, by whoever is first; and not long after.
TAKE = (
    update(table)
    .where(
        c.journey == bindparam("journey_"),
        c.state == "accepted",
        c.taken_at.is_(None),
        c.decided_at > NOW - KEEP,
        c.decided_at <= NOW + DRIFT,
    )
    .values(taken_at=bindparam("now"))
    .returning(c.id, c.heard)
)
EMPTY = update(table).where(c.id == bindparam("request")).values(heard="", whom="")
# Nobody waits for those of a journey that has ended, nor of what was decided on a page.
AWAITED = or_(
    exists().where(
        journeys.c.id == c.journey, journeys.c.finished_at.is_(None), journeys.c.expires_at > NOW
    ),
    exists().where(
        approvals.c.name == c.approval,
        approvals.c.state == "waiting",
        approvals.c.expires_at > NOW,
    ),
)
DUE = and_(OPEN, c.due_at <= NOW, AWAITED)
ANY_DUE = select(c.id).where(DUE).limit(1)
# A CTE that locks is never folded into the update: PostgreSQL would lock more than the limit.
CHOSEN = (
    select(c.id)
    .where(DUE)
    .order_by(c.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=table, skip_locked=True)
    .cte("chosen")
)
# Of two processes one gets it. Whoever died while it asked may have been heard: it is not asked
# again, or two requests would lie on the phone.
LEASE = (
    update(table)
    .where(c.id.in_(select(CHOSEN.c.id)))
    .values(
        state=case((c.state == "new", "asking"), (c.state == "asking", "lost"), else_=c.state),
        lease=c.lease + 1,
        due_at=bindparam("until"),
    )
    .returning(
        c.id,
        c.approval,
        c.state,
        c.number,
        c.whom,
        c.handle,
        c.created_at,
        c.expires_at,
        c.pause,
        c.lease,
    )
)
# What was dropped or overtaken meanwhile stays so; so does what another has leased since.
HELD = and_(c.id == bindparam("request"), c.is_open == 1, c.lease == bindparam("own"))
LATER = (
    update(table)
    .where(HELD)
    .values(
        state=bindparam("new_state"),
        handle=bindparam("new_handle"),
        expires_at=bindparam("new_end"),
        pause=bindparam("new_pause"),
        due_at=bindparam("again_at"),
    )
    .returning(c.id)
)
DECIDE = (
    update(table)
    .where(HELD)
    .values(state=bindparam("new_state"), heard=bindparam("new_heard"), **ENDED)
    .returning(c.id)
)
# What was heard led to nothing.
BELIE = update(table).where(c.id == bindparam("request")).values(state=bindparam("new_state"))
FORGET = delete(table).where(c.expires_at < bindparam("before"))
