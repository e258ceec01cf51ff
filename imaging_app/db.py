# SPDX-License-Identifier: Apache-2.0
"""The database door: declarative base, one kept connection a thread, one transaction a request.

Reads run in autocommit; `write()` opens the one transaction of a request. Verbs of the nouns
receive the connection and never open one themselves.
"""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import Any, cast
from weakref import WeakSet

from sqlalchemy import Connection, Engine, MetaData, String, Table, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Tx = Connection
"""What the verbs of the nouns take as their first argument."""


class Base(DeclarativeBase):
    """Root of every table of the portal."""

    metadata = MetaData(naming_convention=NAMES)


# Tables whose key is a text: on SQLite the key's tree then holds the row itself.
KEYED: dict[str, Any] = {"sqlite_with_rowid": False}

# synchronous=FULL: a block or a withdrawal must survive a power cut, or it is undone.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
)
PATIENCE = 5_000
TURN = text("SELECT pg_advisory_xact_lock(:number)")


# It does not answer, or is busy for too long: not the fault of whoever asks.
Unanswered = OperationalError


class NestedWrite(Exception):
    """A second transaction was opened inside the first: a fault of ours."""


def table_of(model: type[Base]) -> Table:
    """The table of a model, for prebuilt Core statements."""
    return cast("Table", model.__table__)


def ordered(size: int) -> String:
    """Text whose order is that of its signs on both databases, as searches by prefix need."""
    return String(size).with_variant(String(size, collation="C"), "postgresql")


def make_engine(url: str) -> Engine:
    """The engine of an address; values of statements have no place in a log."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "hide_parameters": True}
    if url.startswith("postgresql"):
        options |= {"pool_size": 20, "max_overflow": 40, "pool_timeout": 5, "pool_pre_ping": True}
    else:
        options |= {"pool_size": 0, "connect_args": {"check_same_thread": False}}
    return create_engine(url, **options)


class Database:
    """One engine, one kept connection a thread, one writer at a time on SQLite."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._local = threading.local()
        # Those of threads that ended leave by themselves.
        self._all: WeakSet[Connection] = WeakSet()
        self._all_lock = threading.Lock()
        self._turn = threading.Lock()
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            _create_private(engine.url.database)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A connection in autocommit; inside a transaction of the same thread, that one."""
        yield getattr(self._local, "writing", None) or self._kept()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """The one transaction of a request: committed at the end, rolled back by an exception."""
        if getattr(self._local, "writing", None) is not None:
            raise NestedWrite("write() inside write()")
        # Threads of one process wait here, in their order, and not in SQLite's own polling.
        with self._turn if self.is_sqlite else nullcontext():
            connection = self._kept()
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            self._local.writing = connection
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
            finally:
                self._local.writing = None

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("ROLLBACK")
        except Exception:  # noqa: BLE001 - in an unknown state it must not serve another request
            connection.invalidate()
            self.forget()

    def _kept(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed and not connection.invalidated:
            return connection
        connection = self.engine.connect()
        self._local.connection = connection
        with self._all_lock:
            self._all.add(connection)
        return connection

    def forget(self) -> None:
        """Give this thread's connection back."""
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close the connections that threads keep, and the pool."""
        with self._all_lock:
            kept = list(self._all)
            self._all.clear()
        for connection in kept:
            connection.close()
        self.engine.dispose()


def take_turn(tx: Tx, *about: str) -> None:
    """Do what is about the same thing one after the other, until each transaction ends.

    For what is looked at first and written then; SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        digest = hashlib.sha256("|".join(about).encode()).digest()
        tx.execute(TURN, {"number": int.from_bytes(digest[:8], "big", signed=True)})


def _create_private(file: str | None) -> None:
    """SQLite itself would make the file readable by everybody."""
    if file:
        # Where this can't be done, opening it tells why.
        with suppress(OSError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
