# SPDX-License-Identifier: Apache-2.0
"""`sceau establishments`: the organisations that people belong to."""

import json
from dataclasses import asdict, replace
from typing import Any, NoReturn

import click

from idp.accounts.establishments import Establishment, Standing
from idp.administration.authority import Denied
from idp.administration.region.houses import House, StaleHouse, UnfitHouse
from idp.administration.versions import version_of
from idp.cli.desk import desk_of
from idp.cli.output import JSON, facts, say, say_made, table
from idp.cli.place import installation
from idp.cli.program import Group, refuse

KEY = click.argument("key", metavar="FINESS")


@click.group("establishments", cls=Group)
def establishments() -> None:
    """Establishments, by their FINESS number."""


@establishments.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """All of them, by name."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.houses.every(tx, desk.authority)
    known = [] if isinstance(found, Denied) else found
    if as_json:
        say(json.dumps([asdict(one) for one in known], ensure_ascii=False, indent=2))
        return
    lines = [(one.key, one.name, one.town, one.state.value) for one in known]
    say(table(("FINESS", "NAME", "TOWN", "STATE"), lines))


@establishments.command("show")
@KEY
@JSON
def show(key: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """One of them, and how many accounts belong to it."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.houses.load(tx, desk.authority, key)
    if not isinstance(found, House):
        _unknown(key)
    known = asdict(found.establishment) | {"accounts": found.accounts, "more": found.more}
    if as_json:
        say(json.dumps(known, ensure_ascii=False, indent=2))
        return
    more = " or more" if known.pop("more") else ""
    known["accounts"] = f"{found.accounts}{more}"
    say(facts((name.replace("_", " "), value) for name, value in known.items()))


@establishments.command("add")
@KEY
@click.argument("name")
@click.option("--town", default="")
@click.option("--post-code", default="")
@click.option("--support-email", default="")
@click.option("--support-phone", default="")
@JSON
def add(key: str, name: str, *, as_json: bool, **known: Any) -> None:
    """Make an establishment."""
    house = Establishment(key, name, **known)
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.houses.add(tx, desk.authority, house)
    _check(done, key)
    say_made(f"{key}: {name}", as_json=as_json, **asdict(house))


@establishments.command("edit")
@KEY
@click.option("--name")
@click.option("--town")
@click.option("--post-code")
@click.option("--support-email")
@click.option("--support-phone")
def edit(key: str, **known: Any) -> None:
    """Correct what is known of it."""
    given = {name: value for name, value in known.items() if value is not None}
    if not given:
        refuse("Say what is to be changed: see --help.")
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        found = desk.office.houses.load(tx, desk.authority, key)
        if not isinstance(found, House):
            _unknown(key)
        there = found.establishment
        wished = replace(there, **given)
        done = desk.office.houses.edit(tx, desk.authority, version_of(there), wished)
    _check(done, key)
    say(f"{key}: unchanged" if wished == there else f"{key}: {', '.join(given)}")


@establishments.command("close")
@KEY
def close(key: str) -> None:
    """Nothing is begun there any more; its accounts stay."""
    _set(key, Standing.CLOSED)


@establishments.command("open")
@KEY
def reopen(key: str) -> None:
    """Open it again."""
    _set(key, Standing.ACTIVE)


def _set(key: str, standing: Standing) -> None:
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.houses.set_standing(tx, desk.authority, key, standing)
    _check(done, key)
    say(f"{key}: {standing.value}" if done else f"{key}: unchanged")


def _check(done: object, key: str) -> None:
    match done:
        case Denied():
            _unknown(key)
        case UnfitHouse(taken=True):
            refuse(f"There is an establishment {key} already.")
        case UnfitHouse():
            refuse(f"This can't be kept: {', '.join(done.fields)}.")
        case StaleHouse():
            refuse("Somebody changed it meanwhile: look at it again.")


def _unknown(key: str) -> NoReturn:
    refuse(f"There is no establishment {key}: see `sceau establishments list`.")
