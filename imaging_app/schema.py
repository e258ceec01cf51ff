# SPDX-License-Identifier: Apache-2.0
"""The schema and its versions: brought up by `init`, checked at every start."""

from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from imaging_app.db import Database

SCRIPTS = Path(__file__).resolve().parent / "migrations"
# Two processes that start together must not migrate together.
LOCK = text("SELECT pg_advisory_xact_lock(4713023)")


class WrongSchema(Exception):
    """The database does not stand where this version of the portal needs it."""


def script_config() -> Config:
    """Alembic's configuration, with the scripts of this installation."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def newest_version() -> str:
    """The version that this program needs."""
    return ScriptDirectory.from_config(script_config()).get_current_head() or ""


def current_version(database: Database) -> str:
    """The version that the database stands at; nothing for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def check_schema(database: Database) -> None:
    """Refuse to start on a database that is empty, older or newer."""
    found, needed = current_version(database), newest_version()
    if found != needed:
        stands = f"stands at {found}" if found else "is empty"
        raise WrongSchema(f"the portal's database {stands}, this version needs {needed}")


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
            (command.upgrade if up else command.downgrade)(config, target)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            # Where the connection is lost, so is the transaction; the fault itself is told.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK")
            raise


def _begin_alone(connection: Connection, *, is_sqlite: bool) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
    if not is_sqlite:
        connection.execute(LOCK)
