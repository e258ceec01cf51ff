# SPDX-License-Identifier: Apache-2.0
"""Prebuilt Core statements, compiled once and run on the driver's own cursor.

SQLAlchemy's execution costs as much as SQLite's work for a statement of ours (figures in
docs/decisions). A statement is compiled by Core for the dialect in use, and nothing about it
changes after that; what Core would have to convert on the way goes through Core as ever.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Integer, LargeBinary, String, Table
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

MOST_KEPT = 1000
# What drivers take and give as it is, on both databases.
PLAIN = (Integer, String, LargeBinary, NullType)


class Rows:
    """The rows a statement gave, all of them, in the shape of SQLAlchemy's results."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def one_or_none(self) -> Any:
        """The only row, or None."""
        if len(self._rows) > 1:
            raise MultipleResultsFound("more than one row")
        return self.first()

    def one(self) -> Any:
        """The only row."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("no row")
        return row

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """The first column of the only row, or None."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> "Rows":
        """The first column of every row."""
        return Rows([row[0] for row in self._rows], self.rowcount)

    def mappings(self) -> "Rows":
        """Every row as a dictionary."""
        return Rows([row._asdict() for row in self._rows], self.rowcount)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One statement as the driver takes it."""

    sql: str
    # The order of the values where the driver wants them by position.
    names: tuple[str, ...] | None
    constants: Mapping[str, Any]
    # Makes a named row from a tuple; None where the statement gives none.
    make: Callable[[Any], Any] | None

    def values(self, parameters: Mapping[str, Any]) -> Any:
        """The values in the driver's form."""
        known = {**self.constants, **parameters} if self.constants else parameters
        if self.names is None:
            return known
        return tuple(map(known.__getitem__, self.names))


class PreparedConnection(Connection):
    """A connection that runs prebuilt statements without SQLAlchemy's machinery."""

    _kept: dict[Any, Prepared | None]

    def keep_in(self, kept: dict[Any, Prepared | None]) -> "PreparedConnection":
        """Share the compiled statements of a database."""
        self._kept = kept
        return self

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Run a statement; prebuilt ones by the short way."""
        # Whoever listens to SQLAlchemy's events must hear of every statement.
        if options or self._has_events or self.engine._has_events:  # noqa: SLF001
            return super().execute(statement, parameters, **options)
        many = isinstance(parameters, list)
        first: Mapping[str, Any] = (parameters[0] if many else parameters) or {}
        prepared = self._prepared(statement, first)
        if prepared is None:
            return super().execute(statement, parameters)
        cursor = self._cursor()
        try:
            if many:
                cursor.executemany(prepared.sql, [prepared.values(one) for one in parameters])
                return Rows([], cursor.rowcount)
            cursor.execute(prepared.sql, prepared.values(first))
            if prepared.make is None:
                return Rows([], cursor.rowcount)
            found = cursor.fetchall()
            return Rows(list(map(prepared.make, found)), len(found))
        except self.dialect.loaded_dbapi.Error as fault:
            raise self._explained(fault, prepared.sql, cursor) from fault
        finally:
            cursor.close()

    def pour(self, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Put many rows into a table: by COPY where the driver knows it, else one by one."""
        quote = self.dialect.identifier_preparer.quote
        into, columns = quote(table.name), ", ".join(quote(name) for name in names)
        cursor = self._cursor()
        sql = f"COPY {into} ({columns}) FROM STDIN"
        try:
            if hasattr(cursor, "copy"):
                with cursor.copy(sql) as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                sql = f"INSERT INTO {into} ({columns}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
                cursor.executemany(sql, rows)
        except self.dialect.loaded_dbapi.Error as fault:
            raise self._explained(fault, sql, cursor) from fault
        finally:
            cursor.close()

    def say(self, sql: str) -> None:
        """BEGIN, COMMIT or ROLLBACK."""
        if self._has_events or self.engine._has_events:  # noqa: SLF001
            self.exec_driver_sql(sql)
            return
        cursor = self._cursor()
        try:
            cursor.execute(sql)
        except self.dialect.loaded_dbapi.Error as fault:
            raise self._explained(fault, sql, cursor) from fault
        finally:
            cursor.close()

    def _cursor(self) -> Any:
        # The driver's own: what the pool puts around it costs as much as the cursor.
        held = cast("Any", self._dbapi_connection or self.connection)
        return held.dbapi_connection.cursor()

    def _prepared(self, statement: Any, parameters: Mapping[str, Any]) -> Prepared | None:
        key = (statement, *parameters)
        try:
            return self._kept[key]
        except KeyError:
            pass
        if not isinstance(statement, Select | UpdateBase) or len(self._kept) >= MOST_KEPT:
            return None
        prepared = prepare(statement, self.dialect, parameters)
        self._kept[key] = prepared
        return prepared

    def _explained(self, fault: Exception, sql: str, cursor: Any) -> Exception:
        """The driver's fault as SQLAlchemy names it, and whether the connection is lost."""
        dialect = self.dialect
        driver = self.connection.dbapi_connection
        lost = dialect.is_disconnect(cast("Any", fault), cast("Any", driver), cursor)
        if lost:
            self.invalidate(fault)
        return DBAPIError.instance(
            sql,
            None,
            fault,
            cast("Any", dialect.loaded_dbapi.Error),
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )


def prepare(statement: Any, dialect: Dialect, parameters: Mapping[str, Any]) -> Prepared | None:
    """Compile a statement; None where values would have to be converted on the way."""
    compiled = statement.compile(dialect=dialect, column_keys=list(parameters))
    if compiled._post_compile_expanded_state or compiled.post_compile_params:  # noqa: SLF001
        return None
    binds = compiled.bind_names
    if not all(is_plain(bind.type) for bind in binds):
        return None
    columns = compiled._result_columns  # noqa: SLF001 - what Core itself builds rows from
    if any(not isinstance(column.type, PLAIN) for column in columns):
        return None
    constants = {
        name: bind.effective_value for bind, name in binds.items() if name not in parameters
    }
    make = row_maker([column.keyname for column in columns]) if columns else None
    names = tuple(compiled.positiontup) if compiled.positional else None
    return Prepared(str(compiled), names, constants, make)


def is_plain(kind: TypeEngine[Any]) -> bool:
    """Whether the driver takes values of this type as they are."""
    inner = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(inner, PLAIN)


def row_maker(names: Sequence[str]) -> Callable[[Any], Any]:
    """What makes rows of these names, each from a tuple."""
    build: Any = namedtuple  # noqa: PYI024 - the columns are only known here
    row = build("Row", names)
    make: Callable[[Any], Any] = row._make  # noqa: SLF001 - public in spite of its name
    return make
