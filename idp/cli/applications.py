# SPDX-License-Identifier: Apache-2.0
"""`sceau applications`: bring the registered applications in line with a folder of files."""

import json
import secrets as random
import sys
from pathlib import Path

import click

from idp.applications.service import SHORTEST_SECRET
from idp.applications.values import Application
from idp.cli.invitations import invite, show_invitations, withdraw
from idp.cli.output import JSON, count, facts, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.cli.registrations import (
    SECRET_BYTES,
    Reading,
    needs_secret,
    read_folder,
    store,
    taken_names,
    unknown_communities,
    unknown_providers,
)
from idp.cli.ring import write_private
from idp.cli.sources import follow, members, refresh, show_sources, unfollow

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group("applications", cls=Group)
def applications() -> None:
    """Applications that log in through this server."""


for one in (
    *(follow, unfollow, refresh, members, show_sources),
    *(invite, show_invitations, withdraw),
):
    applications.add_command(one)


@applications.command("sync")
@click.argument("folder", type=FOLDER)
@click.option(
    "--secrets",
    type=FOLDER,
    metavar="FOLDER",
    help="Where secrets are: KEY.secret; one that is missing is made there.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be stored, and store nothing.")
def sync(folder: Path, secrets: Path | None, dry_run: bool) -> None:  # noqa: FBT001 - click's way
    """Register what the TOML files of FOLDER say; all of it, or nothing if one has a fault."""
    reading = read_folder(folder, secrets)
    if not reading.candidates and not reading.faults:
        refuse(f"{folder} holds no registration (*.toml).")
    with installation() as place:
        reading.faults += unknown_communities(place, reading.candidates)
        reading.faults += unknown_providers(place, reading.candidates)
        reading.faults += taken_names(place, reading.candidates)
        if reading.faults:
            refuse_reading(reading)
        if dry_run:
            say(f"{count(len(reading.candidates), 'registration')} without a fault; none stored.")
            return
        changes = store(place, reading.candidates)
        with place.core.database.read() as tx:
            others = [one.key for one in place.core.applications.every(tx)]
    rows = [(change.key, change.what, change.note) for change in changes]
    left = sorted(set(others) - {change.key for change in changes})
    say(
        table(
            ("KEY", "RESULT", ""), [*rows, *((key, "left as is", "not in FOLDER") for key in left)]
        )
    )


def refuse_reading(reading: Reading) -> None:
    """Tell every fault; nothing was stored."""
    lines = [f"Nothing was stored: {count(len(reading.faults), 'fault')}."]
    refuse("\n".join([*lines, *(f"  {fault}" for fault in reading.faults)]))


@applications.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Every application."""
    with installation() as place, place.core.database.read() as tx:
        found = place.core.applications.every(tx)
    if as_json:
        say(json.dumps([_as_facts(one) for one in found], ensure_ascii=False, indent=2))
        return
    rows = [
        (one.key, one.name, _state(one), one.protocol, int(one.policy.level), one.home_url)
        for one in found
    ]
    say(table(("KEY", "NAME", "STATE", "PROTOCOL", "LEVEL", "HOME"), rows))


@applications.command("show")
@click.argument("key")
@JSON
def show(key: str, *, as_json: bool) -> None:
    """One application, with its registration."""
    with installation() as place:
        found = _load(place, key)
    secret = "" if not needs_secret(found, found) else "none yet"
    settings = json.dumps(dict(found.settings), ensure_ascii=False, indent=2)
    if as_json:
        known = {**_as_facts(found), "secret": secret, found.protocol: dict(found.settings)}
        say(json.dumps(known, ensure_ascii=False, indent=2))
        return
    say(facts([*_as_facts(found).items(), ("secret", secret)]), found.protocol + ": " + settings)


@applications.command("enable")
@click.argument("key")
def enable(key: str) -> None:
    """Open an application."""
    _switch(key, enabled=True)


@applications.command("disable")
@click.argument("key")
def disable(key: str) -> None:
    """Close an application: nobody enters, and what it holds is refused."""
    _switch(key, enabled=False)


@applications.command("secret")
@click.argument("key")
@click.option("--stdin", "given", is_flag=True, help="Read the secret from standard input.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the new secret to this new file instead of the terminal.",
)
def secret(key: str, given: bool, file: Path | None) -> None:  # noqa: FBT001 - click's way
    """Give an application a new secret; the old one ends at once."""
    if given and file:
        raise click.UsageError("--stdin and --file: one of them, not both.")
    with installation() as place:
        found = _load(place, key)
        if not needs_secret(found, None):
            refuse(f"{key} does not prove itself by a secret.")
        new = _from_stdin() if given else random.token_urlsafe(SECRET_BYTES)
        if file:
            write_private(file, new + "\n")
        with place.core.database.write() as tx:
            place.core.applications.set_secret(tx, key, new, place.origin)
    if given or file:
        say(f"{key}: new secret set" + (f", in {file}" if file else ""))
    else:
        say(new)


def _from_stdin() -> str:
    new = sys.stdin.readline().strip()
    if len(new) < SHORTEST_SECRET or not new.isascii() or not new.isprintable():
        refuse(f"A secret has {SHORTEST_SECRET} printable ASCII characters at least.")
    return new


def _switch(key: str, *, enabled: bool) -> None:
    word = "enabled" if enabled else "disabled"
    with installation() as place:
        _load(place, key)
        with place.core.database.write() as tx:
            changed = place.core.applications.set_enabled(
                tx, key, enabled=enabled, origin=place.origin
            )
    say(f"{key}: {word}" if changed else f"{key}: was {word} already")


def _load(place: Place, key: str) -> Application:
    with place.core.database.read() as tx:
        found = place.core.applications.load(tx, key)
    if found is None:
        refuse(f"There is no application {key!r}: see `sceau applications list`.")
    return found


def _state(application: Application) -> str:
    return "enabled" if application.enabled else "disabled"


def _as_facts(one: Application) -> dict[str, object]:
    policy = one.policy
    return {
        "key": one.key,
        "name": one.name,
        "long name": one.long_name,
        "state": _state(one),
        "version": one.version,
        "protocol": one.protocol,
        "home": one.home_url,
        "means": ", ".join(policy.means) or "none: nobody enters",
        "level": int(policy.level),
        "populations": ", ".join(policy.populations),
        "communities": ", ".join(policy.communities),
        "consent": "asked" if policy.consent else "not asked",
    }
