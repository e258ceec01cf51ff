# SPDX-License-Identifier: Apache-2.0
"""`sceau accounts import` and `sceau imports`: people from a file, as in the console."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.imports.fields import fields_of
from idp.administration.imports.runs import Upload
from idp.administration.imports.store import Run
from idp.cli import importing
from idp.cli.desk import Desk, desk_of
from idp.cli.import_json import as_table
from idp.cli.output import JSON, count, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Command, Group, refuse

IN_CLEAR = frozenset({"password", "mot de passe", "mot_de_passe", "motdepasse", "mdp"})
ID = click.argument("run", metavar="ID")


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option(
    "--population",
    type=click.Choice([one.value for one in Population]),
    default=Population.PROFESSIONAL.value,
    show_default=True,
    help="Of those whose line does not say.",
)
@click.option("--establishment", default="", metavar="FINESS", help="Where they belong.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Where a title is no help."
)
@click.option("--skip-faults", is_flag=True, help="Bring in the lines that have none.")
def bring_in(
    file: Path,
    dry_run: bool,  # noqa: FBT001
    population: str,
    establishment: str,
    columns: tuple[str, ...],
    skip_faults: bool,  # noqa: FBT001
) -> None:
    """Bring in the people of a FILE: CSV with a header, or a JSON object a line.

    Nothing is written while any line has a fault. Whoever is there already is corrected by what
    the file says. What was brought in is taken back by `sceau imports undo`.
    """
    upload = Upload("accounts", file.name, establishment, population)
    with installation() as place, as_table(file) as (opened, offset):
        desk = desk_of(place)
        try:
            with importing.brought(place, desk, upload, opened) as read:
                run = _try_out(place, desk, read, columns)
                faults = importing.faults(place, desk, run.id, offset)
                if faults and not skip_faults:
                    refuse("\n".join(["Nothing was written:", *faults]))
                done = importing.do(place, desk, "drop" if dry_run else "start", run.id)
            if dry_run:
                say(f"{_made(run.counts.get('create', 0))} would be made, {_others(run, 'change')}")
                return
            told = f"{_made(done.counts.get('made', 0))} made, {_others(done, 'changed')}"
            if done.counts.get("failed"):
                lines = importing.faults(place, desk, run.id, offset)
                refuse("\n".join([f"{told} But:", *lines]))
        finally:
            desk.office.import_work.close()
    say(told, f"To take it back: sceau imports undo {run.id}", *faults)


def _try_out(place: Place, desk: Desk, known: Run, columns: tuple[str, ...]) -> Run:
    with place.core.database.read() as tx:
        mapping = desk.office.imports.mapping_of(tx, known, desk.authority.actor)
    mapping |= dict(_column(one, known) for one in columns)
    for title in (title for title in known.header if title.strip().casefold() in IN_CLEAR):
        refuse(
            f"column {title}: passwords in clear are not imported; give password_hash, "
            "or none and let people ask for a new one"
        )
    left = [title for place, title in enumerate(known.header) if place not in mapping.values()]
    if left:
        click.echo(f"Left out: {', '.join(left)}", err=True)
    return importing.try_out(place, desk, known.id, mapping)


def _column(given: str, run: Run) -> tuple[str, int]:
    field, _equals, title = given.partition("=")
    if field not in fields_of("accounts", commanded=True):
        refuse(f"{field!r} is no field: {', '.join(fields_of('accounts', commanded=True))}.")
    if title not in run.header:
        refuse(f"The file has no column {title!r}.")
    return field, run.header.index(title)


def _made(number: int) -> str:
    return count(number, "account")


def _others(run: Run, changed: str) -> str:
    return (
        f"{run.counts.get(changed, 0)} corrected, {run.counts.get('unchanged', 0)} there already."
    )


@click.group("imports", cls=Group)
def imports() -> None:
    """Imports of people: of the console, of the API and of commands."""


@imports.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """The latest of them."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.imports.listed(tx, desk.authority)
    known = [] if isinstance(found, Denied) else found
    if as_json:
        say(json.dumps([asdict(one) for one in known], ensure_ascii=False, indent=2))
        return
    head = ("ID", "FILE", "KIND", "STATE", "LINES", "BROUGHT")
    lines = [
        (one.id, one.name, one.kind, one.state, one.rows, moment(one.created_at)) for one in known
    ]
    say(table(head, lines))


@imports.command("report")
@ID
@JSON
def report(run: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """What became of each line."""
    with installation() as place:
        desk = desk_of(place)
        found = list(importing.lines(place, desk, run))
    if as_json:
        names = ("line", "verdict", "outcome", "why", "account")
        facts = [{name: getattr(one, name) for name in names} for one in found]
        say(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    rows = [(one.line, one.verdict, one.outcome, one.why) for one in found]
    say(table(("LINE", "DRY RUN", "OUTCOME", "WHY"), rows))


@imports.command("stop")
@ID
def stop(run: str) -> None:
    """Stop one after the lines under way; what is done stays."""
    _do("stop", run)


@imports.command("resume")
@ID
def resume(run: str) -> None:
    """Go on where it was stopped."""
    _do("resume", run)


@imports.command("undo")
@ID
def undo(run: str) -> None:
    """Take back what nobody has used or changed since."""
    _do("undo", run)


@imports.command("drop")
@ID
def drop(run: str) -> None:
    """Give one up before anything was written."""
    _do("drop", run)


def _do(verb: str, run: str) -> None:
    with installation() as place:
        desk = desk_of(place)
        try:
            done = importing.do(place, desk, verb, run)
        finally:
            desk.office.import_work.close()
        left = importing.faults(place, desk, run) if verb == "undo" else []
    importing.tell(done)
    if left:
        say(*left)
