# SPDX-License-Identifier: Apache-2.0
"""A fuse in the database's driver: it blows at a statement of one's choice.

The provider runs as it is shipped; only the cursors that its driver makes are ours.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import psycopg
from sqlalchemy import event

from idp.db import Database


class Blow(Enum):
    """How a statement fails."""

    # The database can't do it: a full disk, a lock.
    OUTAGE = "outage"
    # The statement is wrong: a fault of ours.
    BUG = "bug"
    # The connection is gone before the statement arrives.
    LOST = "lost"
    # The statement was done, but the connection goes before we are told.
    UNTOLD = "untold"


@dataclass
class Fuse:
    """Counts the statements that pass while it is armed."""

    at: int = 0
    how: Blow = Blow.OUTAGE
    only: str = ""
    # From there on nothing works any more.
    stays: bool = False
    armed: bool = False
    passed: list[str] = field(default_factory=list)
    blown: bool = False
    # What happens instead of a fault: a process that dies, for instance.
    instead: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def set_to(
        self, at: int, how: Blow = Blow.OUTAGE, only: str = "", *, stays: bool = False
    ) -> Iterator["Fuse"]:
        """Blow at the n-th statement from now on, or of those that are `only`."""
        self.at, self.how, self.only, self.stays = at, how, only, stays
        self.passed, self.blown, self.armed = [], False, True
        try:
            yield self
        finally:
            self.armed = False

    def _due(self, sql: str) -> bool:
        with self._lock:
            if not self.armed:
                return False
            if self.only and sql != self.only:
                return False
            self.passed.append(sql)
            count = len(self.passed)
            if count != self.at and not (self.stays and count > self.at > 0):
                return False
            self.blown = True
            return True

    def run(self, cursor: Any, sql: str, action: Callable[[], Any]) -> Any:
        """Do the statement, or fail in its place or after it."""
        if not self._due(sql):
            return action()
        if self.how is Blow.UNTOLD:
            action()
        if self.instead is not None:
            self.instead()
        raise self._fault(cursor)

    def _fault(self, cursor: Any) -> Exception:
        if isinstance(cursor, sqlite3.Cursor):
            if self.how is Blow.BUG:
                return sqlite3.IntegrityError("blown: a text of the inside")
            fault = sqlite3.OperationalError("blown: a text of the inside")
            fault.sqlite_errorcode = sqlite3.SQLITE_IOERR
            fault.sqlite_errorname = "SQLITE_IOERR"
            return fault
        if self.how is Blow.BUG:
            return psycopg.IntegrityError("blown: a text of the inside")
        if self.how in {Blow.LOST, Blow.UNTOLD}:
            cursor.connection.close()
        return psycopg.OperationalError("blown: a text of the inside")


def put_in(database: Database) -> Fuse:
    """Open the database's connections anew, through a fuse."""
    fuse = Fuse()
    sqlite, postgres = _sqlite_connection(fuse), _postgres_cursor(fuse)

    @event.listens_for(database.engine, "do_connect")
    def through(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options |= {"factory": sqlite} if database.is_sqlite else {"cursor_factory": postgres}

    database.close()
    return fuse


def _sqlite_connection(fuse: Fuse) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            return fuse.run(self, sql, lambda: super(Cursor, self).execute(sql, *values))

        def executemany(self, sql: str, *values: Any) -> Any:
            return fuse.run(self, sql, lambda: super(Cursor, self).executemany(sql, *values))

    class Fused(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

    return Fused


def _postgres_cursor(fuse: Fuse) -> type[psycopg.Cursor[Any]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *values: Any, **options: Any) -> Any:
            done = super().execute
            return fuse.run(self, str(query), lambda: done(query, *values, **options))

        def executemany(self, query: Any, *values: Any, **options: Any) -> Any:
            done = super().executemany
            return fuse.run(self, str(query), lambda: done(query, *values, **options))

    return Cursor
