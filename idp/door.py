# SPDX-License-Identifier: Apache-2.0
"""Composition of the card's own address: a small server of its own, over the same database.

Apart from `idp.app`: it opens no means, so it can log nobody in. It carries a certificate from a
handshake to the journey that asked for it; and where `cards.applications` says so, it answers
applications that show certificates of their own (RFC 8705).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from ssl import PROTOCOL_TLS_SERVER, DER_cert_to_PEM_cert, SSLContext, SSLError
from typing import cast

from idp.administration.belonging import Belongings
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.http.client_certificates import FromProxy, Reader, from_handshake
from idp.http.flask_app import PageServer, new_server, render_outside
from idp.http.front import Front, Wsgi
from idp.http.headers import SecurityHeaders
from idp.http.health import live, ready_probe
from idp.http.proxies import Proxies
from idp.http.services import Core
from idp.http.wire import Endpoint
from idp.logs import get
from idp.office import open_office
from idp.oidc.edge import open_edge, self_signed
from idp.opening import open_core, open_database
from idp.trust.certificate import Certificate
from idp.trust.certificate import read as read_certificate
from idp.trust.names import comparable
from idp.web.card_door import CardDoor, without_cookies

log = get("door")


@dataclass(frozen=True, slots=True)
class Door:
    """What a process of the card's address serves."""

    core: Core
    app: Wsgi

    def close(self) -> None:
        """Give back threads and connections."""
        self.core.passwords.close()
        self.core.database.close()


def open_door(
    settings: Settings, clock: Clock | None = None, entropy: Entropy | None = None
) -> Door:
    """The card's address, ready to serve."""
    database = open_database(settings)
    core, secrets = open_core(settings, database, clock, entropy)
    server = new_server()
    # Not by the card's own address: a promise of TLS holds for all ports of a host name.
    headers = SecurityHeaders(secure=settings.server.secure)
    reader = _reader(settings)
    pages = CardDoor(core, reader)
    pages.equip(server, headers)
    protocol: Mapping[str, Endpoint] = {}
    if settings.cards.for_applications:
        belongings = Belongings(open_office(core, secrets).authorities)
        protocol = open_edge(core, secrets.pairwise, belongings, reader).for_applications()
    return Door(core, _front(server, core, pages, headers, protocol))


def anchors_of(core: Core) -> Callable[[], str]:
    """The authorities under whom cards stand, as PEM; asked again and again, for they change."""

    def read() -> str:
        with core.database.read() as tx:
            authorities = [one.certificate for one in core.trust.authorities.all(tx)]
            known = [one.der for one in authorities]
            if core.settings.cards.for_applications:
                # Whoever signed for itself is its own authority, or no handshake would pass.
                own = self_signed(core.applications.every(tx))
                known += _of_other_names(own, authorities)
        return "".join(_loadable(known))

    return read


def _of_other_names(own: Iterable[bytes], authorities: Iterable[Certificate]) -> list[bytes]:
    """Those that no handshake could take for an authority, whose cards it would then refuse.

    TLS looks for who signed a card by name alone, and may find whoever bears it as well.
    """
    taken = {comparable(one.subject) for one in authorities}
    found = []
    for der in own:
        certificate = read_certificate(der)
        if certificate is not None and comparable(certificate.subject) in taken:
            log.warning("a certificate is left out", fingerprint=certificate.fingerprint)
            continue
        found.append(der)
    return found


def _loadable(certificates: Iterable[bytes]) -> list[str]:
    """Those that a handshake can be made with: one that is none would close the door to all."""
    trial, found = SSLContext(PROTOCOL_TLS_SERVER), []
    for der in certificates:
        pem = DER_cert_to_PEM_cert(der)
        try:
            trial.load_verify_locations(cadata=pem)
        except SSLError:
            log.warning("a certificate is left out", fingerprint=sha256(der).hexdigest())
            continue
        found.append(pem)
    return found


def _reader(settings: Settings) -> Reader:
    cards = settings.cards
    if cards.proxy_header == "none":
        return from_handshake
    proxies = Proxies(settings.server.trusted_proxies)
    return FromProxy(cards.proxy_header, cards.proxy_secret.reveal(), proxies)


def _front(
    server: PageServer,
    core: Core,
    pages: CardDoor,
    headers: SecurityHeaders,
    protocol: Mapping[str, Endpoint],
) -> Wsgi:
    settings = core.settings
    endpoints: Mapping[str, Endpoint] = {
        **protocol,
        "/health/live": live,
        "/health/ready": ready_probe(core.database, core.keys, settings.signing.algorithm),
    }
    front = Front(
        cast("Wsgi", server.wsgi_app),
        endpoints,
        lambda environ, page: render_outside(server, environ, pages.in_place_of(page)),
        hosts=frozenset({settings.cards.host}),
        proxies=Proxies(settings.server.trusted_proxies),
        headers=headers,
        entropy=core.entropy,
    )
    return without_cookies(front)
