# SPDX-License-Identifier: Apache-2.0
"""`sceau accounts search`, `history`, `undo`, `edit`, `duplicates` and `merge`."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import click

from idp.accounts import service
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Denied
from idp.administration.changes import Change
from idp.administration.outcomes import Stale, Unfit
from idp.administration.people.lines import Line
from idp.administration.people.merging import FIELDS
from idp.administration.people.search import Query
from idp.administration.people.view import Sheet
from idp.administration.rights import Role
from idp.cli import people
from idp.cli.activities import activities
from idp.cli.desk import Desk, desk_of
from idp.cli.output import JSON, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import refuse
from idp.db import Tx

DAY = 86_400
PAGE = 200
WHO = click.argument("who")
HEAD = ("IDENTIFIER", "LAST NAME", "FIRST NAME", "POPULATION", "STATE", "TOWN", "LAST LOGIN")
EDITED = tuple(
    one.name
    for one in (*fields(Person), *fields(Particulars))
    if one.name not in {"population", "email_verified", "phone_verified"}
)
WHY_NOT = {
    "same": "it is one account",
    "population": "they are of different populations",
    "role": "one of them holds a role: take it away first",
    "merged": "one of them was merged already",
    "closed": "the one to keep is closed",
    "other-family": "their cards come from authorities that speak of different people",
}


@click.command("search")
@click.argument("text", nargs=-1)
@click.option("--population", type=click.Choice([one.value for one in Population]))
@click.option("--state", type=click.Choice([one.value for one in State]))
@click.option("--establishment", default="", metavar="FINESS")
@click.option("--community", default="", metavar="KEY")
@click.option("--role", type=click.Choice([one.value for one in Role]))
@click.option("--idle-days", type=click.IntRange(1), help="Not logged in for so many days.")
@click.option("--most", type=click.IntRange(1), default=100, show_default=True)
@JSON
def search(
    text: tuple[str, ...],
    idle_days: int | None,
    most: int,
    as_json: bool,  # noqa: FBT001 - click's way
    **asked: str | None,
) -> None:
    """Find people by the beginnings of words: names, identifier, e-mail, number, town.

    Each word must fit; accents and case don't matter.
    """
    with installation() as place:
        since = None if idle_days is None else place.core.clock.now() - idle_days * DAY
        filters: dict[str, Any] = {name: value or "" for name, value in asked.items()}
        query = Query(" ".join(text), without_login_since=since, **filters)
        lines, total = _all(place, query, most)
    if as_json:
        say(json.dumps([_as_facts(one) for one in lines], ensure_ascii=False, indent=2))
        return
    say(table(HEAD, [_as_row(one) for one in lines]))
    if total is None or total > len(lines):
        say(f"{len(lines)} of {total or 'more than a thousand'}: --most shows more.")


def _all(place: Place, query: Query, most: int) -> tuple[list[Line], int | None]:
    desk, found = desk_of(place), list[Line]()
    total: int | None = None
    with place.core.database.read() as tx:
        while len(found) < most:
            asked = replace(query, size=min(PAGE, most - len(found)))
            page = desk.office.people.search(tx, desk.authority, asked)
            if isinstance(page, Denied):
                break
            total = page.total if not found else total
            found += page.lines
            query = replace(query, after=page.next)
            if not page.next:
                break
    return found, total


def _as_row(one: Line) -> tuple[str, ...]:
    last = moment(one.last_login_at)
    names = (one.identifier, one.last_name, one.first_name)
    return (*names, one.population, one.state, one.town, last)


def _as_facts(one: Line) -> dict[str, object]:
    return {each.name: getattr(one, each.name) for each in fields(one)}


@click.command("history")
@WHO
@JSON
def history(who: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """What administrators changed of an account, newest first."""
    with installation() as place:
        desk, account = desk_of(place), people.find(place, who)
        found: list[Change] = []
        with place.core.database.read() as tx:
            while True:
                after = found[-1].cursor if found else ""
                page = desk.office.people.history(tx, desk.authority, account.id, after)
                if isinstance(page, Denied) or not page:
                    break
                found += page
            names = {one.by: _name_of(tx, one.by) for one in found}
    if as_json:
        told = [_change_facts(one, names[one.by]) for one in found]
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [
        (one.id, moment(one.at), names[one.by], one.kind, _in_words(one), _standing(one))
        for one in found
    ]
    say(table(("CHANGE", "WHEN", "BY", "WHAT", "FROM AND TO", ""), rows))


def _name_of(tx: Tx, by: str) -> str:
    account = service.load(tx, by)
    return account.person.identifier if account else by


def _change_facts(one: Change, by: str) -> dict[str, object]:
    return {
        "id": one.id,
        "at": moment(one.at),
        "by": by,
        "kind": one.kind,
        "before": dict(one.before),
        "after": dict(one.after),
        "reason": one.reason,
        "undone": one.undone,
    }


def _in_words(one: Change) -> str:
    names = dict.fromkeys((*one.before, *one.after))
    told = [f"{name}: {_shown(one.before, name)} → {_shown(one.after, name)}" for name in names]
    return "; ".join([*told, *([one.reason] if one.reason else [])])


def _shown(known: Mapping[str, Any], name: str) -> str:
    return str(known.get(name) or "–")


def _standing(one: Change) -> str:
    return "undone" if one.undone else ""


@click.command("undo")
@click.argument("change")
def undo(change: str) -> None:
    """Take a change back (its id is in `history`), where nothing else came since."""
    with installation() as place:
        desk = desk_of(place)
        with place.core.database.write() as tx:
            done = desk.office.people.undo(tx, desk.authority, change)
    if isinstance(done, Denied):
        refuse(f"There is no change {change!r}: see `sceau accounts history WHO`.")
    if isinstance(done, Stale):
        touched = f": {', '.join(done.fields)} changed since" if done.fields else ""
        refuse(f"This can't be undone any more{touched}.")
    say(f"{done.person.identifier}: undone")


@click.command("edit")
@WHO
@click.option(
    "--set",
    "wished",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE",
    help="May be repeated: " + ", ".join(people.shown(one) for one in EDITED) + ".",
)
def edit(who: str, wished: tuple[str, ...]) -> None:
    """Correct what is known of a person; both addresses are told of a new one."""
    changes = dict(_read(one) for one in wished)
    with installation() as place:
        desk, account = desk_of(place), people.find(place, who)
        with place.core.database.write() as tx:
            sheet = desk.office.people.sheet(tx, desk.authority, account.id)
            if not isinstance(sheet, Sheet):
                refuse(f"There is no account {who!r}: see `sceau accounts list`.")
            done = _edit(tx, desk, sheet, changes)
    if isinstance(done, Unfit):
        refuse(f"Nothing was changed: {', '.join(map(people.shown, done.fields))} is {done.why}.")
    if not isinstance(done, Account):
        refuse("Somebody else changed it at this moment: try again.")
    say(f"{done.person.identifier}: {', '.join(map(people.shown, changes))} changed")


def _read(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    name = name.replace("-", "_")
    if not sign or name not in EDITED:
        refuse(f"{text!r} is no FIELD=VALUE: see `sceau accounts edit --help`.")
    if name == "visibility" and value not in set(Visibility):
        refuse(f"visibility: one of {', '.join(Visibility)} is expected.")
    return name, value


def _edit(
    tx: Tx, desk: Desk, sheet: Sheet, changes: Mapping[str, str]
) -> Denied | Stale | Unfit | Account:
    account, known = sheet.account, set(Person.__dataclass_fields__)
    typed: dict[str, Any] = dict(changes)
    if "visibility" in typed:
        typed["visibility"] = Visibility(typed["visibility"])
    person = replace(account.person, **{one: typed[one] for one in typed if one in known})
    more = replace(sheet.particulars, **{one: typed[one] for one in typed if one not in known})
    seen = account.updated_at
    return desk.office.people.edit(tx, desk.authority, account.id, seen, person, more)


@click.command("duplicates")
@WHO
@JSON
def duplicates(who: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Accounts that may be the same person's, the likeliest first."""
    with installation() as place:
        desk, account = desk_of(place), people.find(place, who)
        with place.core.database.read() as tx:
            found = desk.office.merging.candidates(tx, desk.authority, account.id)
    known = () if isinstance(found, Denied) else found
    if as_json:
        told = [_as_facts(one.line) | {"reasons": one.reasons} for one in known]
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [(*_as_row(one.line), ", ".join(one.reasons)) for one in known]
    say(table((*HEAD, "BECAUSE OF"), rows))


@click.command("merge")
@click.argument("keep")
@click.argument("give_up")
@click.option(
    "--take",
    "fields_taken",
    multiple=True,
    type=click.Choice([people.shown(one) for one in FIELDS]),
    help="A field of the account given up that is kept; may be repeated.",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
def merge(keep: str, give_up: str, fields_taken: tuple[str, ...], yes: bool) -> None:  # noqa: FBT001
    """Make one account of two: GIVE_UP is closed for good, its names lead to KEEP."""
    if not yes:
        click.confirm(f"Close {give_up} for good, and have its names lead to {keep}?", abort=True)
    with installation() as place:
        desk, kept, other = desk_of(place), people.find(place, keep), people.find(place, give_up)
        taken = [one.replace("-", "_") for one in fields_taken]
        with place.core.database.write() as tx:
            done = desk.office.merging.merge(tx, desk.authority, kept.id, other.id, taken)
    if isinstance(done, Unfit):
        refuse(f"They were not merged: {WHY_NOT.get(done.why, done.why)}.")
    say(f"{other.person.identifier}: now leads to {kept.person.identifier}")


COMMANDS = (search, history, undo, edit, duplicates, merge, activities)
