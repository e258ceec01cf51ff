# SPDX-License-Identifier: Apache-2.0
"""`sceau roles`: who administers. The first super-administrator is made here."""

import click
from sqlalchemy import select

from idp.accounts import service
from idp.administration.authority import Authorities, Denied, Held, application_subject, grants
from idp.administration.outcomes import Unfit
from idp.administration.rights import Role
from idp.cli import people
from idp.cli.output import say, table, table_as_json
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.db import Tx
from idp.office import open_office

WHY = {
    "last": "there would be no super-administrator left",
    "perimeter-needed": "this role needs an establishment (--establishment)",
    "no-perimeter": "this role is for the whole region",
    "unknown-establishment": "there is no such establishment",
    "unknown-account": "there is no such account",
    "unknown-application": "there is no such application",
    "patient": "a patient administers nothing",
}
ROLE = click.argument("role", type=click.Choice([one.value for one in Role]))
PERIMETER = click.option("--establishment", default="", metavar="FINESS", help="Its perimeter.")
APPLICATION = click.option(
    "--application", "application", is_flag=True, help="WHO is an application's key."
)


@click.group("roles", cls=Group)
def roles() -> None:
    """Roles of administrators. WHO is an identifier, an e-mail address or an account's id."""


@roles.command("list")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show_all(for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """Everybody who holds a role."""
    with installation() as place, place.core.database.read() as tx:
        authorities = open_office(place.core, place.secrets).authorities
        lines = _lines(tx, authorities)
    say((table_as_json if for_machines else table)(("WHO", "ROLE", "ESTABLISHMENT"), lines))


@roles.command("give")
@click.argument("who")
@ROLE
@PERIMETER
@APPLICATION
def give(who: str, role: str, establishment: str, application: bool) -> None:  # noqa: FBT001
    """Give a role."""
    with installation() as place:
        subject = _subject(place, who, application=application)
        office = open_office(place.core, place.secrets)
        authority = office.authorities.of_command(place.origin)
        with place.core.database.write() as tx:
            answer = office.roles.give(tx, authority, subject, Held(Role(role), establishment))
    _tell(answer, f"{who}: {role}", "the role is held already")


@roles.command("take")
@click.argument("who")
@ROLE
@PERIMETER
@APPLICATION
def take(who: str, role: str, establishment: str, application: bool) -> None:  # noqa: FBT001
    """Take a role away; it opens nothing from the next request on."""
    with installation() as place:
        subject = _subject(place, who, application=application)
        office = open_office(place.core, place.secrets)
        authority = office.authorities.of_command(place.origin)
        with place.core.database.write() as tx:
            answer = office.roles.take(tx, authority, subject, Held(Role(role), establishment))
    _tell(answer, f"{who}: no longer {role}", "the role is not held")


def _subject(place: Place, who: str, *, application: bool) -> str:
    if not application:
        return people.find(place, who).id
    with place.core.database.read() as tx:
        if place.core.applications.load(tx, who) is None:
            refuse(f"There is no application {who!r}: see `sceau applications list`.")
    return application_subject(who)


def _tell(answer: Denied | Unfit | bool, done: str, unchanged: str) -> None:  # noqa: FBT001
    if isinstance(answer, Unfit):
        refuse(f"Nothing was changed: {WHY[answer.why]}.")
    if isinstance(answer, Denied):
        refuse("Nothing was changed: this may not be done from the command line.")
    say(done if answer else f"Nothing was changed: {unchanged}.")


def _lines(tx: Tx, authorities: Authorities) -> list[tuple[str, str, str]]:
    subjects = sorted(set(tx.execute(select(grants.c.subject)).scalars()))
    lines = []
    for subject in subjects:
        account = None if ":" in subject else service.load(tx, subject)
        name = account.person.identifier if account else subject
        lines += [
            (name, held.role.value, held.establishment) for held in authorities.held_by(tx, subject)
        ]
    return lines
