# SPDX-License-Identifier: Apache-2.0
"""`sceau patients`: enrolled with their consent, their letters, withdrawn and renewed."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from idp.accounts.particulars import load as particulars_of
from idp.accounts.service import NotCreated
from idp.administration.authority import Authority, Denied
from idp.administration.imports.runs import Upload
from idp.administration.office import Office
from idp.administration.patients.consents import Withdrawn, of_account
from idp.administration.patients.desk import MOST, STATES, PatientLine, Search
from idp.administration.patients.enrolment import Exists, Faulty, NotShown, Shown
from idp.administration.patients.letters import NotPrinted
from idp.administration.patients.values import NewPatient
from idp.cli import importing, people
from idp.cli.desk import Desk
from idp.cli.output import JSON, count, moment, say, say_made, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.office import open_office

WHO = click.argument("who")
HOUSE = click.option("--establishment", required=True, metavar="FINESS")


@click.group("patients", cls=Group)
def patients() -> None:
    """Patients. WHO is an identifier, an e-mail address or an account's id."""


@contextmanager
def desk() -> Iterator[tuple[Place, Office, Authority]]:
    """The services, for whoever typed the command."""
    with installation() as place:
        office = open_office(place.core, place.secrets)
        try:
            yield place, office, office.authorities.of_command(place.origin)
        finally:
            office.import_work.close()


@patients.command("add")
@HOUSE
@click.option("--last-name", required=True)
@click.option("--first-name", required=True)
@click.option("--birth-date", required=True, metavar="YYYY-MM-DD")
@click.option("--civility", default="")
@click.option("--birth-name", default="")
@click.option("--email", default="")
@click.option("--phone", default="")
@click.option("--ins", default="", help="National health identity, with its key.")
@click.option("--locale", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--another", is_flag=True, help="A namesake has an account: this is somebody else.")
@JSON
def add(*, establishment: str, another: bool, as_json: bool, **known: Any) -> None:
    """Open a patient's account, with the consent that they gave to an establishment."""
    with desk() as (place, office, authority), place.core.database.write() as tx:
        new = NewPatient(**known)
        made = office.patients.enrol(tx, authority, establishment, new, another=another)
    if isinstance(made, Denied):
        refuse(f"There is no open establishment {establishment}.")
    if isinstance(made, NotShown):
        _sorry(made)
    if isinstance(made, Faulty):
        faults = "; ".join(f"{name}: {why}" for name, why in made.fields.items())
        refuse(f"The account was not made: {faults}.")
    if isinstance(made, NotCreated):
        refuse(f"The account was not made: {people.why_not(made)}.")
    if isinstance(made, Exists):
        again = "" if made is Exists.IDENTITY else ", or say --another for a namesake"
        refuse(f"They have an account: note the consent by `sceau patients collect`{again}.")
    identifier, name = made.account.person.identifier, made.account.id
    say_made(f"{identifier}: made, {name}", as_json=as_json, identifier=identifier, id=name)


@patients.command("collect")
@click.argument("identifier")
@click.argument("birth_date", metavar="YYYY-MM-DD")
@HOUSE
def collect(identifier: str, birth_date: str, establishment: str) -> None:
    """Note the consent of a patient who has an account already."""
    with desk() as (place, office, authority), place.core.database.write() as tx:
        shown = Shown(identifier, birth_date)
        done = office.patients.collect(tx, authority, establishment, shown)
    if isinstance(done, Denied | NotShown):
        _sorry(done)
    say(f"{done.account.person.identifier}: consent noted")


@patients.command("renew")
@WHO
@HOUSE
def renew(who: str, establishment: str) -> None:
    """Note anew a consent that was withdrawn; it opens the account where it was the last one."""
    with desk() as (place, office, authority):
        account = people.find(place, who)
        with place.core.database.write() as tx:
            done = office.patients.renew(tx, authority, account.id, establishment)
    if isinstance(done, Denied | NotShown):
        _sorry(done)
    say(f"{account.person.identifier}: consent noted, {done.account.state}")


@patients.command("withdraw")
@WHO
@HOUSE
def withdraw(who: str, establishment: str) -> None:
    """Note that a patient withdraws a consent; with the last one the account is disabled."""
    with desk() as (place, office, authority):
        account = people.find(place, who)
        with place.core.database.write() as tx:
            done = office.patients.withdraw(tx, authority, account.id, establishment)
        if not isinstance(done, Withdrawn):
            refuse(f"{account.person.identifier} has given {establishment} no consent.")
        ending = people.tell(place, account, done.ended)
    say(f"{account.person.identifier}: withdrawn" + (", account disabled" if done.closed else ""))
    people_told = [f"  {application}: {reach}" for application, reach in ending.told]
    for line in people_told:
        say(line)


@patients.command("list")
@click.option("--establishment", default="", metavar="FINESS")
@click.option("--state", type=click.Choice(STATES[1:]))
@click.option("--text", default="", help="Beginnings of names, an identifier, a birth date.")
@JSON
def show_all(establishment: str, state: str | None, text: str, as_json: bool) -> None:  # noqa: FBT001
    """Patients with their consents, the latest first."""
    found: list[PatientLine] = []
    after, more = "", True
    with desk() as (place, office, authority), place.core.database.read() as tx:
        while more:
            search = Search(text, establishment, state or "", after, MOST)
            page = office.patient_desk.search(tx, authority, search)
            if isinstance(page, Denied):
                refuse("There is no such establishment.")
            found += page.lines
            after, more = page.next, bool(page.next)
    if as_json:
        facts = [
            {name: getattr(one, name) for name in PatientLine.__dataclass_fields__} for one in found
        ]
        say(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            one.identifier,
            one.last_name,
            one.first_name,
            one.birth_date,
            one.establishment,
            moment(one.given_at),
            moment(one.withdrawn_at) if one.withdrawn_at else "",
        )
        for one in found
    ]
    head = ("IDENTIFIER", "LAST NAME", "FIRST NAME", "BORN", "ESTABLISHMENT", "GIVEN", "WITHDRAWN")
    say(table(head, rows))


