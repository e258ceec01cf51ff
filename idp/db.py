# SPDX-License-Identifier: Apache-2.0
"""The database door: declarative base, kept connections, one transaction a request.

Reads run in autocommit on a connection kept by each thread; `write()` opens the one transaction
of a request. Verbs of the nouns receive the connection and never open one themselves.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, Row, Table, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

from idp.errors import Breakdown, Unavailable

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


def table_of(model: type[Base]) -> Table:
    """The table of a model, for prebuilt Core statements."""
    return cast("Table", model.__table__)


class NestedWrite(Breakdown):
    """A second transaction was opened inside the first: a fault of ours."""


# synchronous=FULL: a consumed code or a revocation must survive a power cut, or it is valid again.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
)


def make_extension() -> SQLAlchemy:
    """Flask-SQLAlchemy over our own declarative base."""
    return SQLAlchemy(model_class=Base, disable_autonaming=True)


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine: kept connections decide themselves when to begin."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    if url.startswith("postgresql"):
        options |= {"pool_size": 40, "max_overflow": 40, "pool_timeout": 5}
    else:
        options |= {"pool_size": 0, "connect_args": {"check_same_thread": False}}
    return options


class Database:
    """One engine, one kept connection a thread, one writer at a time on SQLite."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        self._local = threading.local()
        # SQLite has one writer: threads queue here in order instead of polling its busy handler.
        self._writer = threading.Lock()
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A connection in autocommit: each statement sees the newest committed state."""
        connection = self._kept()
        try:
            yield connection
        except DBAPIError as fault:
            self._forget_if_lost(fault)
            raise

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """The one transaction of a request: committed at the end, rolled back by an exception."""
        connection = self._kept()
        if getattr(self._local, "writing", False):
            raise NestedWrite("write() inside write()")
        if self.is_sqlite:
            with self._writer:
                yield from self._transaction(connection)
        else:
            yield from self._transaction(connection)

    def _transaction(self, connection: Connection) -> Iterator[Tx]:
        self._local.writing = True
        try:
            connection.exec_driver_sql(self._begin)
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise
        except DBAPIError as fault:
            self._forget_if_lost(fault)
            raise
        finally:
            self._local.writing = False

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it was, see below
            # The connection is in an unknown state: it must not serve another request.
            self.forget()

    def _kept(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed:
            return connection
        try:
            connection = self.engine.connect()
        except DBAPIError as fault:
            raise Unavailable("database") from fault
        self._local.connection = connection
        return connection

    def _forget_if_lost(self, fault: DBAPIError) -> None:
        if fault.connection_invalidated:
            self.forget()

    def forget(self) -> None:
        """Drop this thread's connection; the next use opens a new one."""
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Close this thread's connection and the pool."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
        self.engine.dispose()


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
