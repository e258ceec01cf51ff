# SPDX-License-Identifier: Apache-2.0
"""`sceau accounts`: people, from a terminal."""

import json
from typing import Any

import click

from idp.accounts import service
from idp.accounts.national_ids import NotSet
from idp.accounts.values import Account, Person, Population, State
from idp.cli import people
from idp.cli.account_desk import COMMANDS
from idp.cli.imports import bring_in
from idp.cli.output import JSON, count, facts, moment, say, say_made, table
from idp.cli.passwords import ask_another, ask_first
from idp.cli.place import installation
from idp.cli.program import Group, refuse

DAY = 86_400
WHO = click.argument("who")
COMMUNITY = click.argument("community", default="")
ESTABLISHMENT = click.option("--establishment", default="", metavar="FINESS")
STATES = [one.value for one in State]
POPULATIONS = [one.value for one in Population]


@click.group("accounts", cls=Group)
def accounts() -> None:
    """People. WHO is an identifier, an e-mail address or an account's id."""


accounts.add_command(bring_in)
for verb in COMMANDS:
    accounts.add_command(verb)


@accounts.command("add")
@click.option("--population", type=click.Choice(POPULATIONS), required=True)
@click.option(
    "--identifier",
    default="",
    help="What the person types to log in; made from the name where it is left out.",
)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--civility", default="")
@click.option("--birth-name", default="")
@click.option("--birth-date", default="", metavar="YYYY-MM-DD")
@click.option("--email", default="")
@click.option(
    "--email-verified", is_flag=True, help="It is known to be theirs: links may go there."
)
@click.option("--phone", default="")
@click.option("--phone-verified", is_flag=True, help="The same for the mobile.")
@click.option("--national-id", help="With its prefix digit: 8 and RPPS, 0 and ADELI…")
@click.option("--profession", default="")
@click.option("--speciality", default="")
@click.option("--town", default="")
@click.option("--locale", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--community", "communities", multiple=True, metavar="KEY", help="May be repeated.")
@click.option(
    "--establishment", "establishments", multiple=True, metavar="FINESS", help="May be repeated."
)
@click.option("--no-password", is_flag=True, help="Give none: the person can't use one yet.")
@click.option("--password-stdin", is_flag=True, help="Read it from standard input, unasked.")
@click.option("--temporary-password", is_flag=True, help="Make one, and print it once.")
@JSON
def add(
    *,
    communities: tuple[str, ...],
    establishments: tuple[str, ...],
    no_password: bool,
    password_stdin: bool,
    temporary_password: bool,
    as_json: bool,
    population: str,
    **known: Any,
) -> None:
    """Make an account; the password is asked for, or read from standard input.

    Whoever has it replaces it at the first login, within the days that a temporary one lasts.
    """
    person = Person(population=Population(population), **known)
    with installation() as place:
        named = people.with_identifier(place, person)
        people.check_person(named)
        people.check_communities(place, communities)
        people.check_establishments(place, establishments)
        password = ""
        if temporary_password:
            password = place.core.renewal.temporary_for(named)
        elif not no_password:
            password = ask_first(place, named, piped=password_stdin)
        account = people.add(place, person, password, communities, establishments)
    identifier = account.person.identifier
    once = {"temporary_password": password} if temporary_password else {}
    lines = [f"{identifier}: made, {account.id}"]
    lines += [f"temporary password: {one}" for one in once.values()]
    say_made(*lines, as_json=as_json, identifier=identifier, id=account.id, **once)


@accounts.command("list")
@click.option("--population", type=click.Choice(POPULATIONS))
@click.option("--state", type=click.Choice(STATES))
@click.option("--community", metavar="KEY")
@JSON
def show_all(
    population: str | None,
    state: str | None,
    community: str | None,
    as_json: bool,  # noqa: FBT001 - click's way
) -> None:
    """Accounts, by name."""
    with installation() as place, place.core.database.read() as tx:
        found = [
            one
            for one in service.every(tx)
            if (not population or one.person.population == population)
            and (not state or one.state == state)
            and (not community or community in one.communities)
        ]
    if as_json:
        say(json.dumps([_as_facts(one) for one in found], ensure_ascii=False, indent=2))
        return
    rows = [
        (
            one.person.identifier,
            one.person.last_name,
            one.person.first_name,
            one.person.population,
            one.state,
            ", ".join(sorted(one.communities)),
        )
        for one in found
    ]
    say(
        table(("IDENTIFIER", "LAST NAME", "FIRST NAME", "POPULATION", "STATE", "COMMUNITIES"), rows)
    )


@accounts.command("show")
@WHO
@JSON
def show(who: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """One account: who, what state, live sessions, tries counted."""
    with installation() as place:
        sheet = people.sheet(place, people.find(place, who))
    if as_json:
        say(json.dumps(people.sheet_facts(sheet), ensure_ascii=False, indent=2))
        return
    say(facts(_as_facts(sheet.account).items()))
    for number, replaced_at in sheet.former_national_ids:
        say(f"national id until {moment(replaced_at)}: {number}")
    if sheet.merged_into:
        say(f"given up for the account {sheet.merged_into}")
    for house in sheet.establishments:
        say(f"in {house.name} ({house.key})")
    for held in sheet.roles:
        say(f"role {held.role}" + (f" for {held.establishment}" if held.establishment else ""))
    for one in sheet.sessions:
        means = ", ".join(one.means)
        say(f"session since {moment(one.created_at)}, by {means}, from {one.address}")
    for counter in sheet.tries:
        until = f", waits until {moment(counter.blocked_until)}" if counter.blocked_until else ""
        say(f"{counter.means}: {count(counter.streak, 'wrong try', 'wrong tries')} in a row{until}")


@accounts.command("disable")
@WHO
def disable(who: str) -> None:
    """Lock a person out, until enabled again; ends every session everywhere."""
    _set_state(who, State.DISABLED)


@accounts.command("enable")
@WHO
def enable(who: str) -> None:
    """Let a disabled person in again."""
    _set_state(who, State.ACTIVE)


@accounts.command("close")
@WHO
@click.option("--yes", is_flag=True, help="Don't ask.")
def close(who: str, yes: bool) -> None:  # noqa: FBT001 - click's way
    """Close an account for good; it stays known, so that nobody gets its name."""
    if not yes:
        click.confirm(f"Close the account of {who} for good?", abort=True)
    _set_state(who, State.CLOSED)


def _set_state(who: str, state: State) -> None:
    with installation() as place:
        account = people.find(place, who)
        if account.state is State.CLOSED and state is not State.CLOSED:
            refuse(f"{account.person.identifier} is closed, and stays so.")
        ending = people.set_state(place, account, state)
    name = account.person.identifier
    if ending is None:
        say(f"{name}: was {state} already")
        return
    say(f"{name}: {state}")
    _tell_ending(ending)


def _tell_ending(ending: people.Ending) -> None:
    if ending.sessions:
        say(f"{count(ending.sessions, 'session')} ended")
    for application, reach in ending.told:
        say(f"  {application}: {reach}")


@accounts.command("join")
@WHO
@COMMUNITY
@ESTABLISHMENT
def join(who: str, community: str, establishment: str) -> None:
    """Put a person into a community, or into an establishment."""
    _one_of(community, establishment)
    with installation() as place:
        account = people.find(place, who)
        if establishment:
            people.check_establishments(place, (establishment,))
            done = people.affiliate(place, account, establishment)
        else:
            people.check_communities(place, (community,))
            done = people.join(place, account, community)
    where = community or establishment
    say(f"{account.person.identifier}: {'now' if done else 'already'} in {where}")


@accounts.command("leave")
@WHO
@COMMUNITY
@ESTABLISHMENT
def leave(who: str, community: str, establishment: str) -> None:
    """Take a person out of a community, or out of an establishment."""
    _one_of(community, establishment)
    with installation() as place:
        account = people.find(place, who)
        if establishment:
            done = people.unaffiliate(place, account, establishment)
        else:
            done = people.leave(place, account, community)
    where = community or establishment
    if not done:
        refuse(f"{account.person.identifier} is not in {where}.")
    say(f"{account.person.identifier}: no longer in {where}")


def _one_of(community: str, establishment: str) -> None:
    if bool(community) is bool(establishment):
        refuse("Name a community, or an establishment by `--establishment`.")


@accounts.command("set-national-id")
@WHO
@click.argument("national_id")
def set_national_id(who: str, national_id: str) -> None:
    """Give a person a new national identifier, with its prefix digit (8 RPPS, 0 ADELI).

    The one of before goes on leading to the same account: cards that bear it still work.
    """
    if not people.NATIONAL_ID.fullmatch(national_id):
        refuse("A national identifier is made of digits, with their prefix digit.")
    with installation() as place:
        account = people.find(place, who)
        old = account.person.national_id
        refused = people.renumber(place, account, national_id)
    if refused is NotSet.SAME:
        refuse(f"{account.person.identifier} has this national identifier already.")
    if refused is not None:
        refuse("Somebody else has this national identifier, or had it before.")
    say(f"{account.person.identifier}: {national_id}, {old or 'none'} before")


@accounts.command("set-password")
@WHO
@click.option("--stdin", "piped", is_flag=True, help="Read it from standard input, unasked.")
def set_password(who: str, piped: bool) -> None:  # noqa: FBT001 - click's way
    """Give a password of your choice for one login; ends every session, forgets wrong tries.

    The person replaces it at that login: nobody but its owner knows the one that lasts.
    """
    with installation() as place:
        account = people.find(place, who)
        password = ask_another(place, account, piped=piped)
        ending = people.set_password(place, account, password)
    say(f"{account.person.identifier}: password set, to be replaced at the next login")
    _tell_ending(ending)


@accounts.command("reset-password")
@WHO
def reset_password(who: str) -> None:
    """Give a temporary password, printed once; ends every session, forgets wrong tries."""
    with installation() as place:
        account = people.find(place, who)
        password, ending = people.reset_password(place, account)
        days = place.core.settings.policies.temporary_life // DAY
    say(f"{account.person.identifier}: a temporary password is set")
    say(f"temporary password: {password}")
    say(f"It must be replaced at the next login, within {count(days, 'day')}.")
    _tell_ending(ending)


@accounts.command("unlock")
@WHO
def unlock(who: str) -> None:
    """Forget the wrong tries of a person, so that the next one is free."""
    with installation() as place:
        account = people.find(place, who)
        cleared = people.unlock(place, account)
    told = f"{count(cleared, 'counter')} cleared" if cleared else "nothing was counted"
    say(f"{account.person.identifier}: {told}")


def _as_facts(account: Account) -> dict[str, object]:
    person = account.person
    return {
        "id": account.id,
        "identifier": person.identifier,
        "state": account.state.value,
        "population": person.population.value,
        "civility": person.civility,
        "first name": person.first_name,
        "last name": person.last_name,
        "birth name": person.birth_name,
        "birth date": person.birth_date,
        "email": person.email,
        "phone": person.phone,
        "national id": person.national_id or "",
        "profession": person.profession,
        "speciality": person.speciality,
        "town": person.town,
        "locale": person.locale,
        "communities": ", ".join(sorted(account.communities)),
    }
