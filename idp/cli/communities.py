# SPDX-License-Identifier: Apache-2.0
"""`sceau communities`: the networks that accounts belong to."""

import json
from dataclasses import asdict

import click

from idp.administration.authority import Denied
from idp.administration.region.networks import UnfitNetwork
from idp.cli.desk import desk_of
from idp.cli.output import JSON, say, say_made, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse

WHY = {
    "key": "A key is made of small letters, digits and hyphens, 64 at most: onco-centre.",
    "name": "A name is a text on one line, of at most 128 characters.",
    "stale": "Somebody gave it another name meanwhile.",
    "members": "It has members.",
    "applications": "Applications are open to its members.",
}


@click.group("communities", cls=Group)
def communities() -> None:
    """Networks that open applications to their members."""


@communities.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Every community, who is in it, and what it opens."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.networks.every(tx, desk.authority)
    known = [] if isinstance(found, Denied) else sorted(found, key=lambda one: one.key)
    if as_json:
        say(json.dumps([asdict(one) for one in known], ensure_ascii=False, indent=2))
        return
    lines = [
        (
            one.key,
            one.name,
            one.members or 0,
            "establishments" if one.to_houses else "region",
            ", ".join(one.opens),
        )
        for one in known
    ]
    say(table(("KEY", "NAME", "MEMBERS", "KEPT BY", "OPENS"), lines))


@communities.command("add")
@click.argument("key")
@click.argument("name")
@JSON
def add(key: str, name: str, *, as_json: bool) -> None:
    """Make a community, or give it another name."""
    with installation() as place:
        changed = name_community(place, key, name.strip())
    said = f"{key}: {name.strip()}" if changed else f"{key}: unchanged"
    say_made(said, as_json=as_json, key=key, name=name.strip(), changed=bool(changed))


@communities.command("open")
@click.argument("key")
def open_it(key: str) -> None:
    """Let establishments put their people into it themselves."""
    _open(key, opened=True)


@communities.command("close")
@click.argument("key")
def close_it(key: str) -> None:
    """Let the region alone put people into it; its members stay."""
    _open(key, opened=False)


@communities.command("remove")
@click.argument("key")
def remove(key: str) -> None:
    """Give up one that has no members and opens nothing."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.networks.remove(tx, desk.authority, key)
    _check(done, key)
    say(f"{key}: removed")


def name_community(place: Place, key: str, name: str) -> bool:
    """Make it, or name it anew; False where it bears this name already."""
    desk = desk_of(place)
    networks, authority = desk.office.networks, desk.authority
    with place.core.database.write() as tx:
        every = networks.every(tx, authority)
        known = {} if isinstance(every, Denied) else {one.key: one.name for one in every}
        if known.get(key) == name:
            return False
        if key in known:
            done = networks.rename(tx, authority, key, known[key], name)
        else:
            done = networks.add(tx, authority, key, name)
        _check(done, key)
    return True


def _open(key: str, *, opened: bool) -> None:
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.networks.open_to_houses(tx, desk.authority, key, opened=opened)
    _check(done, key)
    kept = "by establishments, too" if opened else "by the region alone"
    say(f"{key}: kept {kept}" if done else f"{key}: unchanged")


def _check(done: object, key: str) -> None:
    if isinstance(done, Denied):
        refuse(f"There is no community {key}: see `sceau communities list`.")
    if isinstance(done, UnfitNetwork):
        refuse(WHY.get(done.why, done.why))
