# SPDX-License-Identifier: Apache-2.0
"""Front-channel logout: the application hears of it in a frame (`login.answers.Parting`)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.http.addresses import origin_of
from idp.http.services import Core
from idp.login.answers import Handover
from idp.oidc.client import Client, Clients


class OidcParting:
    """Leads browsers to the address that an application registered for it."""

    # OIDC Front-Channel Logout §3: whatever it shows there says nothing.
    is_silent: Final = True

    def __init__(self, core: Core, clients: Clients) -> None:
        self._core = core
        self._clients = clients

    def site(self, application: Application) -> str:
        """Of that address; none where it has none."""
        client = self._known(application)
        uri = client.frontchannel_logout_uri if client else ""
        return origin_of(uri) if uri else ""

    def lead(
        self, application: Application, account: str, session: str, asked: str
    ) -> Handover | None:
        """Issuer and session always, whether or not it asked for them."""
        client = self._known(application)
        if client is None or not client.frontchannel_logout_uri:
            return None
        uri = client.frontchannel_logout_uri
        label = self._core.sessions.label(session, application.key)
        told = urlencode({"iss": self._core.settings.server.issuer, "sid": label})
        return Handover(f"{uri}{'&' if '?' in uri else '?'}{told}")

    def answer(self, payload: Mapping[str, Any], *, complete: bool) -> Handover | None:
        """Whoever asked named an address, or nothing: there is no answer beside it."""
        return None

    def _known(self, application: Application) -> Client | None:
        if application.protocol != "oidc":
            return None
        try:
            return self._clients.of(application)
        except BadRegistration:
            return None
