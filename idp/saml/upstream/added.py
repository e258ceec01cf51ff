# SPDX-License-Identifier: Apache-2.0
"""Providers that administrators added: who we are to each, and what speaks to it."""

from idp.http.services import Core
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.saml.keys import SamlKeys
from idp.saml.signatures import read_certificate
from idp.saml.upstream.described import Described
from idp.saml.upstream.speaker import Ourselves, SamlSpeaker

FOLDER = "/upstream/saml"


def ourselves(issuer: str, alias: str) -> Ourselves:
    """Who we are to the provider of this alias, on the server of this issuer."""
    acs = f"{issuer}{FOLDER}/{alias}"
    return Ourselves(f"{acs}/metadata", acs)


def open_speaker(core: Core, keys: SamlKeys, provider: Provider, spoken: ByBrowser) -> SamlSpeaker:
    """What writes to it and reads from it."""
    read = (read_certificate(one) for one in spoken.certificates)
    certificates = tuple(one for one in read if one is not None)
    them = Described(provider.issuer, certificates, spoken.login, spoken.valid_until)
    us = ourselves(core.settings.server.issuer, provider.alias)
    return SamlSpeaker(them, us, keys, core.clock.now, spoken.origins)
