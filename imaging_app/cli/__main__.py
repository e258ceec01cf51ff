# SPDX-License-Identifier: Apache-2.0
"""python -m imaging_app.cli --settings imaging.toml COMMAND."""

from pathlib import Path
from typing import NoReturn

import click

from imaging_app.cli.exams import check_images, import_folder, move_images, resume_imports
from imaging_app.cli.ground import opened
from imaging_app.cli.keeping import clear_incoming, retention
from imaging_app.cli.notices import notices, send_notices
from imaging_app.dicom import confining
from imaging_app.schema import current_version, upgrade
from imaging_app.trace.verify import NotWhole, anchor_head, verify

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
@click.option(
    "--settings",
    "file",
    type=FILE,
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


@program.command()
@click.pass_obj
def check(file: Path) -> None:
    """Look at settings, keys and database, and at what the kernel does for us."""
    with opened(file) as ground:
        click.echo(f"database: {current_version(ground.database)}")
    version, filtered = confining.landlock(), confining.has_filter()
    kept = f"by Landlock {version}" if version else "not kept from other files: no Landlock here"
    click.echo(f"whoever reads an image: {kept}")
    kept = "by a filter" if filtered else "not kept from the network: no filter here"
    click.echo(f"whom it may speak to: {kept}")


@program.command("verify-trace")
@click.option("--anchor", type=FILE, help="Signed heads, kept elsewhere.")
@click.pass_obj
def verify_trace(file: Path, anchor: Path | None) -> None:
    """Prove that nothing of the trace was changed or removed, or say where."""
    with opened(file) as ground:
        if anchor is not None and not anchor.exists():
            raise click.ClickException(f"{anchor}: there is no such file")
        verdict = verify(ground.database, ground.keys, anchor)
    if not verdict.is_whole:
        _refuse(NotWhole(verdict))
    click.echo(f"{verdict.rows} rows: whole")


@program.command("anchor-trace")
@click.argument("anchor", type=FILE)
@click.pass_obj
def anchor_trace(file: Path, anchor: Path) -> None:
    """Add the signed head of the trace to a file, which is then kept elsewhere."""
    with opened(file) as ground:
        try:
            head = anchor_head(ground.database, ground.keys, anchor)
        except NotWhole as fault:
            _refuse(fault)
    click.echo("no row yet" if head is None else f"row {head.seq}")


def _refuse(fault: NotWhole) -> NoReturn:
    for one in fault.verdict.faults:
        click.echo(f"row {one.seq}: {one.what.value}", err=True)
    raise click.ClickException(str(fault))


COMMANDS = (
    import_folder,
    resume_imports,
    check_images,
    move_images,
    notices,
    send_notices,
    retention,
    clear_incoming,
)
for command in COMMANDS:
    program.add_command(command)

if __name__ == "__main__":
    program()
