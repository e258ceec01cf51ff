# SPDX-License-Identifier: Apache-2.0
"""`sceau communities`: the networks that accounts belong to."""

import re

import click

from idp.accounts import service
from idp.audit.record import Event
from idp.cli.output import say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_KEY = 64


@click.group("communities", cls=Group)
def communities() -> None:
    """Networks that open applications to their members."""


@communities.command("list")
def show_all() -> None:
    """Every community."""
    with installation() as place, place.core.database.read() as tx:
        names = service.community_names(tx)
    say(table(("KEY", "NAME"), sorted(names.items())))


@communities.command("add")
@click.argument("key")
@click.argument("name")
def add(key: str, name: str) -> None:
    """Make a community, or give it another name."""
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        refuse("A key is made of small letters, digits and hyphens, 64 at most: onco-centre.")
    if not name.strip() or not name.isprintable():
        refuse("A name is a text on one line.")
    with installation() as place:
        changed = name_community(place, key, name.strip())
    say(f"{key}: {name.strip()}" if changed else f"{key}: unchanged")


def name_community(place: Place, key: str, name: str) -> bool:
    """Store the name, where it is not the one stored, and tell the audit."""
    core = place.core
    with core.database.write() as tx:
        if service.community_names(tx).get(key) == name:
            return False
        service.name_community(tx, key, name)
        event = Event("community.named", detail={"community": key, "name": name})
        core.audit.record(tx, event, place.origin)
    return True
