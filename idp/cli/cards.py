# SPDX-License-Identifier: Apache-2.0
"""`sceau cards`: cards of the CPS family and whose they are, from a terminal."""

from datetime import UTC, date, datetime, time, timedelta

import click

from idp.accounts import service
from idp.accounts.values import Population
from idp.administration.authority import COMMAND_LINE
from idp.cli import people
from idp.cli.output import JSON, count, facts_as_json, moment, say, say_made, table, table_as_json
from idp.cli.place import installation
from idp.cli.program import Group, refuse
from idp.credentials import cards as held
from idp.credentials.cards import SERIAL, Card, Kind
from idp.login import lost_cards

DAY = "%Y-%m-%d"


@click.group("cards", cls=Group)
def cards() -> None:
    """Cards of the CPS family. WHO is an identifier, an e-mail address or an account's id."""


@cards.command("add")
@click.argument("who")
@click.argument("serial")
@click.option("--kind", type=click.Choice([one.value for one in Kind]), default=Kind.CPS.value)
@click.option(
    "--valid-until", type=click.DateTime([DAY]), required=True, help="Its last day (UTC)."
)
@click.option(
    "--first-used", type=click.DateTime([DAY]), help="Day of the first login by this card."
)
@JSON
def add(
    who: str,
    serial: str,
    *,
    kind: str,
    valid_until: datetime,
    first_used: datetime | None,
    as_json: bool,
) -> None:
    """Bind a card to a person who is no patient."""
    if not SERIAL.fullmatch(serial):
        refuse("A serial number is made of 4 to 64 letters, digits, dots and hyphens.")
    last = _midnight(valid_until.date() + timedelta(days=1))
    with installation() as place:
        account = people.find(place, who)
        if account.person.population is Population.PATIENT:
            refuse(f"{account.person.identifier} is a patient: cards are for professionals.")
        used = _midnight(first_used.date()) if first_used else None
        if used is not None and used > place.core.clock.now():
            refuse("A card can't have been used in the future.")
        card = Card(serial, account.id, Kind(kind), last, used)
        with place.core.database.write() as tx:
            if not place.core.cards.add(tx, card, place.origin):
                refuse(f"The card {serial} is bound to an account already.")
    identifier = account.person.identifier
    known = {"identifier": identifier, "card": serial, "kind": kind, "valid_until": moment(last)}
    say_made(f"{identifier}: card {serial}", as_json=as_json, **known)


@cards.command("list")
@click.argument("who")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show_all(who: str, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """The cards of a person."""
    with installation() as place:
        account = people.find(place, who)
        with place.core.database.read() as tx:
            found = held.of_account(tx, account.id)
    rows = [
        (
            one.serial,
            one.kind.value,
            moment(one.valid_until),
            moment(one.first_used_at),
            moment(one.last_used_at),
            moment(one.revoked_at),
        )
        for one in found
    ]
    head = ("SERIAL", "KIND", "VALID UNTIL", "FIRST USED", "LAST USED", "REVOKED")
    say((table_as_json if for_machines else table)(head, rows))


@cards.command("show")
@click.argument("serial")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show(serial: str, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """One card: whose it is, and what its certificate said when it was last used."""
    with installation() as place, place.core.database.read() as tx:
        found = held.find(tx, serial)
        account = service.load(tx, found.account) if found else None
    if found is None or account is None:
        refuse(f"There is no card {serial}.")
    facts = {
        "serial": found.serial,
        "kind": found.kind.value,
        "whose": f"{account.person.identifier} ({account.person.display_name})",
        "valid until": moment(found.valid_until),
        "first used": moment(found.first_used_at),
        "last used": moment(found.last_used_at),
        "revoked": moment(found.revoked_at),
        "family": found.family,
        "authority": found.authority,
        "certificate": found.certificate_serial,
    }
    if for_machines:
        say(facts_as_json(facts.items()))
        return
    for name, value in facts.items():
        say(f"{name + ':':<13} {value}".rstrip())


@cards.command("restore")
@click.argument("serial")
def restore(serial: str) -> None:
    """Take back a revocation that was made here by mistake."""
    with installation() as place, place.core.database.write() as tx:
        owner = place.core.cards.restore(tx, serial, place.origin)
        account = service.load(tx, owner) if owner else None
    if account is None:
        refuse(f"There is no revoked card {serial}.")
    say(f"{account.person.identifier}: card {serial} is good again")


@cards.command("revoke")
@click.argument("serial")
def revoke(serial: str) -> None:
    """End a card for good: what stands on it ends as well."""
    with installation() as place, place.core.database.write() as tx:
        core = place.core
        lost = lost_cards.revoke(tx, core.cards, core.elsewhere, serial, place.origin, COMMAND_LINE)
        account = service.load(tx, lost.account) if lost else None
    if lost is None or account is None:
        refuse(f"There is no card {serial} that is not revoked.")
    say(f"{account.person.identifier}: card {serial} revoked")
    if lost.ended:
        say(f"{count(len(lost.ended), 'session')} ended")


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
