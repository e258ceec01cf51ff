# SPDX-License-Identifier: Apache-2.0
"""The composition root: the only file that knows everyone.

Reads the settings, opens the connectors, builds the services, mounts the edges.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Flask

from connectors.registry import KINDS, Host, open_all
from idp.accounts.service import Accounts
from idp.accounts.values import Population
from idp.applications.service import Applications
from idp.audit.anchor import Anchor
from idp.audit.record import Audit
from idp.audit.seal import Sealer
from idp.audit.sealer_thread import SealerThread
from idp.chores import Chores
from idp.clock import Clock, Entropy, SystemClock, SystemEntropy
from idp.config import Settings
from idp.credentials.breaches import Breaches
from idp.credentials.hashing import Hashing
from idp.credentials.passwords import Passwords
from idp.credentials.policies import Policies
from idp.credentials.reset_links import ResetLinks
from idp.credentials.throttle import Limits
from idp.crypto import KeyRing, parse_key_ring
from idp.db import Database, engine_options, make_extension
from idp.grants.codes import Codes
from idp.grants.consents import Consents
from idp.grants.tokens import Tokens
from idp.http.cookies import CookieJar
from idp.http.flask_app import PageServer, equip, new_server, render_outside
from idp.http.forms import Forms
from idp.http.front import Front, Wsgi
from idp.http.headers import SecurityHeaders
from idp.http.health import live, ready_probe
from idp.http.proxies import Proxies
from idp.http.services import Core, Services
from idp.http.tickets import Tickets
from idp.keys.installation import InstallationSecrets, load_installation
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore
from idp.login.answers import Responder, Teller
from idp.login.attempt import Attempts, Counters
from idp.login.finalize import Finalizer
from idp.login.forgotten import Forgotten
from idp.login.gate import Gate
from idp.login.journeys import Journeys
from idp.login.leave import Leaving
from idp.login.renewal import Renewal, Site
from idp.login.steering import Steering
from idp.lookup import Lookup
from idp.messages.outbox import Outbox
from idp.oidc.edge import OidcEdge, open_edge
from idp.outgoing import Fetcher
from idp.schema import check_schema
from idp.sessions.service import Lives, Sessions
from idp.web.account import AccountPages
from idp.web.account_password import PasswordPages
from idp.web.forgotten import ForgottenPages
from idp.web.help_pages import HelpPages
from idp.web.login import LoginPages
from idp.web.logout import LogoutPages
from idp.web.portal import PortalPages
from idp.web.renewing import RenewingPages
from idp.web.small import SmallPages
from idp.web.toolbox import ToolboxPages

NEVER = 1_000_000_000
SPARE_THREADS = 8
KNOWN_MEANS = frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider put together: its services, and its pages behind the front."""

    services: Services
    secrets: InstallationSecrets
    edge: OidcEdge
    steering: Steering
    web: Flask

    def close(self) -> None:
        """Give back threads and connections."""
        self.services.leaving.close()
        self.services.core.passwords.close()
        self.services.core.database.close()

    def background(self) -> "Background":
        """The threads that a serving process runs."""
        return Background(self)


def open_database(settings: Settings, app: Flask | None = None) -> Database:
    """The database of the settings, through Flask-SQLAlchemy."""
    host = app or Flask("idp.database")
    host.config["SQLALCHEMY_DATABASE_URI"] = absolute(settings.database.url)
    host.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database.url)
    extension = make_extension()
    extension.init_app(host)
    with host.app_context():
        return Database(extension.engine)


def absolute(url: str) -> str:
    """Flask-SQLAlchemy would look for a relative file in a folder of its own."""
    prefix = "sqlite:///"
    return (
        prefix + str(Path(url.removeprefix(prefix)).absolute()) if url.startswith(prefix) else url
    )


