# SPDX-License-Identifier: Apache-2.0
"""`sceau directory`: the national registers, imported from their open extracts."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from idp.administration.authority import Authority, Denied
from idp.administration.office import Office
from idp.cli.output import JSON, count, facts, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.directory import generations
from idp.directory.generations import CURRENT, FAILED, PRACTITIONERS, UNCHANGED, Generation
from idp.directory.importer import Ways
from idp.directory.numbers import national_id_of, practitioner_fault
from idp.directory.sante import NoAnswer
from idp.directory.values import Practitioner, Structure
from idp.office import open_office

T = TypeVar("T")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
KIND = click.Choice(list(generations.KINDS))
FAULTS = {
    "length": "it has not as many characters as it should",
    "digits": "it holds a character that can't be there",
    "check": "its check digit is wrong: it was mistyped",
}


@click.group("directory", cls=Group)
def directory() -> None:
    """National registers of practitioners and structures."""


@directory.command("import")
@click.argument("file", type=FILE)
@click.option("--kind", type=KIND, default=PRACTITIONERS, show_default=True)
@click.option("--force", is_flag=True, help="Even if it is unchanged, or much smaller than before.")
@JSON
def import_(file: Path, kind: str, *, force: bool, as_json: bool) -> None:
    """Read an open extract (plain, .gz or .zip); the old one is served until the end.

    The same command goes on with an import that was cut off.
    """
    with installation() as place:
        one = _ask(place, file.absolute(), kind, force=force)
        with click.progressbar(length=1000, label=one.kind, hidden=as_json) as bar:
            done = place.core.importer.run(one.id, place.origin, Ways(tell=_teller(bar)))
    if done is None:
        refuse("Somebody else is reading a file of this kind now; `sceau directory status` shows.")
    if as_json:
        say(json.dumps(_shown(done), ensure_ascii=False, indent=2))
    if done.state == FAILED:
        refuse(f"Not imported: {done.fault}.")
    if not as_json:
        say(_sentence(done))


@directory.command("status")
@JSON
def status(*, as_json: bool) -> None:
    """What is served, and the last imports."""
    with installation() as place, place.core.database.read() as tx:
        office, authority = _office(place)
        found = _allowed(office.registers.status(tx, authority))
    if as_json:
        say(json.dumps([_shown(one) for one in found], ensure_ascii=False, indent=2))
        return
    head = ("ID", "KIND", "STATE", "FILE", "LINES", "SUBJECTS", "REJECTED", "STARTED", "ENDED")
    rows = [
        (
            *(one.id, one.kind, _state(one), one.name, one.lines, one.subjects, one.rejected),
            *(moment(one.started_at), moment(one.finished_at)),
        )
        for one in found
    ]
    say(table(head, rows) if rows else "Nothing was imported yet.")


@directory.command("lookup")
@click.argument("number")
@JSON
def lookup(number: str, *, as_json: bool) -> None:
    """Who has an RPPS or ADELI number; or, of nine characters, which structure a FINESS number."""
    with installation() as place:
        found = _look_up(place, number)
    if isinstance(found, NoAnswer):
        refuse(
            "No register here knows this number, and the Annuaire Santé gave no answer: "
            f"{found.reason}."
        )
    if found is None:
        fault = practitioner_fault(number)
        refuse(f"No such number: {FAULTS[fault]}." if fault else "No register knows this number.")
    if as_json:
        say(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        say(_person(found) if isinstance(found, Practitioner) else _house(found))


def _look_up(place: Place, number: str) -> Practitioner | Structure | NoAnswer | None:
    national_id, elsewhere = national_id_of(number), None
    if national_id:
        # Perhaps by the network: never in a transaction.
        elsewhere = place.core.annuaire_sante.find(national_id)
    office, authority = _office(place)
    found: Practitioner | Structure | None = None
    with place.core.database.read() as tx:
        if national_id:
            found = _allowed(office.registers.by_number(tx, authority, national_id))
        found = found or _allowed(office.registers.structure(tx, authority, number))
    return found or (elsewhere if isinstance(elsewhere, NoAnswer) else None)


@directory.command("search")
@click.argument("name")
@click.option("--first-name", default="")
@JSON
def search(name: str, first_name: str, *, as_json: bool) -> None:
    """Practitioners whose last name, or a part of it, begins so."""
    with installation() as place, place.core.database.read() as tx:
        office, authority = _office(place)
        found = _allowed(office.registers.by_name(tx, authority, name, first_name))
    if as_json:
        say(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    say(table(("NUMBER", "LAST NAME", "FIRST NAME", "PROFESSION", "TOWN"), map(_line, found)))


@directory.command("rejects")
@click.argument("generation", type=int, metavar="ID")
@JSON
def rejects(generation: int, *, as_json: bool) -> None:
    """Lines of an import that were not taken, and why (the first ten thousand are kept)."""
    with installation() as place, place.core.database.read() as tx:
        office, authority = _office(place)
        found, after = [], 0
        while page := _allowed(office.registers.rejects(tx, authority, generation, after, 1000)):
            found += page
            after = page[-1].line
    if as_json:
        say(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    say(table(("LINE", "REASON", "TEXT"), ((one.line, one.reason, one.text) for one in found)))


def _office(place: Place) -> tuple[Office, Authority]:
    office = open_office(place.core, place.secrets)
    return office, office.authorities.of_command(place.origin)


def _ask(place: Place, file: Path, kind: str, *, force: bool) -> Generation:
    """The wish, held at once: no serving process must take it in between."""
    office, authority = _office(place)
    with place.core.database.write() as tx:
        asked = office.registers.ask(tx, authority, kind, str(file), forced=force)
        if not isinstance(asked, Generation) or not place.core.importer.take(tx, asked.id):
            refuse("A file of this kind is being read; `sceau directory status` shows how far.")
    return asked


def _allowed(answer: Denied | T) -> T:
    if isinstance(answer, Denied):
        refuse("There is no such import.")
    return answer


def _teller(bar: Any) -> Any:
    def tell(one: Generation) -> None:
        at = one.position * 1000 // one.size if one.size else 0
        bar.update(max(0, min(at, 1000) - bar.pos))

    return tell


def _sentence(one: Generation) -> str:
    if one.state == UNCHANGED:
        return "This file is the one that is served."
    if one.state != CURRENT:
        return "Stopped; the same command goes on."
    lines = count(one.rejected, "line")
    told = f" {lines} not taken: `sceau directory rejects {one.id}`." if one.rejected else ""
    return f"Served now: {one.subjects} {one.kind} from {count(one.kept, 'line')}.{told}"


def _state(one: Generation) -> str:
    if one.fault:
        return f"{one.state} ({one.fault})"
    return f"{one.state} {one.percent} %" if one.is_under_way and one.size else one.state


def _shown(one: Generation) -> dict[str, Any]:
    shown = asdict(one)
    del shown["path"]
    return {**shown, "file": one.name, "percent": one.percent}


def _line(one: Practitioner) -> Sequence[str]:
    first = one.activities[0]
    return (one.national_id, one.last_name, one.first_name, first.profession, first.town)


def _person(one: Practitioner) -> str:
    head = facts(
        (
            ("Number", one.national_id),
            ("Name", f"{one.title} {one.first_name} {one.last_name}".strip()),
        )
    )
    lines = table(
        ("PROFESSION", "SPECIALITY", "STRUCTURE", "TOWN"),
        ((each.profession, each.speciality, each.structure, each.town) for each in one.activities),
    )
    return f"{head}\n{lines}"


def _house(one: Structure) -> str:
    return facts(
        (
            ("FINESS", one.finess),
            ("Name", one.name),
            ("Kind", one.category),
            ("Address", f"{one.address}, {one.post_code} {one.town}".strip(", ")),
            ("Phone", one.phone),
        )
    )
