# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect as the settings have it, and the way out to it."""

from connectors.base import Level
from connectors.registry import PSC, ProSante
from idp.clock import Clock
from idp.config import Settings
from idp.outgoing import Fetcher
from idp.outgoing.fetcher import client_tls
from idp.outgoing.upstreams import UpstreamHttp


def open_prosante(settings: Settings, clock: Clock) -> ProSante | None:
    """What its connector needs; None where it is not set up."""
    psc = settings.psc
    if psc.environment == "none":
        return None
    tls = client_tls(psc.tls_certificate, psc.tls_key) if psc.tls_certificate else None
    outgoing = settings.outgoing
    fetcher = Fetcher(outgoing.allow, psc.timeout, outgoing.max_bytes, tls=tls)
    return ProSante(
        environment=psc.environment,
        issuer=psc.issuer,
        description=psc.description,
        origins=psc.origins,
        client_id=psc.client_id,
        secret=psc.client_secret.reveal(),
        levels={"CARD": Level(psc.card_level), "MOBILE": Level(psc.mobile_level)},
        lowest_class=psc.lowest_class,
        max_age=psc.max_age,
        logout=psc.logout,
        back=f"{settings.server.issuer}/upstream/{PSC}",
        http=UpstreamHttp(fetcher, clock.monotonic),
        # Of its own: many phones that are asked about hold up nobody who comes by the other way.
        phones=UpstreamHttp(fetcher, clock.monotonic) if psc.ciba else None,
    )
