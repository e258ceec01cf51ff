# SPDX-License-Identifier: Apache-2.0
"""Commands about what is kept for how long, and what was left behind."""

from datetime import UTC, datetime
from pathlib import Path

import click

from imaging_app.cli.exams import exams_of, now
from imaging_app.exams.retention import Term, over, remove
from imaging_app.store.embedded import Folders
from imaging_app.trace.record import Trace


@click.command("retention")
@click.option("--years", type=click.IntRange(1, 100), required=True, help="Since the last visit.")
@click.option("--remove", "really", is_flag=True, help="Remove them; without it they are listed.")
@click.option("--dry-run", is_flag=True, help="List them alone, which is what it does anyhow.")
@click.option("--keep", multiple=True, metavar="NUMBER", help="A file number that is held back.")
@click.pass_obj
def retention(
    file: Path,
    years: int,
    really: bool,  # noqa: FBT001 - click hands it so
    dry_run: bool,  # noqa: FBT001
    keep: tuple[str, ...],
) -> None:
    """Exams of files whose last visit is so many years ago, and whose patients are 28 or more."""
    if really and dry_run:
        raise click.UsageError("--remove and --dry-run: one of them")
    with exams_of(file) as (ground, exams):
        today = datetime.fromtimestamp(now(), ground.settings.timezone).date()
        term = Term(today, years, keep)
        trace, count = Trace(ground.keys, now), 0
        for one in over(ground.database, term):
            click.echo(f"{one.establishment} {one.number}: {one.count}, last {one.last_on}")
            if not really:
                count += one.count
                continue
            gone = remove(ground.database, exams.store, trace, one.file, term)
            count += gone
            if gone < one.count:
                click.echo(f"{one.establishment} {one.number}: {gone} removed, changed meanwhile")
    click.echo(f"{count} exams {'removed' if really else 'would be removed by --remove'}")


@click.command("clear-incoming")
@click.option("--hours", type=click.IntRange(1), default=24, show_default=True, help="Older than.")
@click.pass_obj
def clear_incoming(file: Path, hours: int) -> None:
    """Forget what processes that were killed left half received; also done at each start."""
    with exams_of(file) as (ground, _exams):
        before = datetime.now(UTC).timestamp() - hours * 3600
        click.echo(f"{Folders(ground.settings.store).clear_incoming(before)} forgotten")
