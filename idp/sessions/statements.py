# SPDX-License-Identifier: Apache-2.0
"""The statements of the session."""

from sqlalchemy import String, bindparam, literal_column, select, update
from sqlalchemy import insert as add
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.base import Level
from idp.accounts.models import AccountRow
from idp.applications.models import ApplicationRow
from idp.db import table_of
from idp.sessions.models import SessionApplicationRow, SessionRow

table = table_of(SessionRow)
opened = table_of(SessionApplicationRow)
accounts = table_of(AccountRow)
applications = table_of(ApplicationRow)

COLUMNS = (
    table.c.id,
    table.c.account_id,
    table.c.proofs,
    table.c.created_at,
    table.c.seen_at,
    table.c.expires_at,
    table.c.address,
    table.c.user_agent,
)
# An account that is not active has no live session, on every node at once (SE-004, OA-047);
# nor has one that was opened again any session from before.
LIVE = (
    (table.c.ended_at.is_(None))
    & (table.c.expires_at > bindparam("now"))
    & (table.c.seen_at > bindparam("idle_since"))
    # RL-09: used later than now: the clock was set back, and nobody can say whether it was idle.
    & (table.c.seen_at <= bindparam("latest"))
    & (accounts.c.state == "active")
    & (table.c.created_at >= accounts.c.open_since)
)
JOINED = table.join(accounts, accounts.c.id == table.c.account_id)
FIND = select(*COLUMNS).select_from(JOINED).where(table.c.secret_hash == bindparam("hash"), LIVE)
OF_ACCOUNT = (
    select(*COLUMNS).select_from(JOINED).where(table.c.account_id == bindparam("account"), LIVE)
)
# Several logins of one person at a time count their sessions one after the other.
HOLD = (
    select(accounts.c.id)
    .where(accounts.c.id == bindparam("account"))
    .with_for_update(key_share=True)
)
OPEN = add(table)
LOGGED_IN = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(last_login_at=bindparam("now"))
)
RENEW = (
    update(table)
    .where(table.c.id == bindparam("session"))
    .values(
        secret_hash=bindparam("new_hash"),
        level=bindparam("new_level"),
        authenticated_at=bindparam("new_at"),
        proofs=bindparam("new_proofs"),
        seen_at=bindparam("now"),
    )
)
BY_ID = select(table.c.account_id).where(
    table.c.id == bindparam("session"), table.c.ended_at.is_(None)
)
# FOR UPDATE: of a proof and a card that is removed at the same time, neither undoes the other.
PROVED = (
    select(table.c.account_id, table.c.proofs, table.c.seen_at)
    .where(table.c.id == bindparam("session"), table.c.ended_at.is_(None))
    .with_for_update()
)
WEAKEN = (
    update(table)
    .where(table.c.id == bindparam("session"))
    .values(level=bindparam("new_level"), proofs=bindparam("new_proofs"))
)
TOUCH = update(table).where(table.c.id == bindparam("session")).values(seen_at=bindparam("now"))
# Only where nothing was proved and nobody came meanwhile: a card read in another tab has its worth.
LAPSE = (
    update(table)
    .where(
        table.c.id == bindparam("session"),
        table.c.seen_at == bindparam("seen"),
        table.c.level == int(Level.CARD),
    )
    .values(seen_at=bindparam("now"), proofs=bindparam("new_proofs"), level=bindparam("new_level"))
    .returning(table.c.id)
)
END = (
    update(table)
    .where(table.c.id == bindparam("session"), table.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"), ended_why=bindparam("why"))
    .returning(table.c.account_id)
)
# What was closed since is opened anew (OA-047); the table's own column would be that of every row.
ENTERING = literal_column("excluded.application", String)
SINCE = select(applications.c.open_since).where(applications.c.key == ENTERING)
NEW = upsert(opened)
OPENED_IN = NEW.on_conflict_do_update(
    index_elements=["session_id", "application"],
    set_={"first_at": NEW.excluded.first_at},
    where=opened.c.first_at < SINCE.scalar_subquery(),
)
APPLICATIONS = select(opened.c.application, opened.c.label, opened.c.first_at).where(
    opened.c.session_id == bindparam("session")
)
ENTERED = select(
    table.c.id, table.c.account_id, table.c.ended_at, opened.c.label, opened.c.first_at
).select_from(table.join(opened, opened.c.session_id == table.c.id))
ENTERED_BY = ENTERED.where(
    table.c.account_id == bindparam("account"), opened.c.application == bindparam("application")
)
ENTERED_IN = ENTERED.where(
    table.c.id == bindparam("session"), opened.c.application == bindparam("application")
)
