# SPDX-License-Identifier: Apache-2.0
"""What can be looked at without serving: each look gives one line, and writes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from idp import paths
from idp.cli.output import moment
from idp.cli.place import missing_database
from idp.cli.program import first_line, unavailable
from idp.clock import SystemEntropy
from idp.config import Settings
from idp.config.oidc import OPEN
from idp.credentials.breach_check import look_through
from idp.crypto import KeyRing, parse_key_ring
from idp.db import Database
from idp.errors import Breakdown, Unavailable
from idp.keys.installation import NAMES, load_installation
from idp.keys.models import InstallationSecretRow
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore
from idp.messages.alarms import standing
from idp.messages.post import channels_of
from idp.schema import check_schema, newest_version

OLDEST_POSTGRESQL = 150_000
SECRET_NAMES = select(InstallationSecretRow.name)
SQLITE_VERSION = text("SELECT sqlite_version()")
POSTGRESQL_VERSION = text("SELECT current_setting('server_version_num')")


class State(Enum):
    """How a look ended."""

    OK = "ok"
    # Works, and is told all the same.
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    state: State
    subject: str
    text: str


Look = Callable[[Settings, Database], str]


def look_at_server(settings: Settings) -> Iterator[Finding]:
    """The address, and what stands in front of it."""
    server = settings.server
    yield Finding(State.OK, "issuer", server.issuer)
    listens = f"listens on {server.bind} port {server.port}"
    outside = server.bind != "localhost" and not ip_address(server.bind).is_loopback
    if server.secure and not server.trusted_proxies:
        yield Finding(
            State.NOTE,
            "proxy",
            f"{listens} without TLS of its own, and server.trusted_proxies is empty: every "
            "visitor seems to come from the proxy's address",
        )
    elif outside and not server.secure:
        yield Finding(State.FAULT, "tls", f"{listens}, reached from elsewhere without TLS")
    else:
        yield Finding(State.OK, "address", listens)
    if settings.oidc.registration == OPEN:
        yield Finding(
            State.NOTE,
            "registration",
            "oidc.registration is open: whoever comes registers an application, without anybody "
            "looking at it first; for trials alone",
        )
    if settings.demo.enabled:
        yield Finding(State.NOTE, "demo", "demo mode: its people and passwords are known to all")


def look_at_files(settings: Settings) -> Iterator[Finding]:
    """Pages and catalogues of the installation, and the file of the anchor."""
    try:
        for folder in (paths.templates, paths.static, paths.translations, paths.migrations):
            folder()
    except Breakdown as fault:
        yield Finding(State.FAULT, "files", str(fault))
    else:
        yield Finding(State.OK, "files", "pages, translations and migrations are there")
    if settings.audit.anchor_file:
        folder_of_anchor = Path(settings.audit.anchor_file).resolve().parent
        there = folder_of_anchor.is_dir()
        yield Finding(
            State.OK if there else State.FAULT,
            "anchor",
            settings.audit.anchor_file if there else f"there is no folder {folder_of_anchor}",
        )


def look_at_policies(settings: Settings) -> Iterator[Finding]:
    """Whether the rules of passwords, as configured, can be met."""
    from idp.keeping import policies_of

    try:
        found = policies_of(settings)
    except Breakdown as fault:
        yield Finding(State.FAULT, "passwords", str(fault))
    else:
        told = ", ".join(f"{who}: {one.name}" for who, one in found.items())
        yield Finding(State.OK, "passwords", told)


def look_at_database(settings: Settings, database: Database) -> str:
    """Whether it answers, and which it is."""
    url = make_url(settings.database.url)
    with database.read() as tx:
        if database.is_sqlite:
            return f"SQLite {tx.execute(SQLITE_VERSION).scalar_one()}, {url.database}"
        version = int(tx.execute(POSTGRESQL_VERSION).scalar_one())
    if version < OLDEST_POSTGRESQL:
        raise Unavailable("PostgreSQL 15 or newer is needed")
    number = f"{version // 10_000}.{version % 10_000}"
    return f"PostgreSQL {number}, {url.database} on {url.host or 'its socket'}"


def look_at_schema(_settings: Settings, database: Database) -> str:
    """Whether it stands where this version needs it."""
    check_schema(database)
    return newest_version()


def look_at_ring(settings: Settings, database: Database) -> str:
    """Whether the ring opens the secrets; none is made here."""
    ring = _ring(settings)
    with database.read() as tx:
        missing = set(NAMES) - set(tx.execute(SECRET_NAMES).scalars())
        if missing:
            raise Breakdown("the installation's secrets are not made yet: run `sceau init`")
        load_installation(tx, ring, SystemEntropy())
    return f"opens the database; {ring.active_id} seals"


def look_at_signing(settings: Settings, database: Database) -> str:
    """Whether there is a key to sign with, that opens."""
    from idp.opening import clock_of

    clock = clock_of(settings)
    store = KeyStore(database, SigningKeys(clock, _ring(settings)), clock=clock)
    signer = store.signer(settings.signing.algorithm)
    return f"{settings.signing.algorithm} by {signer.kid}"


def look_at_applications(settings: Settings, database: Database) -> str:
    """Whether each registration stored can still be read by its protocol."""
    from idp.cli.registrations import stored_faults

    count, faults = stored_faults(settings, database)
    if faults:
        raise Breakdown("; ".join(faults))
    return f"{count} registered"


def look_at_messages(settings: Settings) -> Iterator[Finding]:
    """Whether e-mails and SMS have a way out, and the package that it takes."""
    there = channels_of(settings)
    for channel, missing in (
        ("email", "smtp.host is not set: codes, links and warnings are written, and never sent"),
        ("sms", "sms.provider is not set: codes go by e-mail only"),
    ):
        if channel not in there:
            yield Finding(State.NOTE, channel, missing)
    if settings.smtp.host:
        yield Finding(State.OK, "email", f"{settings.smtp.host} port {settings.smtp.port}")
    if settings.sms.provider != "none":
        if find_spec("twilio") is None:
            missing = "its package is not installed: pip install 'sceau[sms]'"
            yield Finding(State.FAULT, "sms", missing)
        else:
            yield Finding(State.OK, "sms", f"{settings.sms.provider}, {settings.sms.base_url}")


def look_at_breaches(settings: Settings) -> Iterator[Finding]:
    """Whether known passwords can be looked up where policies do so."""
    policies, subject = settings.policies, "breach list"
    path = policies.breach_list
    if not path:
        if "modern" in {policies.professional, policies.patient, policies.staff}:
            missing = "policies.breach_list is not set: only the words guessed first are refused"
            yield Finding(State.NOTE, subject, missing)
        return
    looked = look_through(path)
    if isinstance(looked, str):
        yield Finding(State.FAULT, subject, f"{path} {looked}")
        return
    count = f"{looked.lines:,}"
    how = (
        f"{count} hashes, in order"
        if looked.whole
        else (f"{looked.size:,} bytes, {count} lines of it looked at, evenly spread: in order")
    )
    yield Finding(State.OK, subject, f"{path}, {how}")


def look_at_alarms(settings: Settings, database: Database) -> Iterator[Finding]:
    """What whoever runs the installation should look at now."""
    from idp.opening import clock_of

    with database.read() as tx:
        for one in standing(tx, clock_of(settings).now()):
            told = f"since {moment(one.raised_at)}: {one.seen}"
            yield Finding(State.NOTE, "alarm", told)


LOOKS: tuple[tuple[str, Look], ...] = (
    ("database", look_at_database),
    ("schema", look_at_schema),
    ("key ring", look_at_ring),
    ("signing", look_at_signing),
    ("applications", look_at_applications),
)


def look_around(settings: Settings) -> Iterator[Finding]:
    """Everything; what needs a database that does not answer is not looked at."""
    from idp.cli.card_findings import look_at_card_address
    from idp.cli.trust_findings import look_at_trust
    from idp.opening import open_database

    yield from look_at_server(settings)
    yield from look_at_card_address(settings)
    yield from look_at_files(settings)
    yield from look_at_policies(settings)
    yield from look_at_messages(settings)
    yield from look_at_breaches(settings)
    if why := missing_database(settings):
        yield Finding(State.FAULT, "database", why)
        return
    database = open_database(settings)
    try:
        for subject, look in LOOKS:
            try:
                yield Finding(State.OK, subject, look(settings, database))
            except Unavailable as fault:
                told = unavailable(fault) if fault.__cause__ else str(fault)
                yield Finding(State.FAULT, subject, told)
                return
            except Breakdown as fault:
                yield Finding(State.FAULT, subject, str(fault))
                return
            except DBAPIError as fault:
                yield Finding(State.FAULT, subject, first_line(fault.orig))
                return
        yield from look_at_alarms(settings, database)
        yield from look_at_trust(settings, database)
    finally:
        database.close()


def _ring(settings: Settings) -> KeyRing:
    return parse_key_ring(settings.secrets.keys.reveal())
