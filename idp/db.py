# SPDX-License-Identifier: Apache-2.0
"""The database door: declarative base, kept connections, one transaction a request.

Reads run in autocommit on a connection kept by each thread; `write()` opens the one transaction
of a request. Verbs of the nouns receive the connection and never open one themselves.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from types import TracebackType
from typing import Any, cast
from weakref import WeakSet

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, Row, Table, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import DeclarativeBase

from idp.errors import Breakdown, Unavailable
from idp.group_commit import GroupCommit
from idp.prepared import Prepared, PreparedConnection

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Tx = Connection
"""What the verbs of the nouns take as their first argument."""
Found = Row[*tuple[Any, ...]]
"""A row that a statement gave."""


class Base(DeclarativeBase):
    """Root of every table of the provider."""

    metadata = MetaData(naming_convention=NAMES)


# Tables whose key is a text or a hash: on SQLite the key's tree then holds the row itself, so that
# a write touches one page less.
KEYED: dict[str, Any] = {"sqlite_with_rowid": False}


def table_of(model: type[Base]) -> Table:
    """The table of a model, for prebuilt Core statements."""
    return cast("Table", model.__table__)


class NestedWrite(Breakdown):
    """A second transaction was opened inside the first: a fault of ours."""


# synchronous=FULL: a consumed code or a revocation must survive a power cut, or it is valid again.
SQLITE_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
    # 16 MB of log before it is folded into the file: pages written often are folded once.
    "PRAGMA wal_autocheckpoint=4000",
)


# The machine's fault, not the statement's: SQLite gives both the same exception.
SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
TURN = text("SELECT pg_advisory_xact_lock(:number)")
# Seconds that a new file's first openers wait for one another.
PATIENCE = 5.0
# What PostgreSQL says to a write after this node was left behind by a failover.
READ_ONLY = "25006"


def make_extension() -> SQLAlchemy:
    """Flask-SQLAlchemy over our own declarative base."""
    return SQLAlchemy(model_class=Base, disable_autonaming=True)


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine: kept connections decide themselves when to begin."""
    # Values of statements have no place in a log.
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "hide_parameters": True}
    if url.startswith("postgresql"):
        # Threads keep what they take, so that asking first whether it lives costs nothing.
        options |= {"pool_size": 40, "max_overflow": 40, "pool_timeout": 5, "pool_pre_ping": True}
    else:
        options |= {"pool_size": 0, "connect_args": {"check_same_thread": False}}
    return options


class _Reading:
    """`Database.read`. Several in each request: a generator would cost more than what it does."""

    __slots__ = ("_database",)

    def __init__(self, database: "Database") -> None:
        self._database = database

    def __enter__(self) -> Tx:
        return self._database.reading()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if isinstance(fault, DBAPIError):
            self._database.judge(fault)


class Database:
    """One engine, one kept connection a thread, one writer at a time on SQLite."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._local = threading.local()
        self._prepared: dict[Any, Prepared | None] = {}
        # Those of threads that ended leave by themselves.
        self._all: WeakSet[Connection] = WeakSet()
        self._all_lock = threading.Lock()
        self._writer = GroupCommit(self._connect)
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            _create_private(engine.url.database)

    def read(self) -> AbstractContextManager[Tx]:
        """A connection in autocommit: each statement sees the newest committed state.

        Inside a transaction of the same thread it is that transaction.
        """
        return _Reading(self)

    def reading(self) -> PreparedConnection:
        """What a reader of this thread reads by."""
        return getattr(self._local, "writing", None) or self._kept()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """The one transaction of a request: committed at the end, rolled back by an exception."""
        if getattr(self._local, "writing", None) is not None:
            raise NestedWrite("write() inside write()")
        transaction = self._writer.transaction if self.is_sqlite else self._transaction
        try:
            with transaction() as connection:
                self._local.writing = connection
                try:
                    yield connection
                finally:
                    self._local.writing = None
        except DBAPIError as fault:
            self.judge(fault)
            raise

    @contextmanager
    def _transaction(self) -> Iterator[PreparedConnection]:
        connection = self._kept()
        connection.say("BEGIN")
        try:
            yield connection
            connection.say("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise

    def _roll_back(self, connection: PreparedConnection) -> None:
        try:
            connection.say("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it was, see below
            # The connection is in an unknown state: it must not serve another request.
            self.forget()

    def _kept(self) -> PreparedConnection:
        connection: PreparedConnection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed:
            return connection
        connection = self._connect()
        self._local.connection = connection
        with self._all_lock:
            self._all.add(connection)
        return connection

    def _connect(self) -> PreparedConnection:
        try:
            return PreparedConnection(self.engine).keep_in(self._prepared)
        except (DBAPIError, NoneFree) as fault:
            raise Unavailable(f"database: {_name_of(fault)}") from fault

    def judge(self, fault: DBAPIError) -> None:
        """Drop a connection that can't serve again; an outage is told as one."""
        stranded = getattr(fault.orig, "sqlstate", None) == READ_ONLY
        if fault.connection_invalidated or stranded:
            self.forget()
        if stranded:
            # Those that wait in the pool lead to the same node.
            self.engine.dispose()
        if stranded or is_outage(fault):
            raise Unavailable(f"database: {_name_of(fault)}") from fault

    def forget(self) -> None:
        """Drop this thread's connection; the next use opens a new one."""
        connection: PreparedConnection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Close the writer's connection, those that threads keep, and the pool."""
        self._writer.close()
        with self._all_lock:
            kept = list(self._all)
            self._all.clear()
        for connection in kept:
            connection.close()
        self.engine.dispose()


class Part:
    """A part of a transaction that can be taken back without the rest."""

    def __init__(self) -> None:
        self.given_up = False

    def give_up(self) -> None:
        """Take back what was done in it."""
        self.given_up = True


@contextmanager
def part(tx: Tx) -> Iterator[Part]:
    """A part of the transaction; what it did is taken back where it is given up."""
    own, connection = Part(), cast("PreparedConnection", tx)
    connection.say("SAVEPOINT part")
    yield own
    if own.given_up:
        connection.say("ROLLBACK TO SAVEPOINT part")
    connection.say("RELEASE SAVEPOINT part")


def take_turn(tx: Tx, number: int) -> None:
    """Do what has this number one after the other, until each transaction ends.

    For what is looked at first and written then; SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(TURN, {"number": number})


def is_outage(fault: DBAPIError) -> bool:
    """Whether the database is at fault, rather than what was asked of it."""
    if fault.connection_invalidated:
        return True
    code: int | None = getattr(fault.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_OUTAGES
    return isinstance(fault, OperationalError)


def _name_of(fault: Exception) -> str:
    """A fault by its name: its text would hold what was asked."""
    cause = getattr(fault, "orig", None) or fault
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return str(name or type(cause).__name__)


def _create_private(file: str | None) -> None:
    """WB-038: SQLite itself would make the file readable by everybody."""
    if file:
        # Where this can't be done, opening it tells why.
        with suppress(OSError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    try:
        with closing(connection.cursor()) as cursor:
            _write_ahead(cursor)
            for pragma in SQLITE_PRAGMAS:
                cursor.execute(pragma)
    except BaseException:
        # Half prepared, it might hold a lock for as long as somebody looks at the fault.
        connection.close()
        raise


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch the file over to its log; SQLite does not wait where two do so at once (RL-15)."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
