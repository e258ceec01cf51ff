# SPDX-License-Identifier: Apache-2.0
"""`sceau requests`: professionals who ask for an account, decided on from a terminal."""

import json
from typing import Any

import click

from idp.accounts.values import Account
from idp.administration.authority import Authority, Denied
from idp.administration.requests.matches import Match
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    Opened,
    Row,
    Unfit,
    Way,
)
from idp.administration.requests.queue import Queue
from idp.cli.output import JSON, facts, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.office import open_office
from idp.registration.decisions import SEEN, Stale
from idp.registration.listing import LARGEST, Query
from idp.registration.values import Happening, Request

ID = click.argument("request")
SEEN_AT = click.option(
    "--version", "seen", type=int, help="Only if it is still this one; the newest where left out."
)
STAGES = [one.value for one in SEEN]
WHY = {
    "missing": "say what the person is told (--reason)",
    "too-long": "this text is too long",
    "characters": "this text holds what can't be shown",
    "communities": "one of these communities was not asked for, or is gone",
    "unfit": "no account can be made of this",
    "account-closed": "this account is not open",
    "not-a-professional": "this account is not a professional's",
}


@click.group("requests", cls=Group)
def requests() -> None:
    """Requests of professionals for an account. REQUEST is its id."""


@requests.command("list")
@click.option("--stage", type=click.Choice([*STAGES, "all"]), default="pending", show_default=True)
@click.option("--establishment", default="", metavar="FINESS")
@click.option("--text", default="", help="Beginning of a name, an e-mail address or a number.")
@click.option("--after", default="", help="The place where the page before has ended.")
@click.option("--most", type=click.IntRange(1, LARGEST), default=50, show_default=True)
@JSON
def show_all(
    stage: str,
    establishment: str,
    text: str,
    after: str,
    most: int,
    as_json: bool,  # noqa: FBT001 - click's way
) -> None:
    """The requests of a stage, those that wait the longest first."""
    wanted = "" if stage == "all" else stage
    query = Query(stage=wanted, establishment=establishment, text=text, after=after, size=most)
    with installation() as place:
        queue, authority = _desk(place)
        with place.core.database.read() as tx:
            found = queue.list(tx, authority, query)
    if isinstance(found, Denied):
        refuse("This may not be seen from the command line.")
    if as_json:
        lines = [_line(one) for one in found.rows]
        say(json.dumps({"requests": lines, "next": found.next}, ensure_ascii=False, indent=2))
        return
    say(
        table(
            ("REQUEST", "NAME", "PROFESSION", "ESTABLISHMENT", "SINCE", "STAGE"),
            [
                (
                    one.request.id,
                    _name(one.request),
                    one.request.content.details.profession_label,
                    one.establishment,
                    moment(one.request.submitted_at),
                    one.request.stage.value,
                )
                for one in found.rows
            ],
        )
    )
    if found.next:
        say(f"more: --after {found.next}")


@requests.command("show")
@ID
@JSON
def show(request: str, as_json: bool) -> None:  # noqa: FBT001
    """One request: who, what for, who may be the same person, what happened."""
    with installation() as place:
        queue, authority = _desk(place)
        with place.core.database.read() as tx:
            opened = queue.open(tx, authority, request)
    if isinstance(opened, Denied):
        refuse(f"There is no request {request!r}: see `sceau requests list`.")
    known = _as_facts(opened)
    if as_json:
        say(json.dumps(known, ensure_ascii=False, indent=2))
        return
    say(facts((name, one) for name, one in known.items() if not isinstance(one, (list, dict))))
    for name in ("details", "wishes"):
        say(facts((f"{name}.{key}", one) for key, one in known[name].items() if one))
    for one in opened.matches.seen:
        say(f"may be {_who(one)}: {', '.join(one.why)}")
    for line in opened.history:
        say(f"{moment(line.at)}  {line.what}  {line.by}  {line.note}".rstrip())


