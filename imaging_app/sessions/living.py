# SPDX-License-Identifier: Apache-2.0
"""Whether somebody is still logged in, asked for what goes out long after its request."""

from sqlalchemy import bindparam, or_, select

from imaging_app.db import Tx, table_of
from imaging_app.sessions.models import SessionRow
from relying_parties.kit.sealing import name_of
from relying_parties.kit.store import Session

sessions = table_of(SessionRow)
# A login that was renewed meanwhile has another session of the same `sid`.
LIVES = select(sessions.c.name).where(
    sessions.c.expires > bindparam("now"),
    or_(
        sessions.c.name == bindparam("name"),
        (sessions.c.issuer == bindparam("issuer"))
        & (sessions.c.sid == bindparam("sid"))
        & (sessions.c.subject == bindparam("subject")),
    ),
)


def is_logged_in(tx: Tx, session: Session, now: int) -> bool:
    """Not logged out, here or at the provider; whoever waits for a file is not idle."""
    known = {"name": name_of(session.id), "issuer": session.issuer, "subject": session.subject}
    return tx.execute(LIVES, known | {"sid": session.sid, "now": now}).first() is not None
