# SPDX-License-Identifier: Apache-2.0
"""The default store: one SQLite file, readable by its owner alone."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from relying_parties.kit.logout_token import LogoutNotice
from relying_parties.kit.packing import pack, unpack
from relying_parties.kit.sealing import name_of
from relying_parties.kit.store import Living, PendingLogin, Session, noted_every

SCHEMA = """
CREATE TABLE IF NOT EXISTS logins (
    number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL UNIQUE, binding TEXT NOT NULL,
    expires INTEGER NOT NULL, content TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS logins_expires ON logins (expires);
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
    expires INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    name TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, sid TEXT,
    expires INTEGER NOT NULL, seen INTEGER NOT NULL, refreshing INTEGER NOT NULL DEFAULT 0,
    content BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_sid ON sessions (issuer, sid);
CREATE INDEX IF NOT EXISTS sessions_subject ON sessions (issuer, subject);
CREATE INDEX IF NOT EXISTS sessions_expires ON sessions (expires);
CREATE TABLE IF NOT EXISTS notices (
    issuer TEXT NOT NULL, jti TEXT NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ended (
    issuer TEXT NOT NULL, sid TEXT NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (issuer, sid)) WITHOUT ROWID;
"""
# Anybody can begin a login: the newest ones are kept, a flood cannot fill the disk.
MOST_LOGINS = 50_000
MOST_ANSWERS = 10_000


class SqliteSessionStore:
    """Sessions, logins under way and logout notices in one file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        # FULL: an ended session must not come back after a power cut.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)

    def shut(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def begin(self, login: PendingLogin, until: int) -> None:
        """Keep a login until then."""
        row = (name_of(login.state), login.binding, until, json.dumps(asdict(login)))
        with self._write() as db:
            db.execute("DELETE FROM logins WHERE expires <= ?", (login.started,))
            number = db.execute(
                "INSERT INTO logins (state, binding, expires, content) VALUES (?, ?, ?, ?)", row
            ).lastrowid
            db.execute("DELETE FROM logins WHERE number <= ?", ((number or 0) - MOST_LOGINS,))

    def take(self, state: str, binding: str, now: int) -> PendingLogin | None:
        """The login, once, and only with the browser's own secret."""
        with self._write() as db:
            # One statement: two parallel callbacks cannot both have it (row BR-003).
            rows = db.execute(
                "DELETE FROM logins WHERE state = ? AND binding = ? AND expires > ?"
                " RETURNING content",
                (name_of(state), binding, now),
            ).fetchall()
        return PendingLogin(**json.loads(rows[0][0])) if rows else None

    def pending(self, state: str, now: int) -> PendingLogin | None:
        """Such a login where one waits, whoever started it."""
        query = "SELECT content FROM logins WHERE state = ? AND expires > ?"
        row = self._one(query, (name_of(state), now))
        return PendingLogin(**json.loads(row[0])) if row else None

    def use_once(self, issuer: str, identifier: str, now: int, until: int) -> bool:
        """Whether this is the first use of an identifier of that provider's."""
        with self._write() as db:
            return _is_first(db, issuer, identifier, now, until)

    def park(self, name: str, content: bytes, now: int, until: int) -> None:
        """Keep something sealed until then."""
        with self._write() as db:
            db.execute("DELETE FROM answers WHERE expires <= ?", (now,))
            number = db.execute(
                "INSERT INTO answers (name, expires, content) VALUES (?, ?, ?)",
                (name, until, content),
            ).lastrowid
            db.execute("DELETE FROM answers WHERE number <= ?", ((number or 0) - MOST_ANSWERS,))

    def unpark(self, name: str, now: int) -> bytes | None:
        """It, once."""
        with self._write() as db:
            rows = db.execute(
                "DELETE FROM answers WHERE name = ? AND expires > ? RETURNING content", (name, now)
            ).fetchall()
        return bytes(rows[0][0]) if rows else None

    def open(self, session: Session) -> bool:
        """Keep a session; False where its `sid` has been logged out meanwhile."""
        now = session.created
        with self._write() as db:
            db.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
            gone = db.execute(
                "SELECT 1 FROM ended WHERE issuer = ? AND sid = ? AND expires > ?",
                (session.issuer, session.sid, now),
            ).fetchone()
            if gone:
                return False
            row = (session.issuer, session.subject, session.sid, session.expires, now)
            db.execute(
                "INSERT INTO sessions (name, issuer, subject, sid, expires, seen, content)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (name_of(session.id), *row, pack(session)),
            )
        return True

    def load(self, session_id: str, now: int, idle: int) -> Session | None:
        """The session, if it lives; counts as activity."""
        row = self._living(session_id, now, idle)
        if row is None:
            return None
        if now - row[1] >= noted_every(idle):
            with self._write() as db:
                db.execute(
                    "UPDATE sessions SET seen = ? WHERE name = ?", (now, name_of(session_id))
                )
        return unpack(session_id, row[0])

    def look(self, session_id: str, now: int, idle: int) -> Living | None:
        """The same without counting, and until when it lives."""
        row = self._living(session_id, now, idle)
        session = unpack(session_id, row[0]) if row else None
        return Living(session, min(session.expires, row[1] + idle)) if session and row else None

    def _living(self, session_id: str, now: int, idle: int) -> tuple[Any, ...] | None:
        # Last seen in a time still to come: the clock was set back, and idling can't be measured.
        return self._one(
            "SELECT content, seen FROM sessions"
            " WHERE name = ? AND expires > ? AND seen > ? AND seen < ?",
            (name_of(session_id), now, now - idle, now + idle),
        )

    def save(self, session: Session) -> None:
        """Replace a living session's content and release its refresh claim."""
        with self._write() as db:
            # An UPDATE: a session that was logged out meanwhile does not come back.
            db.execute(
                "UPDATE sessions SET content = ?, refreshing = 0 WHERE name = ?",
                (pack(session), name_of(session.id)),
            )

    def close(self, session_id: str) -> None:
        """End one session."""
        with self._write() as db:
            db.execute("DELETE FROM sessions WHERE name = ?", (name_of(session_id),))

    def claim_refresh(self, session_id: str, now: int, until: int) -> bool:
        """Whether the caller, alone, may refresh the tokens until then."""
        with self._write() as db:
            changed = db.execute(
                "UPDATE sessions SET refreshing = ? WHERE name = ? AND refreshing <= ?",
                (until, name_of(session_id), now),
            ).rowcount
        return changed == 1

    def release_refresh(self, session_id: str) -> None:
        """Give the claim back without a new content."""
        with self._write() as db:
            db.execute("UPDATE sessions SET refreshing = 0 WHERE name = ?", (name_of(session_id),))

    def end(self, notice: LogoutNotice, now: int) -> int | None:
        """End the sessions named, remember `jti` and `sid`; None for a replay."""
        issuer, subject, until = notice.issuer, notice.subject, notice.remember_until
        with self._write() as db:
            db.execute("DELETE FROM ended WHERE expires <= ?", (now,))
            if not _is_first(db, issuer, notice.jti, now, until):
                return None
            if not notice.sids:
                return db.execute(
                    "DELETE FROM sessions WHERE issuer = ? AND subject = ?", (issuer, subject)
                ).rowcount
            # A login whose answer is still on its way must not open what has just been ended.
            db.executemany(
                "INSERT INTO ended VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET expires = excluded.expires",
                [(issuer, sid, until) for sid in notice.sids],
            )
            return sum(
                db.execute(
                    "DELETE FROM sessions WHERE issuer = ? AND sid = ?"
                    " AND (? IS NULL OR subject = ?)",
                    (issuer, sid, subject, subject),
                ).rowcount
                for sid in notice.sids
            )

    def _one(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row


def _is_first(db: sqlite3.Connection, issuer: str, identifier: str, now: int, until: int) -> bool:
    """One statement: of two at the same moment, one finds the other's row (SM-051)."""
    db.execute("DELETE FROM notices WHERE expires <= ?", (now,))
    query = "INSERT INTO notices VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return db.execute(query, (issuer, identifier, until)).rowcount == 1
