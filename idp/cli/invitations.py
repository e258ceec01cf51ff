# SPDX-License-Identifier: Apache-2.0
"""`sceau applications invite`: applications that register themselves, and on which terms."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from idp.administration.authority import Denied
from idp.administration.rules.inviting import DAY, LONGEST_LIFE
from idp.applications.invitations import Invitation
from idp.applications.terms import Terms
from idp.applications.values import administers
from idp.cli.desk import desk_of
from idp.cli.output import JSON, moment, say, say_made, table
from idp.cli.place import installation
from idp.cli.program import refuse
from idp.config.oidc import CLOSED
from idp.grants.lasting import SCOPE as LASTING
from idp.oidc.claims import SCOPES
from idp.oidc.client import AUTH_METHODS, GRANT_TYPES
from idp.oidc.client_tls import TLS_METHODS
from idp.oidc.response_types import TYPES

USUAL = Terms()
METHODS = (*AUTH_METHODS, *TLS_METHODS)
# A decorator of any command, in click's own words.
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def _several(flag: str, name: str, known: Sequence[str], usual: Sequence[str], said: str) -> Option:
    """An option that may be given often, each time one of these."""
    kind = click.Choice(known)
    return click.option(
        flag, name, type=kind, multiple=True, default=usual, show_default=True, help=said
    )


@click.command("invite")
@click.argument("label")
@click.option("--places", type=int, default=1, show_default=True, help="How many may come by it.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_LIFE // DAY),
    default=7,
    show_default=True,
    help="How long it is good.",
)
@_several("--scope", "scopes", (*SCOPES, LASTING), ("openid", "profile"), "What they may ask for.")
@_several("--grant", "grants", GRANT_TYPES, USUAL.grants, "How they get tokens.")
@_several("--answer", "answers", TYPES, USUAL.answers, "What logins are answered by.")
@_several("--method", "methods", METHODS, USUAL.methods, "How they prove themselves.")
@click.option("--host", "hosts", multiple=True, help="Where people may be sent back to.")
@click.option("--mean", "means", multiple=True, default=("password",), show_default=True)
@click.option("--level", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--open-at-once", is_flag=True, help="Nobody looks at them before they are open.")
@click.option("--without-pkce", is_flag=True, help="Those that keep a secret may do without PKCE.")
@click.option(
    "--old-signatures",
    is_flag=True,
    help="They may sign by RS256, and leave their requests unsigned (certification).",
)
@click.option("--public-subjects", is_flag=True, help="They may know people as all others do.")
@JSON
def invite(
    label: str,
    *,
    places: int,
    days: int,
    scopes: tuple[str, ...],
    grants: tuple[str, ...],
    answers: tuple[str, ...],
    methods: tuple[str, ...],
    hosts: tuple[str, ...],
    means: tuple[str, ...],
    level: int,
    open_at_once: bool,
    without_pkce: bool,
    old_signatures: bool,
    public_subjects: bool,
    as_json: bool,
) -> None:
    """Let applications register themselves (RFC 7591); the token is printed this once."""
    terms = Terms(
        scopes=tuple(one for one in scopes if not administers(one)),
        grants=grants,
        answers=answers,
        methods=methods,
        hosts=hosts,
        approved=not open_at_once,
        excused=without_pkce,
        old_signatures=old_signatures,
        public=public_subjects,
        policy={"means": list(means), "level": level, "consent": True},
    )
    with installation() as place:
        closed = place.core.settings.oidc.registration == CLOSED
        desk = desk_of(place)
        with place.core.database.write() as tx:
            made = desk.office.inviting.make(tx, desk.authority, label, places, days * DAY, terms)
    if isinstance(made, Denied):
        refuse(made.value)
    if isinstance(made[0], str):
        refuse("These can't be so: " + ", ".join(map(str, made)) + ".")
    found, token = made[0], str(made[1])
    lines = [f"{found.id}: {found.label}, until {moment(found.expires_at)}", f"token: {token}"]
    if closed:
        lines.append('It opens nothing before the configuration says oidc.registration = "token".')
    say_made(*lines, as_json=as_json, **_facts(found), token=token)


@click.command("invitations")
@JSON
def show_invitations(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Those that were made, the newest first."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        listed = desk.office.inviting.every(tx, desk.authority)
        now = place.core.clock.now()
    found = [] if isinstance(listed, Denied) else listed
    if as_json:
        say(json.dumps([_facts(one) for one in found], ensure_ascii=False, indent=2))
        return
    lines = [
        (one.id, one.label, _state(one, now), f"{one.places}/{one.most}", moment(one.expires_at))
        for one in found
    ]
    say(table(("ID", "LABEL", "STATE", "PLACES LEFT", "UNTIL"), lines))


@click.command("withdraw-invitation")
@click.argument("invitation", metavar="ID")
def withdraw(invitation: str) -> None:
    """Nobody registers by it any more; applications that did stay."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.inviting.withdraw(tx, desk.authority, invitation)
    if isinstance(done, Denied):
        refuse(f"There is no invitation {invitation!r}: see `sceau applications invitations`.")
    say(f"{invitation}: withdrawn" if done else f"{invitation}: was withdrawn already")


def _state(one: Invitation, now: int) -> str:
    if one.withdrawn_at is not None:
        return "withdrawn"
    if one.expires_at <= now:
        return "over"
    return "good" if one.places else "used"


def _facts(one: Invitation) -> dict[str, object]:
    return asdict(one)