def open_core(
    settings: Settings,
    database: Database,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
) -> tuple[Core, InstallationSecrets]:
    """The nouns over a database that stands at the newest schema."""
    clock, entropy = clock or SystemClock(), entropy or SystemEntropy()
    check_schema(database)
    ring = parse_key_ring(settings.secrets.keys.reveal())
    signing = _signing(settings, clock, ring)
    with database.write() as tx:
        secrets = load_installation(tx, ring, entropy)
        for algorithm in ("ES256", "RS256", "EdDSA"):
            signing.ensure(tx, algorithm)
    lookup = Lookup(secrets.lookup)
    audit = Audit(clock, secrets.audit)
    session = settings.session
    lives = Lives(session.idle, session.absolute, session.touch)
    rules = settings.policies
    policies = Policies(clock, audit, {one: getattr(rules, one) for one in Population})
    links = ResetLinks(clock, entropy, lookup, rules.reset_life)
    passwords = Passwords(
        database, _hashing(settings), clock, entropy, audit, policies, links, rules.temporary_life
    )
    core = Core(
        settings=settings,
        database=database,
        clock=clock,
        entropy=entropy,
        lookup=lookup,
        ring=ring,
        audit=audit,
        outbox=(outbox := Outbox(clock, entropy, ring)),
        accounts=Accounts(clock, entropy, audit),
        applications=Applications(clock, audit, lookup, KNOWN_MEANS),
        policies=policies,
        passwords=passwords,
        reset_links=links,
        sessions=(sessions := Sessions(clock, entropy, lookup, audit, lives)),
        codes=(codes := Codes(clock, entropy, lookup, audit, settings.tokens.code)),
        tokens=Tokens(clock, lookup, audit),
        renewal=Renewal(
            database,
            clock,
            entropy,
            audit,
            passwords,
            policies,
            Breaches(rules.breach_list),
            links,
            sessions,
            codes,
            outbox,
            _site(settings),
        ),
        consents=Consents(clock, audit),
        signing=signing,
        keys=KeyStore(database, signing, clock=clock),
        fetcher=Fetcher(
            settings.outgoing.allow, settings.outgoing.timeout, settings.outgoing.max_bytes
        ),
        gate=Gate(clock),
        journeys=Journeys(clock, lookup, settings.journey.lifetime, settings.journey.keep),
        jar=CookieJar(settings.server.secure),
        forms=Forms(lookup, entropy, settings.server.issuer),
        tickets=Tickets(secrets.forms),
    )
    return core, secrets


def _site(settings: Settings) -> Site:
    region = settings.region
    return Site((region.name, region.server_name), settings.password.max_bytes)


