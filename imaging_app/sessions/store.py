# SPDX-License-Identifier: Apache-2.0
"""The kit's store over the portal's database."""

import json
from dataclasses import asdict

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from imaging_app.db import Database, Tx, table_of, take_turn
from imaging_app.sessions.models import AnswerRow, EndedRow, LoginRow, SessionRow, UsedRow
from relying_parties.kit.logout_token import LogoutNotice
from relying_parties.kit.packing import pack, unpack
from relying_parties.kit.sealing import name_of
from relying_parties.kit.store import Living, PendingLogin, Session, noted_every

# Anybody can begin a login: the newest ones are kept, a flood cannot fill the disk.
MOST_LOGINS = 50_000
MOST_ANSWERS = 10_000

logins, answers, sessions, used, ended = (
    table_of(model) for model in (LoginRow, AnswerRow, SessionRow, UsedRow, EndedRow)
)
BEGIN = insert(logins).returning(logins.c.number)
# One statement: two parallel callbacks cannot both have it (row BR-003).
TAKE = (
    delete(logins)
    .where(
        logins.c.state == bindparam("state"),
        logins.c.binding == bindparam("binding"),
        logins.c.expires > bindparam("now"),
    )
    .returning(logins.c.content)
)
PENDING = select(logins.c.content).where(
    logins.c.state == bindparam("state"), logins.c.expires > bindparam("now")
)
PARK = insert(answers).returning(answers.c.number)
UNPARK = (
    delete(answers)
    .where(answers.c.name == bindparam("name"), answers.c.expires > bindparam("now"))
    .returning(answers.c.content)
)
USE = upsert(used).on_conflict_do_nothing().returning(used.c.identifier)
OPEN = insert(sessions)
LOAD = select(sessions.c.content, sessions.c.seen).where(
    sessions.c.name == bindparam("name"),
    sessions.c.expires > bindparam("now"),
    # Last seen in a time still to come: the clock was set back, and idling can't be measured.
    sessions.c.seen > bindparam("oldest"),
    sessions.c.seen < bindparam("newest"),
)
OF_NAME = sessions.c.name == bindparam("name_")
SEE = update(sessions).where(OF_NAME).values(seen=bindparam("now"))
# An UPDATE: a session that was logged out meanwhile does not come back.
SAVE = update(sessions).where(OF_NAME).values(content=bindparam("content_"), refreshing=0)
CLAIM = (
    update(sessions)
    .where(OF_NAME, sessions.c.refreshing <= bindparam("now"))
    .values(refreshing=bindparam("until"))
    .returning(sessions.c.name)
)
RELEASE = update(sessions).where(OF_NAME).values(refreshing=0)
CLOSE = delete(sessions).where(OF_NAME)
IS_ENDED = select(ended.c.sid).where(
    ended.c.issuer == bindparam("issuer"),
    ended.c.sid == bindparam("sid"),
    ended.c.expires > bindparam("now"),
)
NEW_END = upsert(ended)
NOTE_END = NEW_END.on_conflict_do_update(
    index_elements=["issuer", "sid"], set_={"expires": NEW_END.excluded.expires}
)
END_SUBJECT = (
    delete(sessions)
    .where(sessions.c.issuer == bindparam("issuer"), sessions.c.subject == bindparam("subject"))
    .returning(sessions.c.name)
)
END_SID = (
    delete(sessions)
    .where(
        sessions.c.issuer == bindparam("issuer"),
        sessions.c.sid == bindparam("sid"),
        or_(bindparam("anybody"), sessions.c.subject == bindparam("subject")),
    )
    .returning(sessions.c.name)
)
EXPIRED = {
    table.name: delete(table).where(table.c.expires <= bindparam("now"))
    for table in (logins, answers, sessions, used, ended)
}
OLDEST = {
    table.name: delete(table).where(table.c.number <= bindparam("last"))
    for table in (logins, answers)
}


