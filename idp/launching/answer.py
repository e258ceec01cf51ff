# SPDX-License-Identifier: Apache-2.0
"""How a launch ends: at the application's own address, with a handle that it brings back.

The application then asks for a login like any other (OIDC Core §4), and is told what the handle
stands for beside its tokens; so whatever holds of its logins holds of this one.
"""

from urllib.parse import urlencode

from idp.audit.record import Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.addresses import origin_of
from idp.http.services import Core
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.origin import Origin


class LaunchResponder:
    """Fills `login.answers.Responder`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """On to the application; the handle only for the person whom the launch named."""
        payload = request.payload
        handle = None
        if payload["told"]:
            handle = self._core.launches.hand(
                tx, payload["launch"], request.id, admission.account, admission.session
            )
        event = Event(
            "launch.handed",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
            detail={"source": payload["source"], "handle": "yes" if handle else "no"},
        )
        self._core.audit.record(tx, event, origin)
        address = str(payload["to"])
        if not payload["told"]:
            return Handover(address)
        fields = {"iss": self._core.settings.server.issuer} | ({"launch": handle} if handle else {})
        return Handover(f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}")

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """The application has asked nothing: the page says why."""
        return None

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The site that the browser goes on to."""
        return (origin_of(str(request.payload["to"])),)