@requests.command("approve")
@ID
@SEEN_AT
@click.option("--community", "communities", multiple=True, metavar="KEY", help="May be repeated.")
@click.option("--all-communities", is_flag=True, help="Every one that was asked for.")
@click.option("--temporary-password", is_flag=True, help="By e-mail, in place of the link.")
@click.option("--not-the-same", is_flag=True, help="Similar people were looked at.")
@JSON
def approve(
    request: str,
    seen: int | None,
    communities: tuple[str, ...],
    all_communities: bool,  # noqa: FBT001 - click's way
    temporary_password: bool,  # noqa: FBT001
    not_the_same: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Make the account; the person is sent the way in. This is not taken back."""
    way = Way.PASSWORD if temporary_password else Way.LINK
    with installation() as place:
        queue, authority = _desk(place)
        opened = _opened(place, queue, authority, request)
        granted = tuple(opened.grantable) if all_communities else communities
        temporary = queue.prepare() if temporary_password else None
        approval = Approval(granted, way, not_the_same=not_the_same)
        version = opened.request.version if seen is None else seen
        with place.core.database.write() as tx:
            done = queue.approve(tx, authority, request, version, approval, temporary)
    _tell(done, as_json=as_json)


@requests.command("attach")
@ID
@click.argument("account")
@SEEN_AT
@click.option("--community", "communities", multiple=True, metavar="KEY", help="May be repeated.")
@JSON
def attach(
    request: str,
    account: str,
    seen: int | None,
    communities: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click's way
) -> None:
    """Give what was asked for to the ACCOUNT (its id) that this person has already."""
    with installation() as place:
        queue, authority = _desk(place)
        version = _version(place, queue, authority, request, seen)
        with place.core.database.write() as tx:
            done = queue.attach(tx, authority, request, version, account, communities)
    _tell(done, as_json=as_json)


@requests.command("refuse")
@ID
@SEEN_AT
@click.option("--reason", required=True, help="As the person reads it.")
@JSON
def turn_down(request: str, seen: int | None, reason: str, as_json: bool) -> None:  # noqa: FBT001
    """Say no; the person is told why."""
    with installation() as place:
        queue, authority = _desk(place)
        version = _version(place, queue, authority, request, seen)
        with place.core.database.write() as tx:
            done = queue.refuse(tx, authority, request, version, reason)
    _tell(done, as_json=as_json)


@requests.command("return")
@ID
@SEEN_AT
@click.option("--reason", required=True, help="What is asked of the person, as they read it.")
@JSON
def send_back(request: str, seen: int | None, reason: str, as_json: bool) -> None:  # noqa: FBT001
    """Ask for more; the person is sent a link to their form."""
    with installation() as place:
        queue, authority = _desk(place)
        version = _version(place, queue, authority, request, seen)
        with place.core.database.write() as tx:
            done = queue.ask_more(tx, authority, request, version, reason)
    _tell(done, as_json=as_json)


def _desk(place: Place) -> tuple[Queue, Authority]:
    office = open_office(place.core, place.secrets)
    return office.queue, office.authorities.of_command(place.origin)


def _opened(place: Place, queue: Queue, authority: Authority, request: str) -> Opened:
    with place.core.database.read() as tx:
        opened = queue.open(tx, authority, request)
    if isinstance(opened, Denied):
        refuse(f"There is no request {request!r}: see `sceau requests list`.")
    return opened


def _version(
    place: Place, queue: Queue, authority: Authority, request: str, seen: int | None
) -> int:
    found = _opened(place, queue, authority, request).request.version
    return found if seen is None else seen


def _tell(done: Any, *, as_json: bool) -> None:
    if isinstance(done, Blocked):
        found = [f"{_who(one)} ({', '.join(one.why)})" for one in done.matches.seen]
        refuse(
            "Nothing was done: there may be an account already. Look at "
            f"{'; '.join(found)}, then use `sceau requests attach`, or --not-the-same."
        )
    if isinstance(done, Stale):
        now = f"it is {done.request.stage.value}, version {done.request.version}"
        refuse(f"Nothing was done: the request has changed meanwhile, {now}.")
    if isinstance(done, Unfit):
        refuse(f"Nothing was done: {WHY.get(done.why, done.why)}.")
    if isinstance(done, Denied):
        refuse("Nothing was done: there is no such request or account.")
    request = done.request if isinstance(done, Approved) else done
    known: dict[str, Any] = {"request": request.id, "stage": request.stage.value}
    if isinstance(done, Approved):
        known |= _made(done.account) | {"card": done.card.value, "way": done.way or ""}
    say(json.dumps(known, ensure_ascii=False) if as_json else facts(known.items()))


def _made(account: Account) -> dict[str, str]:
    return {"account": account.id, "identifier": account.person.identifier}


def _who(match: Match) -> str:
    if match.account is not None:
        return f"account {match.account.person.identifier}, {match.account.id}"
    return f"request {match.name}"


def _name(request: Request) -> str:
    details = request.content.details
    return f"{details.last_name} {details.first_name}".strip()


def _line(row: Row) -> dict[str, Any]:
    request = row.request
    return {
        "id": request.id,
        "version": request.version,
        "stage": request.stage.value,
        "name": _name(request),
        "national_id": request.national_id,
        "email": request.content.details.email,
        "profession": request.content.details.profession_label,
        "establishment": request.establishment,
        "submitted_at": request.submitted_at,
        "assigned_to": request.assigned_to,
    }


def _as_facts(opened: Opened) -> dict[str, Any]:
    request, details = opened.request, opened.request.content.details
    names = (one for one in type(details).__dataclass_fields__)
    return _line(Row(request, "", opened.establishment)) | {
        "decided_at": request.decided_at,
        "decided_by": request.decided_by,
        "answer": request.answer,
        "account": request.account_id,
        "details": {name: str(getattr(details, name)) for name in names},
        "wishes": {
            "communities": ", ".join(request.content.wishes.communities),
            "services": ", ".join(request.content.wishes.services),
            "applications": ", ".join(request.content.wishes.applications),
        },
        "matches": [
            {"kind": "account" if one.account else "request", "id": one.name, "why": list(one.why)}
            for one in opened.matches.seen
        ],
        "history": [_happening(one) for one in opened.history],
    }


def _happening(line: Happening) -> dict[str, Any]:
    return {"at": line.at, "what": line.what, "by": line.by, "note": line.note}