class PortalStore:
    """Sessions, logins under way and logout notices, for every node of the portal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, login: PendingLogin, until: int) -> None:
        """Keep a login until then."""
        row = {"state": name_of(login.state), "binding": login.binding, "expires": until}
        with self._database.write() as tx:
            tx.execute(EXPIRED["logins"], {"now": login.started})
            number = tx.execute(BEGIN, row | {"content": json.dumps(asdict(login))}).scalar_one()
            tx.execute(OLDEST["logins"], {"last": number - MOST_LOGINS})

    def take(self, state: str, binding: str, now: int) -> PendingLogin | None:
        """The login, once, and only with the browser's own secret."""
        wanted = {"state": name_of(state), "binding": binding, "now": now}
        with self._database.write() as tx:
            content = tx.execute(TAKE, wanted).scalar()
        return PendingLogin(**json.loads(content)) if content else None

    def pending(self, state: str, now: int) -> PendingLogin | None:
        """Such a login where one waits, whoever started it."""
        with self._database.read() as tx:
            content = tx.execute(PENDING, {"state": name_of(state), "now": now}).scalar()
        return PendingLogin(**json.loads(content)) if content else None

    def use_once(self, issuer: str, identifier: str, now: int, until: int) -> bool:
        """Whether this is the first use of an identifier of that provider's."""
        with self._database.write() as tx:
            return _is_first(tx, issuer, identifier, now, until)

    def park(self, name: str, content: bytes, now: int, until: int) -> None:
        """Keep something sealed until then."""
        row = {"name": name, "expires": until, "content": content}
        with self._database.write() as tx:
            tx.execute(EXPIRED["answers"], {"now": now})
            number = tx.execute(PARK, row).scalar_one()
            tx.execute(OLDEST["answers"], {"last": number - MOST_ANSWERS})

    def unpark(self, name: str, now: int) -> bytes | None:
        """It, once."""
        with self._database.write() as tx:
            content = tx.execute(UNPARK, {"name": name, "now": now}).scalar()
        return bytes(content) if content is not None else None

    def open(self, session: Session) -> bool:
        """Keep a session; False where its `sid` has been logged out meanwhile."""
        now = session.created
        row = {
            "name": name_of(session.id),
            "issuer": session.issuer,
            "subject": session.subject,
            "sid": session.sid,
            "expires": session.expires,
            "seen": now,
            "refreshing": 0,
            "content": pack(session),
        }
        with self._database.write() as tx:
            # A logout of it at this very moment comes before or after, never in between.
            take_turn(tx, "sid", session.issuer, session.sid or "")
            tx.execute(EXPIRED["sessions"], {"now": now})
            known = {"issuer": session.issuer, "sid": session.sid or "", "now": now}
            if tx.execute(IS_ENDED, known).first():
                return False
            tx.execute(OPEN, row)
        return True

    def load(self, session_id: str, now: int, idle: int) -> Session | None:
        """The session, if it lives; counts as activity."""
        found = self._living(session_id, now, idle)
        if found is None:
            return None
        if now - found[1] >= noted_every(idle):
            with self._database.write() as tx:
                tx.execute(SEE, {"name_": name_of(session_id), "now": now})
        return found[0]

    def look(self, session_id: str, now: int, idle: int) -> Living | None:
        """The same without counting, and until when it lives."""
        found = self._living(session_id, now, idle)
        if found is None:
            return None
        session, seen = found
        return Living(session, min(session.expires, seen + idle))

    def _living(self, session_id: str, now: int, idle: int) -> tuple[Session, int] | None:
        wanted = {"name": name_of(session_id), "now": now}
        with self._database.read() as tx:
            row = tx.execute(LOAD, wanted | {"oldest": now - idle, "newest": now + idle}).first()
        session = unpack(session_id, bytes(row.content)) if row else None
        return (session, row.seen) if session and row else None

    def save(self, session: Session) -> None:
        """Replace a living session's content and release its refresh claim."""
        with self._database.write() as tx:
            tx.execute(SAVE, {"name_": name_of(session.id), "content_": pack(session)})

    def close(self, session_id: str) -> None:
        """End one session."""
        with self._database.write() as tx:
            tx.execute(CLOSE, {"name_": name_of(session_id)})

    def claim_refresh(self, session_id: str, now: int, until: int) -> bool:
        """Whether the caller, alone, may refresh the tokens until then."""
        wanted = {"name_": name_of(session_id), "now": now, "until": until}
        with self._database.write() as tx:
            return tx.execute(CLAIM, wanted).first() is not None

    def release_refresh(self, session_id: str) -> None:
        """Give the claim back without a new content."""
        with self._database.write() as tx:
            tx.execute(RELEASE, {"name_": name_of(session_id)})

    def end(self, notice: LogoutNotice, now: int) -> int | None:
        """End the sessions named, remember `jti` and `sid`; None for a replay."""
        issuer, subject, until = notice.issuer, notice.subject, notice.remember_until
        with self._database.write() as tx:
            for sid in sorted(notice.sids):
                take_turn(tx, "sid", issuer, sid)
            tx.execute(EXPIRED["ended_sessions"], {"now": now})
            if not _is_first(tx, issuer, notice.jti, now, until):
                return None
            if not notice.sids:
                known = {"issuer": issuer, "subject": subject}
                return len(tx.execute(END_SUBJECT, known).all())
            number = 0
            for sid in notice.sids:
                # A login whose answer is still on its way must not open what has just been ended.
                tx.execute(NOTE_END, {"issuer": issuer, "sid": sid, "expires": until})
                named = {"issuer": issuer, "sid": sid, "subject": subject or ""}
                number += len(tx.execute(END_SID, named | {"anybody": subject is None}).all())
        return number


def _is_first(tx: Tx, issuer: str, identifier: str, now: int, until: int) -> bool:
    """One statement: of two at the same moment, one finds the other's row (SM-051)."""
    tx.execute(EXPIRED["used_identifiers"], {"now": now})
    row = {"issuer": issuer, "identifier": identifier, "expires": until}
    return tx.execute(USE, row).first() is not None
