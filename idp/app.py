# SPDX-License-Identifier: Apache-2.0
"""The composition root: the only file that knows everyone.

Reads the settings, opens the connectors, builds the services, mounts the edges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from flask import Flask

from connectors.ports import Site
from connectors.registry import Host, open_all
from idp.accounts.contact import Contact
from idp.accounts.sources import Sources
from idp.added_means import Means
from idp.administration.belonging import Belongings
from idp.administration.office import Office
from idp.api.edge import open_api
from idp.background import Background
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.credentials.addresses import Addresses
from idp.credentials.calculette_desk import CalculetteDesk
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.card_desk import LIFE as CARD_LIFE
from idp.credentials.card_desk import CardDesk
from idp.credentials.challenges import SealedChallenges
from idp.credentials.otp import CodeDesk
from idp.credentials.throttle import Limits
from idp.headers.edge import PROXIED, HeadersEdge, open_headers
from idp.http import phone, presence
from idp.http.bearer import ShownReader
from idp.http.flask_app import PageServer, equip, new_server, render_outside
from idp.http.front import Front, Wsgi
from idp.http.headers import SecurityHeaders
from idp.http.health import live, ready_probe
from idp.http.proxies import Proxies
from idp.http.services import Core, Services
from idp.http.wire import Endpoint
from idp.keys.installation import InstallationSecrets
from idp.launches.desk import SourceDesk
from idp.launching.answer import LaunchResponder
from idp.launching.edge import PROTOCOL as LAUNCH
from idp.launching.edge import launch_endpoints
from idp.login.absence import Absence
from idp.login.answers import DeviceDesk, Parting, Responder, Teller
from idp.login.approving import ApprovalResponder
from idp.login.arrivals import Arrivals
from idp.login.attempt import Attempts, Counters
from idp.login.finalize import Finalizer
from idp.login.leave import Leaving
from idp.login.lost_cards import end_sessions
from idp.login.peers import Peers
from idp.login.request import APPROVAL, TRIAL
from idp.login.steering import Steering
from idp.office import open_office
from idp.oidc.device import PROTOCOL as DEVICE
from idp.oidc.edge import OidcEdge, open_edge
from idp.opening import open_core, open_database
from idp.outgoing.upstreams import UpstreamHttp
from idp.post_office import callbacks, patience, tellers_of
from idp.prosante import open_prosante
from idp.saml.edge import SamlEdge, open_saml
from idp.web.admin.application_told import TrialResponder
from idp.web.mounting import mount_pages
from idp.web.upstream_notice import notices, notices_below

NEVER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider put together: its services, and its pages behind the front."""

    services: Services
    secrets: InstallationSecrets
    edge: OidcEdge
    saml: SamlEdge
    headers: HeadersEdge
    steering: Steering
    web: Flask

    def close(self) -> None:
        """Give back threads and connections."""
        self.services.leaving.close()
        self.services.core.passwords.close()
        self.services.core.database.close()

    def background(self) -> Background:
        """The threads that a serving process runs."""
        tellers = tellers_of(self.edge.teller, self.saml.teller)
        return Background(self.services, self.steering, self.secrets.audit, tellers)


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
    # CR-013: ten addresses' worth; and, while an alarm stands, a few for whom nobody knows.
    network = replace(address, free_tries=throttle.network_free)
    stranger = replace(address, free_tries=throttle.stranger_free)
    calculette = settings.calculette
    # CR-012: a card's number is no secret, and must not be enough to shut its holder out for a day
    # or for good. The growing pause alone leaves a guesser a handful of answers a day.
    own = {
        "calculette": Limits(
            free_tries=calculette.free_tries,
            first_delay=calculette.first_delay,
            max_delay=calculette.max_delay,
            per_day=0,
            disable_after=NEVER,
        )
    }
    return Counters(means, address, network, stranger, own)


def create_provider(
    settings: Settings, clock: Clock | None = None, entropy: Entropy | None = None
) -> Provider:
    """Everything, ready to serve."""
    app = new_server()
    database = open_database(settings, app)
    core, secrets = open_core(settings, database, clock, entropy)
    office = open_office(core, secrets)
    edge = open_edge(core, secrets.pairwise, Belongings(office.authorities))
    headers = open_headers(core, edge.subjects.of)
    trial = TrialResponder(settings.server.issuer, core.audit)
    saml = open_saml(core, secrets.pairwise)
    responders: dict[str, Responder] = {
        "oidc": edge.responder,
        DEVICE: edge.devices,
        "saml": saml.responder,
        "headers": headers.responder,
        LAUNCH: LaunchResponder(core),
        TRIAL: trial,
        APPROVAL: ApprovalResponder(core.approving, settings.server.issuer),
    }
    tellers = tellers_of(edge.teller, saml.teller)
    partings: dict[str, Parting] = {"oidc": edge.parting, "saml": saml.parting}
    services = _services(core, office, responders, tellers, partings, edge.devices)
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
        card_revocation=settings.cards.revocation,
    )
    endpoints = {
        **edge.endpoints(services, steering),
        **saml.endpoints(services, steering),
        **headers.endpoints(services, steering),
        **launch_endpoints(services),
    }
    _mount(
        app, services, steering, endpoints, edge.below(services), saml.doors(services), edge.holding
    )
    return Provider(services, secrets, edge, saml, headers, steering, app)


