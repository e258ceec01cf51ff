# SPDX-License-Identifier: Apache-2.0
"""`sceau accounts import`: many people at once, from a file; again without doubling anybody."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from idp.accounts.service import Duplicate
from idp.accounts.values import Population
from idp.cli import people
from idp.cli.import_files import Fault, read_file
from idp.cli.import_plan import Newcomer, Plan, Planner
from idp.cli.output import count, plain, say
from idp.cli.place import Place, installation
from idp.cli.program import Command, refuse
from idp.credentials.passwords import Reason
from idp.db import Tx

# People made in one transaction: others write in between (RL-27).
BATCH = 200
TOLD_EVERY = 2000
MOST_FAULTS = 200


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option(
    "--population",
    type=click.Choice([one.value for one in Population]),
    help="Of those whose row does not say.",
)
@click.option(
    "--encoding", type=click.Choice(["utf-8", "cp1252"]), default="utf-8", show_default=True
)
@click.option(
    "--must-change", is_flag=True, help="Everybody replaces the password at the first login."
)
def bring_in(
    file: Path,
    dry_run: bool,  # noqa: FBT001 - click's way
    population: str | None,
    encoding: str,
    must_change: bool,  # noqa: FBT001
) -> None:
    """Make the accounts of a FILE: CSV with a header, or a JSON object a line.

    Nothing is written while any line has a fault. Whoever is there already is left as they are,
    so that an import that was cut short is simply run again.
    """
    found = read_file(file.read_bytes(), encoding)
    with installation() as place:
        with place.core.database.read() as tx:
            pattern = place.core.settings.identifiers.pattern
            progress = Progress("lines read", len(found.rows))
            plan = Planner(tx, pattern, population or "", progress.tick).read(found.rows)
        faults = sorted(found.faults + plan.faults, key=lambda one: one.line)
        if faults:
            refuse(_told("Nothing was written:", faults))
        if not dry_run:
            lost = list(_write(place, plan, Reason.FIRST.value if must_change else ""))
            plan.newcomers = plan.newcomers[: len(plan.newcomers) - len(lost)]
            if lost:
                refuse(_told(f"{_sum(plan, dry_run=False)} But:", lost))
    say(_sum(plan, dry_run=dry_run))


def _told(head: str, faults: Sequence[Fault]) -> str:
    lines = [f"  {plain(fault)}" for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(f"  and {len(faults) - MOST_FAULTS} more")
    return "\n".join([head, *lines])


def _sum(plan: Plan, *, dry_run: bool) -> str:
    made = count(len(plan.newcomers), "account")
    return f"{made} {'would be ' if dry_run else ''}made, {plan.there} there already."


class Progress:
    """A line now and then on standard error."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0

    def tick(self) -> None:
        """One more."""
        self._done += 1
        if self._done % TOLD_EVERY == 0:
            click.echo(f"{self._done} of {self._total} {self._what}", err=True)


def _write(place: Place, plan: Plan, must_change: str) -> Iterator[Fault]:
    """Everybody, a batch in each transaction; those whom somebody else was quicker to make."""
    progress = Progress("accounts made", len(plan.newcomers))
    for start in range(0, len(plan.newcomers), BATCH):
        batch = plan.newcomers[start : start + BATCH]
        try:
            with place.core.database.write() as tx:
                for one in batch:
                    _make(tx, place, one, must_change)
        except people.GivenUp:
            for one in batch:
                yield from _one_by_one(place, one, must_change)
        for _one in batch:
            progress.tick()


def _one_by_one(place: Place, one: Newcomer, must_change: str) -> Iterator[Fault]:
    for _attempt in range(people.MOST_ATTEMPTS):
        try:
            with place.core.database.write() as tx:
                _make(tx, place, one, must_change)
        except people.GivenUp as given_up:
            why = given_up.why
        else:
            return
        if not one.named_here or why.duplicate is not Duplicate.IDENTIFIER:
            break
        unnamed = replace(one.person, identifier="")
        one = replace(one, person=people.with_identifier(place, unnamed))
    yield Fault(one.line, f"{people.why_not(why)}, since a moment ago")


def _make(tx: Tx, place: Place, one: Newcomer, must_change: str) -> None:
    made = people.create(tx, place, one.person, one.communities)
    if one.hashed:
        passwords = place.core.passwords
        passwords.put(tx, made.id, one.hashed, place.origin, must_change=must_change)
