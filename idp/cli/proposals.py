# SPDX-License-Identifier: Apache-2.0
"""`sceau proposals`: grave acts that wait for a second administrator; two people agree, not one."""

import json
from dataclasses import asdict

import click

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.cli.desk import desk_of
from idp.cli.output import JSON, moment, say, table
from idp.cli.place import installation
from idp.cli.program import Group, refuse


@click.group("proposals", cls=Group)
def proposals() -> None:
    """Acts that wait for a second administrator. The console and the API agree to them."""


@proposals.command("list")
@click.option("--decided", is_flag=True, help="Those that were decided, instead.")
@JSON
def show_all(decided: bool, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """What waits."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.proposals.listed(tx, desk.authority, decided=decided)
    known = () if isinstance(found, Denied) else found
    if as_json:
        facts = [asdict(one) | {"facts": dict(one.facts)} for one in known]
        say(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    head = ("ID", "ACT", "STATE", "PROPOSED BY", "PROPOSED", "UNTIL")
    lines = [
        (
            one.id,
            one.kind,
            one.state,
            one.proposed_by,
            moment(one.proposed_at),
            moment(one.expires_at),
        )
        for one in known
    ]
    say(table(head, lines))


@proposals.command("decline")
@click.argument("proposal", metavar="ID")
def decline(proposal: str) -> None:
    """Have an act not done."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.proposals.decline(tx, desk.authority, proposal)
    if isinstance(done, Denied):
        refuse(f"There is no proposal {proposal}: see `sceau proposals list`.")
    if isinstance(done, Unfit):
        refuse(f"{proposal} was decided already, or waited too long.")
    say(f"{proposal}: declined")
