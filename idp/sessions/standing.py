# SPDX-License-Identifier: Apache-2.0
"""How a session stands at this moment: all that the gate has to know of it and of its account.

Statements that look for something else besides (a token, a stay) take these columns along, so that
one statement answers all. A standing is judged at once. What such a statement gave is kept in
memory under all that stood in the row, to spare the reading: a row that says anything else is read
anew.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.accounts.models import AccountRow
from idp.db import Found, Tx, table_of
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, read_proofs

sessions = table_of(SessionRow)
accounts = table_of(AccountRow)

# Whether it lives, and is of the account that it is joined with.
LIVES = (
    (sessions.c.account_id == accounts.c.id)
    & sessions.c.ended_at.is_(None)
    & (sessions.c.expires_at > bindparam("now"))
    & (sessions.c.created_at >= accounts.c.open_since)
)
# Under names of their own: a statement that takes them along has columns named alike.
COLUMNS = (
    sessions.c.id.label("standing_session"),
    sessions.c.proofs.label("standing_proofs"),
    sessions.c.seen_at.label("standing_seen_at"),
    accounts.c.id.label("standing_account"),
    accounts.c.population.label("standing_population"),
    accounts.c.state.label("standing_state"),
)
OF = (
    select(*COLUMNS)
    .select_from(sessions.join(accounts, LIVES))
    .where(sessions.c.id == bindparam("session"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session that lives, and the account that it is of."""

    session: str
    proofs: tuple[Proof, ...]
    seen_at: int
    account: str
    population: str
    # Of the account: it may be closed to its person meanwhile.
    state: str


def standing_of(tx: Tx, session: str, now: int) -> Standing | None:
    """How a session stands; None where it has ended."""
    row = tx.execute(OF, {"session": session, "now": now}).first()
    return read_standing(row) if row else None


def read_standing(row: Found) -> Standing:
    """The standing in a row that holds these columns, and of a session that lives."""
    return Standing(
        row.standing_session,
        read_proofs(row.standing_proofs),
        row.standing_seen_at,
        row.standing_account,
        row.standing_population,
        row.standing_state,
    )
