# SPDX-License-Identifier: Apache-2.0
"""`sceau applications follow`: an application's metadata, fetched again and again."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from idp.administration.authority import Denied
from idp.administration.rules.applications import Faulty, Overtaken
from idp.administration.rules.following import Following, Named, NamedFile, Plan, Unfollowed
from idp.administration.rules.protocols import Members
from idp.applications.sources import Source
from idp.cli.desk import desk_of
from idp.cli.output import JSON, count, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import refuse

KEY = click.argument("key")
SIGNER = click.option(
    "--certificate",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The certificate that signs the metadata, in PEM.",
)
PRINT = click.option("--fingerprint", metavar="HEX", help="or its SHA-256 fingerprint.")


@click.command("follow")
@KEY
@click.argument("url")
@SIGNER
@PRINT
@click.option("--dry-run", is_flag=True, help="Say what would change, and store nothing.")
def follow(
    key: str,
    url: str,
    *,
    certificate: Path | None,
    fingerprint: str | None,
    dry_run: bool,
) -> None:
    """Take over the metadata of an application, and fetch it anew from now on."""
    pin = _pin(certificate, fingerprint)
    with installation() as place:
        desk = desk_of(place)
        following = desk.office.following
        found = following.look(desk.authority, key, Named(url, pin))
        if isinstance(found, Denied | Unfollowed):
            _sorry(key, found)
        with place.core.database.read() as tx:
            plan = following.plan(tx, desk.authority, key, found)
        if not isinstance(plan, Plan):
            _sorry(key, plan)
        lines = [(one.member, one.how, one.value) for one in plan.changes]
        say(table(("MEMBER", "CHANGE", "VALUE"), lines) if lines else "Nothing changes.")
        if dry_run:
            return
        with place.core.database.write() as tx:
            seen = plan.version, found.described.digest
            done = following.follow(tx, desk.authority, key, found, seen)
    if not isinstance(done, Source):
        _sorry(key, done)
    say(f"{key}: followed, fetched next {moment(done.due_at)}")


@click.command("members")
@click.argument("place", metavar="URL|FILE")
@SIGNER
@PRINT
@click.option("--search", "text", default="", help="Part of a name or of an entityID.")
@click.option("--registration", is_flag=True, help="As registrations, in JSON.")
@JSON
def members(
    place: str,
    *,
    certificate: Path | None,
    fingerprint: str | None,
    text: str,
    registration: bool,
    as_json: bool,
) -> None:
    """Applications that a federation describes; none is registered by this."""
    found = _members(place, _pin(certificate, fingerprint), text)
    if registration:
        documents = [dict(one.imported.document) for one in found.chosen]
        say(json.dumps(documents, ensure_ascii=False, indent=2))
        return
    known = [{"name": one.name, "title": one.title} for one in found.chosen]
    rejected = [{"name": one.name, "fault": one.fault.value} for one in found.rejected if one.fault]
    if as_json:
        told = {"total": found.total, "members": known, "rejected": rejected}
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    say(table(("ENTITYID", "NAME"), [(one["name"], one["title"]) for one in known]))
    say(f"{len(known)} of {count(found.total, 'application')}.")
    if rejected:
        say(table(("NOT TAKEN", "FAULT"), [(one["name"], one["fault"]) for one in rejected]))


def _members(where: str, pin: str, text: str) -> Members:
    with installation() as place:
        desk = desk_of(place)
        following = desk.office.following
        if where.startswith(("https:", "http:")):
            found = following.members(desk.authority, Named(where, pin), text)
        else:
            try:
                with Path(where).open("rb") as file:
                    found = following.members(desk.authority, NamedFile(file, pin), text)
            except OSError:
                refuse(f"{where} can't be read.")
    if isinstance(found, Denied | Unfollowed):
        _sorry(where, found)
    return found


@click.command("unfollow")
@KEY
def unfollow(key: str) -> None:
    """Fetch an application's metadata no more; what was taken over stays."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.following.stop(tx, desk.authority, key)
    if isinstance(done, Denied):
        _sorry(key, done)
    say(f"{key}: followed no more" if done else f"{key}: was not followed")


@click.command("refresh")
@click.argument("key", required=False)
def refresh(key: str | None) -> None:
    """Fetch the metadata of one application now, or of all that are followed."""
    with installation() as place:
        desk = desk_of(place)
        keys = [key] if key else [one.application for one in _every(place, desk.office.following)]
        failed = [one for one in keys if not _again(desk.office.following, place, one)]
    if failed:
        refuse(f"Not taken over: {', '.join(failed)}.")


@click.command("sources")
@JSON
def show_sources(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Applications whose metadata is followed, and how that goes."""
    with installation() as place:
        found = _every(place, desk_of(place).office.following)
    if as_json:
        known = [asdict(one) for one in found]
        say(json.dumps(known, ensure_ascii=False, indent=2))
        return
    head = ("KEY", "TAKEN OVER", "HOLDS UNTIL", "NEXT", "FAULT", "ADDRESS")
    lines = [
        (
            one.application,
            moment(one.good_at),
            moment(one.valid_until),
            moment(one.due_at),
            one.fault,
            one.url,
        )
        for one in found
    ]
    say(table(head, lines))


def _pin(certificate: Path | None, fingerprint: str | None) -> str:
    if certificate is not None and fingerprint is None:
        return certificate.read_text(errors="replace")
    if fingerprint is None or certificate is not None:
        raise click.UsageError("--certificate or --fingerprint: one of them.")
    return fingerprint


def _every(place: Place, following: Following) -> list[Source]:
    with place.core.database.read() as tx:
        found = following.every(tx, desk_of(place).authority)
    return [] if isinstance(found, Denied) else found


def _again(following: Following, place: Place, key: str) -> bool:
    done = following.again(desk_of(place).authority, key)
    if isinstance(done, Denied) or done is None:
        say(f"{key}: not followed")
        return False
    say(f"{key}: {done.fault or f'fetched, changes: {done.changes}'}")
    return not done.fault


def _sorry(key: str, why: Denied | Unfollowed | Faulty | Overtaken) -> NoReturn:
    match why:
        case Unfollowed("application"):
            refuse(f"{key} speaks a protocol whose metadata is not signed.")
        case Unfollowed(field, fault):
            refuse(f"{key}: {field}: {fault.value if fault else 'not what is expected'}.")
        case Faulty(faults):
            refuse("\n".join([f"{key}: the registration would have faults.", *map(str, faults)]))
        case Overtaken():
            refuse(f"{key}: changed meanwhile; look again.")
    refuse(f"There is no application {key!r}: see `sceau applications list`.")
