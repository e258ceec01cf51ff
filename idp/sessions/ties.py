# SPDX-License-Identifier: Apache-2.0
"""The sessions elsewhere by which sessions here were opened: to end them, and to end with them.

A tie goes with its session. What it could be ended with is sealed, and is given out once, to
whoever ends the session for its person.
"""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.capabilities import Tie
from idp.clock import Clock
from idp.crypto import CryptoError, KeyRing
from idp.db import Tx, table_of
from idp.logs import get
from idp.lookup import Lookup
from idp.sessions.models import SessionRow, TieRow

table = table_of(TieRow)
sessions = table_of(SessionRow)
NEW = upsert(table)
BIND = NEW.on_conflict_do_update(
    index_elements=["session_id", "means"],
    set_={name: NEW.excluded[name] for name in ("subject", "name", "token", "tied_at")},
)
# By whichever of the two was told; both must fit where both were. Whose they are is in the hash.
FIND = (
    select(table.c.session_id)
    .select_from(table.join(sessions, sessions.c.id == table.c.session_id))
    .where(sessions.c.ended_at.is_(None))
)
BY_NAME = FIND.where(table.c.name == bindparam("name"))
BY_SUBJECT = FIND.where(table.c.subject == bindparam("subject"))
BY_BOTH = BY_NAME.where(table.c.subject == bindparam("subject"))
LED = select(table.c.means).where(
    table.c.session_id == bindparam("session"), table.c.token.is_not(None)
)
TAKE = (
    delete(table)
    .where(table.c.session_id == bindparam("session"))
    .returning(table.c.means, table.c.token)
)
ERASE = delete(table).where(table.c.session_id == bindparam("session"))
FORGET = delete(table).where(table.c.tied_at < bindparam("before"))
log = get("ties")


@dataclass(frozen=True, slots=True)
class Loose:
    """A session elsewhere that goes on without ours, and what it can be ended with."""

    means: str
    token: str = field(repr=False)


class Ties:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._lookup = lookup
        self._ring = ring

    def bind(self, tx: Tx, session: str, means: str, tie: Tie) -> None:
        """From now on the session hangs on this one; on the last, where it was proved anew."""
        told = tie.means or means
        row = {
            "session_id": session,
            "means": means,
            "subject": self._hashed("subject", told, tie.subject),
            "name": self._hashed("name", told, tie.name) if tie.name else None,
            "token": self._seal(tie.token, session, means) if tie.token else None,
            "tied_at": self._clock.now(),
        }
        tx.execute(BIND, row)

    def hanging_on(self, tx: Tx, means: str, subject: str, name: str) -> list[str]:
        """The sessions of ours, not over, by the names that theirs has there."""
        known = {}
        if subject:
            known["subject"] = self._hashed("subject", means, subject)
        if name:
            known["name"] = self._hashed("name", means, name)
        if not subject and not name:
            return []
        statement = BY_BOTH if subject and name else BY_NAME if name else BY_SUBJECT
        return sorted(tx.execute(statement, known).scalars().all())

    def led_by(self, tx: Tx, session: str) -> list[str]:
        """The means at whose providers something could be ended with this one."""
        return sorted(tx.execute(LED, {"session": session}).scalars().all())

    def loosen(self, tx: Tx, session: str) -> tuple[Loose, ...]:
        """The sessions elsewhere that go on when this one ends, and could be ended."""
        rows = tx.execute(TAKE, {"session": session}).all()
        found = []
        for row in sorted(rows, key=lambda one: one.means):
            token = self._open(row.token, session, row.means) if row.token else ""
            if token:
                found.append(Loose(row.means, token))
        return tuple(found)

    def forget_old(self, tx: Tx, before: int) -> None:
        """Drop those whose sessions must be over since they were tied."""
        tx.execute(FORGET, {"before": before})

    def _hashed(self, what: str, means: str, name: str) -> bytes:
        return self._lookup.hash(f"tie-{what}|{means}|{name}")

    def _seal(self, token: str, session: str, means: str) -> str:
        place = {"table": "session_ties", "column": "token", "row": f"{session}|{means}"}
        return self._ring.seal(token.encode(), **place)

    def _open(self, sealed: str, session: str, means: str) -> str:
        place = {"table": "session_ties", "column": "token", "row": f"{session}|{means}"}
        try:
            return self._ring.open(sealed, **place).decode()
        except CryptoError as fault:
            # Nobody's logout here waits for it.
            log.warning("what a session elsewhere ends with does not open", why=str(fault))
            return ""
