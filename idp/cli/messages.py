# SPDX-License-Identifier: Apache-2.0
"""`sceau messages`: what was sent and what waits; never what it says, nor to whom exactly."""

import json
from dataclasses import asdict

import click

from idp.audit.record import Event
from idp.cli.output import facts, moment, say, table
from idp.cli.place import installation
from idp.cli.program import Group, refuse
from idp.messages import breaker, records
from idp.messages.post import channels_of
from idp.messages.records import Record

STATES = ("queued", "sending", "sent", "delivered", "failed", "worthless")
CHANNELS = ("email", "sms", "logout", "task", "webhook", "ping", "signal")
MOST = 1000
as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("messages", cls=Group)
def messages() -> None:
    """E-mails, SMS and notices to applications: what was sent, what waits, and why."""


@messages.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--channel", type=click.Choice(CHANNELS), help="Only these.")
@click.option("--most", type=click.IntRange(1, MOST), default=50, show_default=True)
@as_json
def list_messages(state: str | None, channel: str | None, most: int, *, as_json: bool) -> None:
    """The newest messages."""
    with installation() as place, place.core.database.read() as tx:
        found = records.listed(tx, state=state or "", channel=channel or "", most=most)
    if as_json:
        say(json.dumps([asdict(one) for one in found]))
        return
    if not found:
        say("No message.")
        return
    head = ("id", "state", "channel", "purpose", "recipient", "tries", "written", "fault")
    say(table(head, (_line(one) for one in found)))


def _line(one: Record) -> tuple[object, ...]:
    written = moment(one.created_at)
    return (
        one.id,
        one.state,
        one.channel,
        one.purpose,
        one.recipient,
        one.tries,
        written,
        one.fault,
    )


@messages.command("show")
@click.argument("message", metavar="ID")
@as_json
def show(message: str, *, as_json: bool) -> None:
    """One message."""
    with installation() as place, place.core.database.read() as tx:
        found = records.load(tx, message)
    if found is None:
        refuse(_unknown(message))
    if as_json:
        say(json.dumps(asdict(found)))
        return
    say(
        facts(
            [
                ("id", found.id),
                ("state", found.state),
                ("channel", found.channel),
                ("purpose", found.purpose),
                ("account", found.account),
                ("recipient", found.recipient),
                ("tries", found.tries),
                ("fault", found.fault),
                ("provider's name", found.provider_ref),
                ("written", moment(found.created_at)),
                ("next", moment(found.next_at)),
                ("of worth until", moment(found.worthless_at)),
                ("over since", moment(found.ended_at)),
            ]
        )
    )


@messages.command("retry")
@click.argument("message", metavar="ID")
def retry(message: str) -> None:
    """Try a waiting message again at once, not after its delay."""
    with installation() as place:
        core = place.core
        with core.database.write() as tx:
            found = records.load(tx, message)
            hastened = records.hasten(tx, message, core.clock.now())
            if hastened:
                event = Event("message.hastened", detail={"message": message})
                core.audit.record(tx, event, place.origin)
    if found is None:
        refuse(_unknown(message))
    if not hastened:
        why = "it is being sent" if found.state == "sending" else f"it is over ({found.state})"
        refuse(f"This message can't be tried again: {why}. What is over keeps no content.")
    say("It is due now: whoever delivers takes it within a second.")


@messages.command("stats")
@as_json
def stats(*, as_json: bool) -> None:
    """How many messages each channel has in each state, and how its provider does."""
    with installation() as place, place.core.database.read() as tx:
        counted = records.counts(tx)
        known = breaker.every(tx)
        now, there = place.core.clock.now(), channels_of(place.core.settings)
    lines = []
    for channel in CHANNELS:
        doing = known.get(channel, breaker.Health())
        if channel not in there:
            state = "nothing is set up"
        elif doing.is_down(now):
            state = f"down until {moment(doing.down_until)}"
        else:
            state = "up" if doing.open else "on trial"
        numbers = {name: counted.get((channel, name), 0) for name in STATES}
        lines.append({"channel": channel, "provider": state, "failures": doing.streak, **numbers})
    if as_json:
        say(json.dumps(lines))
        return
    say(table(tuple(lines[0]), (tuple(line.values()) for line in lines)))


def _unknown(message: str) -> str:
    return f"There is no message {message!r}: see `sceau messages list`."
