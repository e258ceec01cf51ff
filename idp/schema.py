# SPDX-License-Identifier: Apache-2.0
"""The schema and its versions: brought up by `sceau init`, checked at every start."""

from contextlib import suppress
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp import paths
from idp.db import Database
from idp.errors import Breakdown, Unavailable

# Two nodes that start together must not migrate together (RL-15).
LOCK = text("SELECT pg_advisory_xact_lock(4713022)")
# On SQLite, who comes second waits for a whole migration, not for one request: milliseconds.
TURN = 300_000


class WrongSchema(Breakdown):
    """The database does not stand where this version of the program needs it."""


def script_config() -> Config:
    """Alembic's configuration, with the scripts of this installation."""
    config = Config()
    config.set_main_option("script_location", str(paths.migrations()))
    return config


def newest_version() -> str:
    """The version that this program needs."""
    return _head_of(str(paths.migrations()))


@cache
def _head_of(_scripts: str) -> str:
    """Read once: the scripts belong to the installation."""
    return ScriptDirectory.from_config(script_config()).get_current_head() or ""


def current_version(database: Database) -> str:
    """The version that the database stands at; nothing for an empty one."""
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    except DBAPIError as fault:
        raise Unavailable("database") from fault


def check_schema(database: Database) -> None:
    """Refuse to start on a database that is empty, older or newer."""
    found, needed = current_version(database), newest_version()
    if found == needed:
        return
    if not found:
        raise WrongSchema("the database is empty: run `sceau init` first")
    known = {one.revision for one in ScriptDirectory.from_config(script_config()).walk_revisions()}
    if found in known:
        raise WrongSchema(
            f"the database stands at {found}, this version needs {needed}: run `sceau init`"
        )
    raise WrongSchema(
        f"the database stands at {found}, which this version does not know: it was made by a "
        "newer one, and there is no way back but a backup"
    )


def upgrade(database: Database, target: str = "head") -> None:
    """Bring the schema up, in one transaction."""
    _migrate(database, target, up=True)


def downgrade(database: Database, target: str) -> None:
    """Take the schema down: for tests and trials, it drops data."""
    _migrate(database, target, up=False)


def _migrate(database: Database, target: str, *, up: bool) -> None:
    config = script_config()
    with database.engine.connect() as connection:
        try:
            _begin_alone(connection, is_sqlite=database.is_sqlite)
            config.attributes["connection"] = connection
            if up:
                command.upgrade(config, target)
            else:
                command.downgrade(config, target)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            # Where the connection is lost, so is the transaction; the fault itself is told.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK")
            raise


def _begin_alone(connection: Connection, *, is_sqlite: bool) -> None:
    """Begin a transaction, once nobody else migrates."""
    if not is_sqlite:
        connection.exec_driver_sql("BEGIN")
        connection.execute(LOCK)
        return
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={TURN}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={before}")
