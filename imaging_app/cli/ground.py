# SPDX-License-Identifier: Apache-2.0
"""What every command opens: settings, keys, database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from imaging_app.crypto import CryptoError, Keys, make_keys, read_keys
from imaging_app.db import Database, make_engine
from imaging_app.schema import WrongSchema, check_schema
from imaging_app.settings import Settings, SettingsError, read_settings


@dataclass(frozen=True, slots=True)
class Ground:
    """What a command stands on."""

    settings: Settings
    keys: Keys
    database: Database


@contextmanager
def opened(settings_file: Path, *, new: bool = False) -> Iterator[Ground]:
    """Open it all, and close it; what is missing is said in one sentence."""
    try:
        settings = read_settings(settings_file)
        if new:
            settings.data.mkdir(parents=True, exist_ok=True)
            make_keys(settings.keys_file, "k1")
        keys = read_keys(settings.keys_file)
        database = Database(make_engine(settings.database_url))
        try:
            if not new:
                check_schema(database)
            yield Ground(settings, keys, database)
        finally:
            database.close()
    except (SettingsError, CryptoError, WrongSchema) as fault:
        raise click.ClickException(str(fault)) from None
    except SQLAlchemyError as fault:
        # Its text would hold what was asked.
        raise click.ClickException(f"the database: {type(fault).__name__}") from None
