# SPDX-License-Identifier: Apache-2.0
"""python -m imaging_app.cli --settings imaging.toml COMMAND."""

from pathlib import Path

import click

from imaging_app.cli.ground import opened
from imaging_app.schema import current_version, upgrade


@click.group()
@click.option(
    "--settings",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The portal's settings, a TOML file.",
)
@click.pass_context
def program(context: click.Context, file: Path) -> None:
    """The imaging portal."""
    context.obj = file


@program.command()
@click.pass_obj
def init(file: Path) -> None:
    """Make the keys if there are none, and bring the database up to this version."""
    with opened(file, new=True) as ground:
        upgrade(ground.database)
        click.echo(f"database: {current_version(ground.database)}")


if __name__ == "__main__":
    program()
