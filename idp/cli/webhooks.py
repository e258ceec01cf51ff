# SPDX-License-Identifier: Apache-2.0
"""`sceau webhooks`: addresses that are told of events."""

import json
from dataclasses import asdict
from typing import Any, NoReturn

import click

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.region.webhooks import Delivery, Webhook, Wished
from idp.cli.desk import Desk, desk_of
from idp.cli.output import JSON, moment, say, say_made, table
from idp.cli.place import installation
from idp.cli.program import Group, refuse
from idp.db import Tx
from idp.programs.telling import EVENTS

ID = click.argument("webhook", metavar="ID")


@click.group("webhooks", cls=Group)
def webhooks() -> None:
    """Addresses that are told of events."""


@webhooks.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """All of them, by name."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.webhooks.every(tx, desk.authority)
    known: list[Webhook] = [] if isinstance(found, Denied) else found
    if as_json:
        say(json.dumps([asdict(one) for one in known], ensure_ascii=False, indent=2))
        return
    head = ("ID", "NAME", "STATE", "FAILING SINCE", "ADDRESS", "EVENTS")
    lines = [
        (
            one.id,
            one.name,
            one.state,
            moment(one.failing_since),
            one.address,
            " ".join(one.events),
        )
        for one in known
    ]
    say(table(head, lines))


@webhooks.command("add")
@click.argument("name")
@click.argument("address")
@click.option("--event", "events", type=click.Choice(sorted(EVENTS)), multiple=True, required=True)
@JSON
def add(name: str, address: str, events: tuple[str, ...], *, as_json: bool) -> None:
    """Have an address told of events; its secret is printed this once."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        wished = Wished(name, address, tuple(dict.fromkeys(events)))
        done = desk.office.webhooks.add(tx, desk.authority, wished)
    if isinstance(done, Denied | Unfit):
        _sorry(done)
    made = done.webhook
    lines = (f"{made.id}: {made.name}", f"secret: {done.secret}")
    say_made(*lines, as_json=as_json, **asdict(made), secret=done.secret)


@webhooks.command("stop")
@ID
def stop(webhook: str) -> None:
    """Tell it nothing until it is started again."""
    _edit(webhook, active=False)


@webhooks.command("start")
@ID
def start(webhook: str) -> None:
    """Begin anew."""
    _edit(webhook, active=True)


@webhooks.command("rotate")
@ID
def rotate(webhook: str) -> None:
    """Print another secret; the one before signs as well for a day."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.webhooks.rotate(tx, desk.authority, webhook)
    if isinstance(done, Denied):
        _sorry(done)
    say(f"{webhook}: rotated", f"secret: {done.secret}")


@webhooks.command("ping")
@ID
def ping(webhook: str) -> None:
    """Send something to try it out."""
    say(f"{webhook}: on its way, {_done('ping', webhook)}")


@webhooks.command("deliveries")
@ID
@JSON
def deliveries(webhook: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """What was sent to it, the newest first."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        found = desk.office.webhooks.deliveries(tx, desk.authority, webhook)
    if isinstance(found, Denied):
        _sorry(found)
    if as_json:
        say(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    say(table(("ID", "EVENT", "STATE", "TRIES", "MADE", "FAULT"), [_line(one) for one in found]))


@webhooks.command("resend")
@ID
@click.argument("delivery")
def resend(webhook: str, delivery: str) -> None:
    """Send one again that is over, under the same id."""
    _done("resend", webhook, delivery)
    say(f"{delivery}: on its way")


@webhooks.command("remove")
@ID
def remove(webhook: str) -> None:
    """Give it up, with what was on its way."""
    _done("remove", webhook)
    say(f"{webhook}: removed")


def _edit(webhook: str, *, active: bool) -> None:
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        found = _load(tx, desk, webhook)
        wished = Wished(found.name, found.address, tuple(found.events), active)
        done = desk.office.webhooks.edit(tx, desk.authority, webhook, found.updated_at, wished)
    if isinstance(done, Denied | Unfit):
        _sorry(done)
    say(f"{webhook}: {done.state}")


def _load(tx: Tx, desk: Desk, webhook: str) -> Webhook:
    found = desk.office.webhooks.load(tx, desk.authority, webhook)
    return _sorry(found) if isinstance(found, Denied) else found


def _done(verb: str, *arguments: str) -> Any:
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = getattr(desk.office.webhooks, verb)(tx, desk.authority, *arguments)
    if isinstance(done, Denied):
        _sorry(done)
    return done


def _line(one: Delivery) -> tuple[object, ...]:
    return one.id, one.event, one.state, one.tries, moment(one.created_at), one.fault


def _sorry(why: Denied | Unfit) -> NoReturn:
    if isinstance(why, Unfit):
        refuse(f"This can't be kept: {', '.join(why.fields) or why.why}.")
    refuse("There is no such webhook or delivery: see `sceau webhooks list`.")