def _hashing(settings: Settings) -> Hashing:
    """The pool of password checks: whoever waits for it leaves threads to the other requests."""
    password, threads = settings.password, settings.server.threads
    pool = min(password.pool or os.cpu_count() or 1, max(threads // 2, 1))
    return Hashing(
        memory_kib=password.memory_kib,
        time_cost=password.time_cost,
        parallelism=password.parallelism,
        pool=pool,
        queue=max(min(password.queue, threads - pool - SPARE_THREADS), 0),
    )


def _signing(settings: Settings, clock: Clock, ring: KeyRing) -> SigningKeys:
    signing = settings.signing
    return SigningKeys(
        clock,
        ring,
        publish_lead=signing.publish_lead,
        keep_after=signing.keep_after,
        rotate_after=signing.rotate_after,
    )


def _counters(settings: Settings) -> Counters:
    throttle = settings.throttle
    means = Limits(
        free_tries=throttle.free_tries,
        first_delay=throttle.first_delay,
        max_delay=throttle.max_delay,
        per_day=throttle.per_day,
        disable_after=throttle.disable_after,
    )
    # An address may be a whole hospital's: many tries are free, and old ones are forgotten.
    address = Limits(
        free_tries=throttle.address_free,
        first_delay=throttle.first_delay,
        max_delay=throttle.max_delay,
        per_day=0,
        disable_after=NEVER,
        window=throttle.address_window,
    )
    return Counters(means, address)


def create_provider(
    settings: Settings, clock: Clock | None = None, entropy: Entropy | None = None
) -> Provider:
    """Everything, ready to serve."""
    app = new_server()
    database = open_database(settings, app)
    core, secrets = open_core(settings, database, clock, entropy)
    edge = open_edge(core, secrets.pairwise)
    responders: dict[str, Responder] = {"oidc": edge.responder}
    tellers: dict[str, Teller] = {"oidc": edge.teller}
    services = _services(core, responders, tellers)
    steering = Steering(
        core.clock,
        core.audit,
        core.applications,
        core.consents,
        core.sessions,
        core.gate,
        services.attempts.levels,
        services.attempts.bases,
        responders,
        portal=settings.server.issuer + "/",
    )
    _mount(app, services, steering, edge)
    return Provider(services, secrets, edge, steering, app)


def _services(core: Core, responders: dict[str, Responder], tellers: dict[str, Teller]) -> Services:
    settings = core.settings
    connectors = open_all(Host(core.passwords, settings.password.max_bytes))
    attempts = Attempts(
        core.database, connectors, _counters(settings), core.clock, core.lookup, core.audit
    )
    return Services(
        core=core,
        connectors=connectors,
        attempts=attempts,
        finalizer=Finalizer(attempts, core.sessions, core.passwords, core.audit),
        leaving=Leaving(
            core.database,
            core.sessions,
            core.applications,
            tellers,
            patience=settings.outgoing.timeout + 0.5,
        ),
        responders=responders,
    )


def _mount(app: PageServer, services: Services, steering: Steering, edge: OidcEdge) -> None:
    core = services.core
    headers = SecurityHeaders(secure=core.settings.server.secure)
    equip(app, services, headers)
    login = LoginPages(services, steering)
    for pages in (
        login,
        RenewingPages(services, login),
        PortalPages(services),
        AccountPages(services),
        PasswordPages(services),
        ForgottenPages(services, forgotten_passwords(core)),
        LogoutPages(services),
        HelpPages(services),
        ToolboxPages(services),
        SmallPages(services),
    ):
        pages.mount(app)
    endpoints = {
        **edge.endpoints(services, steering),
        "/health/live": live,
        "/health/ready": ready_probe(core.database, core.keys, core.settings.signing.algorithm),
    }
    server = core.settings.server
    app.wsgi_app = Front(  # type: ignore[method-assign]
        cast("Wsgi", app.wsgi_app),
        endpoints,
        lambda environ, page: render_outside(app, environ, page),
        hosts=frozenset(server.hosts),
        proxies=Proxies(server.trusted_proxies),
        headers=headers,
        entropy=core.entropy,
    )


def forgotten_passwords(core: Core) -> Forgotten:
    """Those who help whoever has forgotten a password."""
    rules = core.settings.policies
    return Forgotten(
        core.database,
        core.clock,
        core.audit,
        core.reset_links,
        core.renewal,
        core.outbox,
        core.settings.server.issuer,
        link_life=rules.reset_life,
        temporary_life=rules.temporary_life,
        cooling=rules.reset_cooling,
    )


class Background:
    """The sealer of the audit and the chores, for as long as the process serves."""

    def __init__(self, provider: Provider) -> None:
        core = provider.services.core
        settings = core.settings.audit
        key = provider.secrets.audit
        anchor = Anchor(Path(settings.anchor_file), key) if settings.anchor_file else None
        sealer = Sealer(core.clock, key)
        self._sealer = SealerThread(core.database, sealer, settings.seal_interval, anchor)
        self._chores = Chores(core)

    def start(self) -> None:
        """Begin."""
        self._sealer.start()
        self._chores.start()

    def stop(self) -> None:
        """End, after a last seal."""
        self._chores.stop()
        self._sealer.stop()
