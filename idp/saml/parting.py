# SPDX-License-Identifier: Apache-2.0
"""This protocol's part in a logout that the browser carries (`login.answers.Parting`)."""

from collections.abc import Mapping
from typing import Any, Final

from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.http.addresses import origin_of
from idp.http.services import Core
from idp.login.answers import Handover
from idp.saml.application import SamlApplication, SamlApplications
from idp.saml.assertion import DONE, Status
from idp.saml.logout import PARTIAL
from idp.saml.logout_writer import LogoutWriter, address_for
from idp.saml.names import POST, REDIRECT


class SamlParting:
    """Leads browsers to applications of SAML, and back to the one that asked."""

    is_silent: Final = False

    def __init__(self, core: Core, applications: SamlApplications, writer: LogoutWriter) -> None:
        self._core = core
        self._applications = applications
        self._writer = writer

    def site(self, application: Application) -> str:
        """Of the address that takes requests by the browser."""
        known = self._known(application)
        # A redirect first: it needs no script to go on.
        address = address_for(known, REDIRECT, POST) if known else None
        return origin_of(address.url) if address else ""

    def lead(
        self, application: Application, account: str, session: str, asked: str
    ) -> Handover | None:
        """A signed request, by the browser."""
        known = self._known(application)
        address = address_for(known, REDIRECT, POST) if known else None
        if known is None or address is None:
            return None
        label = self._core.sessions.label(session, application.key)
        message = self._writer.request(known, address.url, account, session, label, asked)
        return None if message is None else self._writer.carry_request(address, message)

    def answer(self, payload: Mapping[str, Any], *, complete: bool) -> Handover | None:
        """Whether everybody was told, to whoever asked (SAML Core §3.7.3.2)."""
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, payload["application"])
        known = self._known(application) if application else None
        return self.status(known, payload, DONE if complete else PARTIAL) if known else None

    def status(
        self, application: SamlApplication, payload: Mapping[str, Any], status: Status
    ) -> Handover | None:
        """The answer at its registered address, by the binding that it asked by where it can."""
        bindings = (POST, REDIRECT) if payload["posted"] else (REDIRECT, POST)
        address = address_for(application, *bindings)
        if address is None:
            return None
        url = address.response_url or address.url
        message = self._writer.answer(url, payload["request"], status)
        return self._writer.carry_answer(address, message, payload["relay"])

    def _known(self, application: Application) -> SamlApplication | None:
        if application.protocol != "saml":
            return None
        try:
            return self._applications.of(application)
        except BadRegistration:
            return None
