# SPDX-License-Identifier: Apache-2.0
"""`sceau upgrade-check`: what an upgrade would do to the database, before it is done."""

import click
from alembic.script import ScriptDirectory

from idp.cli.output import count, say, table
from idp.cli.place import database
from idp.cli.program import Command, refuse
from idp.schema import check_schema, current_version, newest_version, script_config


@click.command("upgrade-check", cls=Command)
def upgrade_check() -> None:
    """Say which changes of the schema wait; exits with 1 where `sceau init` is needed."""
    with database() as opened:
        found, needed = current_version(opened), newest_version()
        scripts = ScriptDirectory.from_config(script_config())
        known = {one.revision for one in scripts.walk_revisions()}
        if found == needed or (found and found not in known):
            # A newer database is refused there, in its own words.
            check_schema(opened)
            say(f"The database stands at {needed}, as this version needs it.")
            return
    waiting = [
        (one.revision, (one.doc or "").partition("\n")[0])
        for one in scripts.iterate_revisions(needed, found or "base")
        if one.revision != found
    ]
    say(table(("WAITING", ""), reversed(waiting)))
    refuse(f"{count(len(waiting), 'change')} of the schema: back up, then `sceau init`.")
