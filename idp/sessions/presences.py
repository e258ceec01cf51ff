# SPDX-License-Identifier: Apache-2.0
"""Cards that must stay in their readers: what was last heard of each, and when one is given up.

At login the card vouches for a key of its agent. The agent then says with that key, every few
seconds, that the card is still there, and at once when it is not.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import DRIFT, Clock
from idp.db import Found, Tx, table_of
from idp.sessions.models import PresenceRow, SessionRow

table = table_of(PresenceRow)
sessions = table_of(SessionRow)
LIVE = table.c.ended_at.is_(None)
COLUMNS = (table.c.id, table.c.session_id, table.c.serial)
BEGIN = upsert(table).on_conflict_do_nothing().returning(table.c.id)
REPLACE = (
    update(table)
    .where(table.c.session_id == bindparam("session"), LIVE)
    .values(ended_at=bindparam("now"), ended_why="replaced")
)
# One statement: of two words that arrive together, the older one changes nothing.
HEAR = (
    update(table)
    .where(table.c.id == bindparam("id_"), LIVE, table.c.sequence < bindparam("number"))
    .values(sequence=bindparam("number"), heard_at=bindparam("now"))
    .returning(*COLUMNS)
)
END = (
    update(table)
    .where(table.c.id == bindparam("id_"), LIVE)
    .values(ended_at=bindparam("now"), ended_why=bindparam("why"))
    .returning(*COLUMNS)
)
SESSION = select(table.c.session_id).where(table.c.id == bindparam("id_"))
KNOWN = select(table.c.ended_at).where(table.c.id == bindparam("id_"))
STANDING = (
    select(table.c.ended_at, sessions.c.ended_at.label("session_ended_at"), sessions.c.expires_at)
    .select_from(table.join(sessions, sessions.c.id == table.c.session_id))
    .where(table.c.id == bindparam("id_"))
)
UNHEARD = (
    select(table.c.id)
    .where(
        LIVE,
        (table.c.heard_at < bindparam("before"))
        # RL-09: heard later than now: the clock was set back, and nobody knows how long ago.
        | (table.c.heard_at > bindparam("now", type_=BigInteger) + DRIFT),
    )
    .limit(bindparam("most"))
)
STILL_UNHEARD = END.where(
    (table.c.heard_at < bindparam("before"))
    | (table.c.heard_at > bindparam("now", type_=BigInteger) + DRIFT)
)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Presence:
    """A card that a session hangs on."""

    id: str
    session: str
    serial: str


class Heard(Enum):
    """What a word of an agent comes to."""

    NOTED = "noted"
    # Older than one that came before: nothing follows from it.
    STALE = "stale"
    # The login that it belongs to has not arrived, or never will.
    UNKNOWN = "unknown"
    OVER = "over"


class Presences:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, lost_after: int) -> None:
        self._clock = clock
        self._lost_after = lost_after

    def begin(self, tx: Tx, session: str, serial: str, public_key: bytes) -> bool:
        """Watch over a card for a session, and over no other one any more.

        False for a key that came before: an agent makes one for each login, and whoever shows
        another login's key must not be heard in its place.
        """
        now = self._clock.now()
        tx.execute(REPLACE, {"session": session, "now": now})
        row = {
            "id": name_of(public_key),
            "session_id": session,
            "serial": serial,
            "public_key": public_key,
            "sequence": 0,
            "created_at": now,
            "heard_at": now,
            "ended_at": None,
            "ended_why": None,
        }
        return tx.execute(BEGIN, row).first() is not None

    def is_new(self, tx: Tx, public_key: bytes) -> bool:
        """Whether nobody has spoken with this key yet."""
        return tx.execute(KNOWN, {"id_": name_of(public_key)}).first() is None

    def standing(self, tx: Tx, public_key: bytes) -> Heard | None:
        """Why nothing said with this key counts; None where it does."""
        row = tx.execute(STANDING, {"id_": name_of(public_key)}).first()
        if row is None:
            return Heard.UNKNOWN
        over = row.session_ended_at is not None or row.expires_at <= self._clock.now()
        return Heard.OVER if over or row.ended_at is not None else None

    def hear(self, tx: Tx, public_key: bytes, sequence: int) -> Heard:
        """Note that a card is still there."""
        name = name_of(public_key)
        known = {"id_": name, "number": sequence, "now": self._clock.now()}
        if tx.execute(HEAR, known).first() is not None:
            return Heard.NOTED
        row = tx.execute(KNOWN, {"id_": name}).first()
        if row is None:
            return Heard.UNKNOWN
        return Heard.STALE if row.ended_at is None else Heard.OVER

    def session_of(self, tx: Tx, name: str) -> str | None:
        """The session that a card was shown for."""
        row = tx.execute(SESSION, {"id_": name}).first()
        return row.session_id if row else None

    def end(self, tx: Tx, public_key: bytes, why: str) -> Presence | None:
        """Give a card up; None where it was already."""
        known = {"id_": name_of(public_key), "now": self._clock.now(), "why": why}
        row = tx.execute(END, known).first()
        return _read(row) if row else None

    def unheard(self, tx: Tx) -> list[str]:
        """The cards of which nothing was heard for too long."""
        known = self._limits() | {"most": BATCH}
        return sorted(row.id for row in tx.execute(UNHEARD, known).all())

    def end_unheard(self, tx: Tx, name: str) -> Presence | None:
        """Give one of them up, unless something was heard of it meanwhile."""
        known = self._limits() | {"id_": name, "why": "unheard"}
        row = tx.execute(STILL_UNHEARD, known).first()
        return _read(row) if row else None

    def _limits(self) -> dict[str, int]:
        now = self._clock.now()
        return {"now": now, "before": now - self._lost_after}


def name_of(public_key: bytes) -> str:
    """What a presence is called: nobody can choose the name of somebody else's."""
    return urlsafe_b64encode(hashlib.sha256(public_key).digest()).rstrip(b"=").decode()


def _read(row: Found) -> Presence:
    return Presence(row.id, row.session_id, row.serial)
