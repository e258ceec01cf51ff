# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML, as an administrator would have kept it."""

from typing import Any

from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.saml.signatures import bare
from tests.protocol.saml.messages import IDP, certificate
from tests.provider_values import changed, provider

LOGIN = "https://idp.example/sso"


def saml_provider(**changes: Any) -> Provider:
    """Its settings."""
    found = provider(
        ByBrowser,
        alias="chu",
        name_fr="le CHU",
        name_en="the hospital",
        issuer=IDP,
        login=LOGIN,
        certificates=(bare(certificate("saml honest")),),
    )
    return changed(found, **changes)
