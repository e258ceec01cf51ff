# SPDX-License-Identifier: Apache-2.0
"""Where a command works: the settings, the database, the nouns, and who typed it."""

import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from idp.cli.program import CONFIG, refuse
from idp.config import Settings, load
from idp.db import Database
from idp.http.services import Core
from idp.keys.installation import InstallationSecrets
from idp.logs import configure
from idp.origin import Origin

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation as opened by one command."""

    core: Core
    secrets: InstallationSecrets
    origin: Origin


def config_file() -> Path | None:
    """The file that `--config` named."""
    context = click.get_current_context(silent=True)
    return context.meta.get(CONFIG) if context else None


def settings() -> Settings:
    """The configuration, with the logs set up as it says."""
    found = load(config_file(), os.environ)
    configure(found.log)
    return found


def missing_database(found: Settings) -> str:
    """Why there is nothing to open yet, or nothing. To open an SQLite file is to make it."""
    url = make_url(found.database.url)
    if url.drivername != "sqlite" or Path(url.database or "").is_file():
        return ""
    return f"there is no file {url.database}: run `sceau init`"


@contextmanager
def database() -> Iterator[Database]:
    """The database alone, whatever schema it has."""
    # Here, so that `--help` and `config reference` don't wait for the whole program to load.
    from idp.opening import open_database

    found = settings()
    if why := missing_database(found):
        refuse(f"The database can't be opened: {why}.")
    opened = open_database(found)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def installation(given: Settings | None = None) -> Iterator[Place]:
    """Everything that administering needs, and nothing that serves pages."""
    from idp.opening import open_core, open_database

    found = given or settings()
    if why := missing_database(found):
        refuse(f"The database can't be opened: {why}.")
    opened = open_database(found)
    try:
        core, installed = open_core(found, opened)
        try:
            yield Place(core, installed, whoever())
        finally:
            core.passwords.close()
    finally:
        opened.close()


def whoever() -> Origin:
    """Who typed the command, as the audit keeps it."""
    return Origin(COMMAND_LINE, user_name(), secrets.token_hex(8))


def user_name() -> str:
    """The system's name of the user; for root by sudo, also who it was."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"uid {number}"
    caller = os.environ.get("SUDO_USER", "")
    return f"{name} (sudo: {caller})" if number == 0 and caller else name
