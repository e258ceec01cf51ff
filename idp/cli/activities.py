# SPDX-License-Identifier: Apache-2.0
"""`sceau accounts activities`: where and as what somebody practises."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import click

from idp.accounts.activities import Activity
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.cli import people
from idp.cli.desk import desk_of
from idp.cli.output import JSON, say, table
from idp.cli.place import installation
from idp.cli.program import refuse

HEAD = ("STRUCTURE", "NAME", "PROFESSION", "SPECIALITY", "SECTOR", "FROM")
KNOWN = {one.name for one in fields(Activity)}


@click.command("activities")
@click.argument("who")
@click.option(
    "--write",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Put these in the place of what was written: a JSON list, codes by their names.",
)
@JSON
def activities(who: str, file: Path | None, *, as_json: bool) -> None:
    """Where and as what somebody practises: as written here, as the national register has it,
    and as those tell by whom they log in.

    Written ones are for people whom no register has.
    """
    with installation() as place:
        account, desk = people.find(place, who), desk_of(place)
        if file is not None:
            wanted = _read(file)
            with place.core.database.write() as tx:
                done = desk.office.practising.write(tx, desk.authority, account.id, wanted)
            if isinstance(done, Unfit):
                refuse(f"Nothing was written: {' '.join((done.why, *done.fields))}")
        with place.core.database.read() as tx:
            seen = desk.office.practising.seen(tx, desk.authority, account.id)
    if isinstance(seen, Denied):
        refuse(f"There is no account {who!r}.")
    if as_json:
        told = [asdict(one.activity) for one in seen.known]
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    say(table(HEAD, [_row(one.activity, one.source) for one in seen.known]))


def _row(one: Activity, source: str) -> tuple[str, ...]:
    told = (one.structure_id, one.structure, one.profession, one.speciality, one.sector)
    return (*told, source)


def _read(file: Path) -> list[Activity]:
    try:
        found: Any = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        refuse(f"{file} can’t be read as JSON.")
    good = isinstance(found, list) and all(
        isinstance(one, dict)
        and set(one) <= KNOWN
        and all(isinstance(value, str) for value in one.values())
        for one in found
    )
    if not good:
        refuse(
            f"{file}: a list of objects is expected, with texts named {', '.join(sorted(KNOWN))}."
        )
    return [Activity(**one) for one in found]
