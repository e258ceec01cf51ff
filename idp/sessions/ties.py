# SPDX-License-Identifier: Apache-2.0
"""The sessions elsewhere by which sessions here were opened: to end them, and to end with them.

A tie goes with its session. What it could be ended with is sealed, and is given out once, to
whoever ends the session for its person. What a provider has said to be over stays known for a
while: a login by it may be under way, and is a session here only later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import and_, bindparam, delete, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.capabilities import Ended, Tie
from idp.clock import Clock
from idp.crypto import CryptoError, KeyRing
from idp.db import Tx, table_of, take_turn
from idp.logs import get
from idp.lookup import Lookup
from idp.sessions.models import EndedTieRow, SessionRow, TieRow

# Longer than any answer waits to be taken, and than whoever sent it means it.
REMEMBERED = 3600

table = table_of(TieRow)
ended = table_of(EndedTieRow)
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
NOTE = insert(ended)
# Those are over that were there before it was said. Whoever logs in afterwards may well come in a
# session of the same name: some end there what was ours alone, and let the person's own go on.
SAID = select(ended.c.id).where(
    ended.c.said_at >= bindparam("at"),
    ended.c.heard_at >= bindparam("since"),
    or_(
        and_(
            ended.c.name == bindparam("name"),
            or_(ended.c.subject.is_(None), ended.c.subject == bindparam("subject")),
        ),
        and_(ended.c.name.is_(None), ended.c.subject == bindparam("subject")),
    ),
)
FORGET_SAID = delete(ended).where(ended.c.heard_at < bindparam("before"))
# Away from the numbers of other turns.
FAR = 1 << 61
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

    def sever(self, tx: Tx, means: str, over: Ended) -> list[str]:
        """Theirs is over: the sessions of ours that hang on it; and it is known for a while.

        Whoever is coming by it meanwhile comes before this, and is found, or after, and is told.
        """
        known = self._names(means, over.subject, over.name)
        _take_turns(tx, known)
        row = {
            # A name that is given a second time, much later, is another notice.
            "id": self._hashed("said", means, f"{over.at} {over.once}"),
            "subject": known.get("subject"),
            "name": known.get("name"),
            "said_at": over.at,
            "heard_at": self._clock.now(),
        }
        tx.execute(NOTE, row)
        if not known:
            return []
        statement = BY_BOTH if len(known) > 1 else BY_NAME if "name" in known else BY_SUBJECT
        return sorted(tx.execute(statement, known).scalars().all())

    def is_over(self, tx: Tx, means: str, tie: Tie) -> bool:
        """Whether theirs has ended since they told of it; nobody says so before this is done."""
        known = self._names(tie.means or means, tie.subject, tie.name)
        _take_turns(tx, known)
        since = self._clock.now() - REMEMBERED
        told = {"name": known.get("name"), "subject": known.get("subject")}
        asked = {**told, "at": tie.at, "since": since}
        return tx.execute(SAID, asked).first() is not None

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
        tx.execute(FORGET_SAID, {"before": self._clock.now() - REMEMBERED})

    def _names(self, means: str, subject: str, name: str) -> dict[str, bytes]:
        told = {"subject": subject, "name": name}
        return {what: self._hashed(what, means, one) for what, one in told.items() if one}

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


def _take_turns(tx: Tx, names: Mapping[str, bytes]) -> None:
    """Of a login and the word that it is over, one waits for the other; in one order, for ever."""
    for number in sorted(int.from_bytes(one[:8]) >> 2 | FAR for one in names.values()):
        take_turn(tx, number)