def _host(core: Core) -> Host:
    """What connectors may ask for."""
    server = core.settings.server
    challenges = SealedChallenges(core.clock, core.entropy, core.lookup, CARD_LIFE)
    return Host(
        core.passwords,
        core.settings.password.max_bytes,
        core.passkeys,
        core.challenges,
        Site(server.host, server.issuer, core.settings.region.server_name),
        CodeDesk(
            core.database,
            core.clock,
            core.audit,
            core.otp,
            core.post,
            core.applications,
            core.settings.otp,
        ),
        core.authenticators,
        core.recovery,
        CalculetteDesk(
            core.database,
            core.lookup,
            core.ring,
            core.entropy,
            core.calculettes,
            core.calculette_challenges,
        ),
        core.clock,
        core.trust,
        challenges,
        CardDesk(
            core.database,
            core.clock,
            core.lookup,
            core.cards,
            challenges,
            lambda tx, account: end_sessions(tx, core.elsewhere, account),
        ),
        core.settings.cards.agents,
        core.settings.cards.test_cards,
        core.entropy.token,
        core.clock.monotonic,
        SourceDesk(core.database, core.launches),
        lambda: UpstreamHttp(core.fetcher, core.clock.monotonic),
        core.phones,
        open_prosante(core.settings, core.clock),
    )


def _services(
    core: Core,
    office: Office,
    responders: dict[str, Responder],
    tellers: dict[str, Teller],
    partings: dict[str, Parting],
    devices: DeviceDesk,
) -> Services:
    settings = core.settings
    connectors = Means(open_all(_host(core)), core)
    arrivals = _arrivals(core)
    attempts = Attempts(
        core.database,
        connectors,
        _counters(settings),
        core.clock,
        core.lookup,
        core.audit,
        core.alerts,
        core.alarms,
    )
    peers = Peers(core.providers, core.provider_links, arrivals, core.audit)
    leaving = Leaving(
        core.database,
        core.sessions,
        core.applications,
        tellers,
        core.ties,
        patience=patience(settings),
    )
    return Services(
        core=core,
        connectors=connectors,
        added=connectors,
        attempts=attempts,
        finalizer=Finalizer(
            attempts,
            core.sessions,
            core.passwords,
            core.audit,
            core.alerts,
            arrivals,
            peers,
            core.presences,
            Sources(core.clock, core.audit),
            core.ties,
        ),
        peers=peers,
        leaving=leaving,
        absence=Absence(core.database, core.presences, core.sessions, core.applications, leaving),
        office=office,
        responders=responders,
        partings=partings,
        devices=devices,
    )


def _arrivals(core: Core) -> Arrivals:
    return Arrivals(
        core.accounts,
        core.applications,
        core.cards,
        core.audit,
        core.alerts,
        core.settings.identifiers.pattern,
    )


def _addresses(core: Core) -> Addresses:
    settings = core.settings
    return Addresses(
        core.database,
        core.clock,
        Contact(core.clock, core.audit),
        core.otp,
        core.outbox,
        core.reset_links,
        core.post,
        settings.sms.countries,
        settings.otp.life,
    )


def _mount(
    app: PageServer,
    services: Services,
    steering: Steering,
    protocols: Mapping[str, Endpoint],
    below: Mapping[str, Endpoint],
    doors: Mapping[str, Endpoint],
    reader: ShownReader,
) -> None:
    core = services.core
    headers = SecurityHeaders(secure=core.settings.server.secure)
    equip(app, services, headers)
    mount_pages(app, services, steering, _addresses(core))
    described, programs = open_api(services, reader)
    endpoints: dict[str, Endpoint] = {
        **protocols,
        **described,
        phone.ADDRESS: phone.PhoneEndpoint(core.phones, core.jar),
        presence.ADDRESS: presence.PresenceEndpoint(
            services.connectors[CARD], services.absence, core.settings.cards.heartbeat
        ),
        **notices(services),
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
        below={**below, **callbacks(core), **notices_below(services)},
        under={**programs, **doors},
        foreign=PROXIED,
    )