@patients.command("consents")
@WHO
@JSON
def consents(who: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """The consents of one patient."""
    with desk() as (place, _office, _authority):
        account = people.find(place, who)
        with place.core.database.read() as tx:
            given = of_account(tx, account.id)
    if as_json:
        names = ("establishment", "given_at", "given_by", "text_version", "withdrawn_at")
        say(json.dumps([{name: getattr(one, name) for name in names} for one in given], indent=2))
        return
    for one in given:
        ended = f", withdrawn {moment(one.withdrawn_at)}" if one.withdrawn_at else ""
        say(f"{one.establishment}: given {moment(one.given_at)}{ended}")


@patients.command("letter")
@click.argument("who", nargs=-1, required=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The PDF to write; there must be no such file yet.",
)
def letter(who: tuple[str, ...], output: Path) -> None:
    """Print letters into one PDF, each with a new temporary password; any before is void."""
    # Here, so that other commands don't wait for it to load.
    from idp.http.letter_sheets import letterhead_of, sheet_of
    from idp.http.paper import print_letters

    with desk() as (place, office, authority):
        core, found = place.core, [people.find(place, one) for one in who]
        with core.database.read() as tx:
            ready = office.letters.prepare(tx, authority, [one.id for one in found])
        if not isinstance(ready, list):
            _sorry(ready)
        # First: what can't be written must not have cost anybody their password.
        with _private(output) as file:
            made = [(one, core.renewal.temporary(one)) for one in ready]
            hashed = [(one.id, core.passwords.hashed(password)) for one, password in made]
            with core.database.write() as tx:
                done = office.letters.print_all(tx, authority, hashed)
                known = {one.id: particulars_of(tx, one.id) for one in ready}
            if not isinstance(done, list):
                _sorry(done)
            sheets = []
            for (one, password), printed in zip(made, done, strict=True):
                people.tell(place, one, printed.ended)
                sheets.append(sheet_of(core, printed, password, known[one.id]))
            file.write(print_letters(letterhead_of(core), sheets))
    say(f"{output}: {count(len(sheets), 'letter')}")


@patients.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@HOUSE
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
def bring_in(file: Path, establishment: str, dry_run: bool) -> None:  # noqa: FBT001
    """Open the accounts of a FILE of patients (CSV), with the consents that they gave."""
    with desk() as (place, office, authority), file.open("rb") as opened:
        upload = Upload("patients", file.name, establishment)
        here = Desk(office, authority)
        with importing.brought(place, here, upload, opened) as run:
            with place.core.database.read() as tx:
                mapping = office.imports.mapping_of(tx, run, authority.actor)
            planned = importing.try_out(place, here, run.id, mapping)
            told = [one.strip() for one in importing.faults(place, here, run.id)]
            done = importing.do(place, here, "drop" if dry_run else "start", run.id)
    say(*told, importing.sums(planned if dry_run else done))


@contextmanager
def _private(output: Path) -> Iterator[Any]:
    """A new file that nobody else reads: it holds passwords."""
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        refuse(f"{output} can't be written: {fault.strerror}.")
    with os.fdopen(handle, "wb") as file:
        yield file


def _sorry(why: Denied | NotShown | NotPrinted) -> NoReturn:
    told = {
        Denied.NOT_FOUND: "There is no such patient, or no such establishment.",
        NotShown.NO_MATCH: "No patient has this identifier and this birth date.",
        NotShown.STANDS: "This consent stands already.",
        NotShown.CLOSED: "This account is closed for good.",
        NotPrinted.CLOSED: "There is no letter for an account that is not open.",
    }
    refuse(told.get(why) or f"It was not done: {why.value}.")
