# SPDX-License-Identifier: Apache-2.0
"""Commands about exams: a folder is taken in, what is kept is looked at."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from imaging_app.cli.ground import Ground, opened
from imaging_app.exams.checking import check, drop_strangers
from imaging_app.exams.importing import Import
from imaging_app.exams.opening import Exams, open_exams
from imaging_app.store.behind import Behind
from imaging_app.store.opening import open_store
from imaging_app.store.port import Away

BY = "command"
EVERY = 1.0


def now() -> int:
    """Seconds since the epoch."""
    return int(time.time())


@contextmanager
def exams_of(file: Path) -> Iterator[tuple[Ground, Exams]]:
    """Settings, keys, database, and everything about exams."""
    with opened(file) as ground:
        store = open_store(ground.settings)
        with closing(open_exams(ground.database, ground.keys, now, store)) as opened_exams:
            try:
                yield ground, opened_exams
            except Away as fault:
                raise click.ClickException(f"the PACS does not answer: {fault}") from None


def say(found: Import) -> None:
    """One line of progress."""
    told = f"{found.kept} kept, {found.known} known, {found.aside} set aside"
    click.echo(f"{found.done} of {found.files}: {told}")


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--establishment", required=True, help="Whose files these are: its FINESS number.")
@click.pass_obj
def import_folder(file: Path, folder: Path, establishment: str) -> None:
    """Take in every DICOM file of a folder."""
    with exams_of(file) as (ground, exams):
        job = exams.imports.begin(establishment, folder, BY)
        _go(ground, exams, job)


@click.command("resume-imports")
@click.pass_obj
def resume_imports(file: Path) -> None:
    """Go on with imports that were cut off."""
    with exams_of(file) as (ground, exams):
        with ground.database.read() as tx:
            left = exams.imports.left(tx)
        for job in left:
            _go(ground, exams, job)
        if not left:
            click.echo("nothing is left")


def _go(ground: Ground, exams: Exams, job: str) -> None:
    """Take it in beside, and tell how far it is."""
    thread = threading.Thread(target=_run, args=(ground, exams, job), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(EVERY)
        with ground.database.read() as tx:
            found = exams.imports.one(tx, job)
        if found is not None and thread.is_alive():
            say(found)
    with ground.database.read() as tx:
        found = exams.imports.one(tx, job)
    if found is None or found.state != "done":
        raise click.ClickException(f"the import stopped: {found.fault if found else 'unknown'}")
    say(found)


def _run(ground: Ground, exams: Exams, job: str) -> None:
    try:
        exams.imports.run(job)
    finally:
        ground.database.forget()


@click.command("check-images")
@click.option("--drop-unknown", is_flag=True, help="Drop files of which the index says nothing.")
@click.pass_obj
def check_images(file: Path, drop_unknown: bool) -> None:  # noqa: FBT001 - click hands it so
    """Compare every image in the store with what the index says of it, byte for byte."""
    with exams_of(file) as (ground, exams):
        if drop_unknown:
            click.echo(f"{drop_strangers(ground.database, exams.store)} dropped")
        count = 0
        for fault in check(ground.database, exams.store):
            count += 1
            place = fault.place
            click.echo(f"{fault.kind}: {place.study} {place.series} {place.image}", err=True)
        if isinstance(exams.store, Behind) and (waiting := exams.store.waiting()):
            click.echo(f"{waiting} lie here and not in the PACS", err=True)
        if count:
            raise click.ClickException(f"{count} faults")
        click.echo("whole")


@click.command("move-images")
@click.pass_obj
def move_images(file: Path) -> None:
    """Bring what waits here to the PACS now; the portal does so by itself while it runs."""
    with exams_of(file) as (_ground, exams):
        count = exams.store.move() if isinstance(exams.store, Behind) else 0
        click.echo(f"{count} moved")
