# SPDX-License-Identifier: Apache-2.0
"""`sceau init`: the database at the newest schema, the installation's secrets, the first keys."""

import os
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from idp.audit.record import Event
from idp.cli.output import say
from idp.cli.place import config_file, installation
from idp.cli.program import Command
from idp.cli.ring import new_ring_line, write_private
from idp.config import ConfigFaults, Settings, load
from idp.config.sources import variable
from idp.logs import configure
from idp.schema import current_version, newest_version, upgrade

RING = "secrets.keys"
RING_FILE = variable("secrets", "keys") + "_FILE"


@click.command("init", cls=Command)
@click.option(
    "--new-keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Make a key ring first, in this new file.",
)
def init(new_keys: Path | None) -> None:
    """Prepare the database, or bring it to this version. Safe to run again."""
    # Whatever is made from here on is nobody else's to read (WB-038).
    os.umask(0o077)
    if new_keys is not None:
        write_private(new_keys, new_ring_line() + "\n")
        say(f"Key ring made: {new_keys}", "Keep a copy of it apart from the database's backups.")
    found = _settings(new_keys)
    configure(found.log)
    prepare(found)


def _settings(new_keys: Path | None) -> Settings:
    try:
        return load(config_file(), os.environ)
    except ConfigFaults as wrong:
        unset = any(fault.setting == RING and not fault.source for fault in wrong.faults)
        if new_keys is None or not unset:
            raise
    # The configuration names no key ring yet: the new one serves for this command.
    say(f"The configuration names no key ring: set {RING_FILE}={new_keys.resolve()}")
    return load(config_file(), {**os.environ, RING_FILE: str(new_keys)})


def prepare(found: Settings) -> None:
    """Make what is missing and say what was done."""
    from idp.opening import open_database

    make_folder(found)
    database = open_database(found)
    try:
        before, needed = current_version(database), newest_version()
        upgrade(database)
    finally:
        database.close()
    if before == needed:
        say(f"Database: already at {needed}")
    else:
        say(f"Database: {'made' if not before else f'brought from {before}'}, now at {needed}")
    with installation(found) as place, place.core.database.write() as tx:
        event = Event("installation.prepared", detail={"before": before, "schema": needed})
        place.core.audit.record(tx, event, place.origin)
        algorithms = sorted({one.algorithm for one in place.core.signing.list(tx)})
    say(f"Signing keys: {', '.join(algorithms)}", f"Ready for: {found.server.issuer}")


def make_folder(found: Settings) -> None:
    """The folder of an SQLite file, closed to others."""
    url = make_url(found.database.url)
    if url.drivername == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
