# SPDX-License-Identifier: Apache-2.0
"""Registrations on their way in: read, checked as a whole, stored all or not at all."""

import json
import secrets as random
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.accounts import service as accounts
from idp.applications import logos
from idp.applications.logos import LARGEST, Logo, read_logo
from idp.applications.registration import BadRegistration, read_registration
from idp.applications.service import SHORTEST_SECRET, Applications
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.cli.place import Place
from idp.cli.ring import write_private
from idp.cli.spoken import by_secret, faults_of
from idp.clock import SystemClock
from idp.config import Settings
from idp.config.faults import Fault
from idp.config.sources import read_file
from idp.db import Database, Tx
from idp.lookup import Lookup
from idp.providers.values import is_kind

SECRET_BYTES = 32
# Where files lie is this machine's affair: they are read, their paths are not stored.
FILES = frozenset({"client_secret_file", "logo"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One registration to be stored, with where it was read and its secret where it has one."""

    source: str
    document: Mapping[str, Any]
    application: Application
    secret: str = field(default="", repr=False)
    new_secret_file: Path | None = None
    logo: Logo | None = field(default=None, repr=False)


@dataclass(slots=True)
class Reading:
    """What was read: registrations, and every fault found on the way."""

    candidates: list[Candidate] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one registration."""

    key: str
    what: str
    note: str = ""


def read_folder(folder: Path, secrets: Path | None) -> Reading:
    """Every registration of a folder."""
    reading = Reading()
    documents = []
    for file in sorted(folder.glob("*.toml")):
        content = read_file(file, private=False)
        if isinstance(content, Fault):
            reading.faults.append(f"{file.name}: {content.text}")
            continue
        try:
            documents.append((file, tomllib.loads(content)))
        except (ValueError, RecursionError) as fault:
            reading.faults.append(f"{file.name}: it is not valid TOML: {fault}")
    for file, document in documents:
        take(reading, file.name, document, file.parent, secrets)
    return reading


def take(
    reading: Reading,
    source: str,
    document: Mapping[str, Any],
    folder: Path,
    secrets: Path | None,
) -> None:
    """Check one registration, and add it or its faults."""
    from idp.opening import NamedMeans

    kept = {name: value for name, value in document.items() if name not in FILES}
    try:
        application = read_registration(kept, NamedMeans())
        json.dumps(kept)
    except BadRegistration as wrong:
        reading.faults += [f"{source}: {fault}" for fault in wrong.faults]
        return
    except TypeError:
        reading.faults.append(f"{source}: it holds a date or a time; texts are expected")
        return
    faults = faults_of(application)
    same = [one.source for one in reading.candidates if one.application.key == application.key]
    faults += [f"key: {application.key!r} is that of {other} too" for other in same]
    named = application.known_as
    alike = [
        one.source for one in reading.candidates if named and one.application.known_as == named
    ]
    faults += [f"{application.protocol}: {named!r} is the name of {other} too" for other in alike]
    logo = _logo(document.get("logo", ""), folder)
    faults += [f"logo: {logo}"] if isinstance(logo, str) else []
    secret, new_file = "", None
    if not faults and by_secret(application):
        named = document.get("client_secret_file", "")
        secret, new_file, why = _secret(application.key, named, folder, secrets)
        faults += [why] if why else []
    elif "client_secret_file" in document and not faults:
        faults.append("client_secret_file: this application does not prove itself by a secret")
    reading.faults += [f"{source}: {fault}" for fault in faults]
    if not faults and not isinstance(logo, str):
        one = Candidate(source, kept, application, secret, new_file, logo)
        reading.candidates.append(one)


def _logo(named: object, folder: Path) -> Logo | str | None:
    """The picture, or what is wrong with it."""
    if not isinstance(named, str):
        return "the path of a picture is expected"
    if not named:
        return None
    try:
        with (folder / named).open("rb") as file:
            return read_logo(file.read(LARGEST + 1))
    except (OSError, ValueError) as fault:
        return f"{folder / named} can't be read: {getattr(fault, 'strerror', 'no such name')}"


def _secret(
    key: str, named: object, folder: Path, secrets: Path | None
) -> tuple[str, Path | None, str]:
    """The secret, the file that it is to be written to, and what is wrong."""
    if not isinstance(named, str):
        return "", None, "client_secret_file: the path of a file is expected"
    file = folder / named if named else None
    if file is None and secrets is not None:
        if "/" in key or key.startswith("."):
            return "", None, f"key: {key!r} can't be the name of a file of --secrets"
        file = secrets / f"{key}.secret"
        if not file.exists():
            return random.token_urlsafe(SECRET_BYTES), file, ""
    if file is None:
        return "", None, ""
    content = read_file(file, private=True)
    if isinstance(content, Fault):
        return "", None, f"client_secret_file: {content.text}"
    secret = content.strip()
    if len(secret) < SHORTEST_SECRET:
        return "", None, f"client_secret_file: a secret has {SHORTEST_SECRET} characters at least"
    return secret, None, ""


def unknown_communities(place: Place, candidates: Iterable[Candidate]) -> list[str]:
    """Communities that a policy names and nobody can be a member of."""
    with place.core.database.read() as tx:
        known = accounts.community_names(tx)
    return [
        f"{one.source}: policy.communities: {name!r} is not known here "
        "(`sceau communities add` makes one)"
        for one in candidates
        for name in one.application.policy.communities
        if name not in known
    ]


def unknown_providers(place: Place, candidates: Iterable[Candidate]) -> list[str]:
    """Providers that a policy names and nobody has added: a slip would keep everybody out."""
    with place.core.database.read() as tx:
        known = {one.kind for one in place.core.providers.every(tx)}
    return [
        f"{one.source}: policy.means: no provider is called {kind!r} here (one is added in the "
        "console, before the applications that name it)"
        for one in candidates
        for kind in one.application.policy.means
        if is_kind(kind) and kind not in known
    ]


def taken_names(place: Place, candidates: Iterable[Candidate]) -> list[str]:
    """Names by which another application, that is stored, introduces itself."""
    with place.core.database.read() as tx:
        return [
            f"{one.source}: {fault}"
            for one in candidates
            for fault in place.core.applications.name_faults(tx, one.application)
        ]


def store(place: Place, candidates: Iterable[Candidate]) -> list[Change]:
    """Store all of them, in one transaction."""
    written = list(candidates)
    for one in written:
        if one.new_secret_file is not None:
            write_private(one.new_secret_file, one.secret + "\n")
    with place.core.database.write() as tx:
        return [_store(tx, place, one) for one in written]


def _store(tx: Tx, place: Place, one: Candidate) -> Change:
    core, key, notes = place.core, one.application.key, []
    before = core.applications.load(tx, key)
    _stored, changed = core.applications.register(tx, one.document, place.origin)
    if logos.load(tx, key) != one.logo:
        logos.put(tx, key, one.logo)
        event = Event("application.logo", application=key)
        core.audit.record(tx, event, place.origin)
        notes.append("new logo" if one.logo else "no logo any more")
    known = before is not None and core.applications.secret_matches(before, one.secret)
    if one.secret and not known:
        core.applications.set_secret(tx, key, one.secret, place.origin)
        notes.append("secret made" if one.new_secret_file else "secret set")
    elif not one.secret and needs_secret(one.application, before):
        notes.append(f"has no secret yet: `sceau applications secret {key}`")
    what = "added" if before is None else "changed" if changed else "unchanged"
    return Change(key, what, ", ".join(notes))


def needs_secret(application: Application, stored: Application | None) -> bool:
    """Whether it proves itself by a secret and has none."""
    return by_secret(application) and (stored is None or stored.secret_hash is None)


def stored_faults(_settings: Settings, database: Database) -> tuple[int, list[str]]:
    """How many are stored, and what this version no longer accepts of them."""
    from idp.opening import NamedMeans

    nothing = bytes(32)
    clock = SystemClock()
    readers = Applications(clock, Audit(clock, nothing), Lookup(nothing), NamedMeans())
    try:
        with database.read() as tx:
            found = readers.every(tx)
    except BadRegistration as wrong:
        return 0, [str(one) for one in wrong.faults]
    faults = [f"{one.key}: {fault}" for one in found for fault in faults_of(one)]
    return len(found), faults
