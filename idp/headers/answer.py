# SPDX-License-Identifier: Apache-2.0
"""How a login ends for an application known by headers: a one-time handle at its own address."""

from urllib.parse import urlencode

from idp.clock import Clock
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Codes
from idp.headers.returning import HANDLE
from idp.headers.site import BACK
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.origin import Origin


class HeadersResponder:
    """Fills `login.answers.Responder`."""

    def __init__(self, codes: Codes, clock: Clock, life: int) -> None:
        self._codes = codes
        self._clock = clock
        self._life = life

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """A handle for the browser that asked."""
        life = self._life
        most = admission.application.policy.session_max_age
        if most is not None:
            # Nobody stays longer than a proof may be old: the next request leads to the login.
            life = min(life, max(admission.authenticated_at + most - self._clock.now(), 1))
        handle = self._codes.give(tx, admission, request.scope, request.payload, life, origin)
        return Handover(f"{request.payload['origin']}{BACK}?{urlencode({HANDLE: handle})}")

    def refused(self, _request: LoginRequest, _refusal: Refusal) -> Handover | None:
        """It has nobody who could be told: the page says it."""
        return None

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The site that the answer goes to."""
        return (str(request.payload["origin"]),)


class HeadersTeller:
    """Fills `login.answers.Teller`."""

    def tell(self, _application: str, _account: str, _session: str, _label: str) -> bool | None:
        """There is nothing to send: its proxy asks at the next request, and hears it."""
        return True
