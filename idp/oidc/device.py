# SPDX-License-Identifier: Apache-2.0
"""The device grant (RFC 8628): a device without a browser asks, a person agrees in theirs.

The person goes the usual way of a login, which always ends in the page that asks whether they
agree: nothing is ever approved by an address that somebody opened (OA-151).
"""

from dataclasses import replace
from typing import Any, Final

from authlib.oauth2.rfc6749.token_endpoint import TokenEndpoint

from idp.applications.registration import BadRegistration
from idp.audit.record import Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.device_requests import LIFE, PAUSE, DeviceRequest
from idp.http.bearer import Unproved
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.oidc import request as rules
from idp.oidc.answer import ERRORS
from idp.oidc.client import DEVICE, Client, Clients
from idp.oidc.crowd import FULL, TOO_MANY, Crowd
from idp.oidc.holding import Holding
from idp.oidc.lasting import lasting_by
from idp.oidc.token_server import ProtocolError, WireRequest
from idp.origin import Origin

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]
# By this protocol a login is answered that a device began.
PROTOCOL: Final = "device"
PAGE: Final = "/device"
# In the payload of a login: whose answer it is.
MARK: Final = "device"
# What a request may say; whoever it is for, and what comes back to a browser, are no part of it.
ASKED: Final = ("scope", "acr_values", "max_age", "claims", "authorization_details")
CHECKS: Final = (
    rules.check_repeated,
    rules.check_objects,
    rules.check_lengths,
    rules.check_key,
    rules.check_max_age,
    rules.check_scope,
    rules.check_resource,
    rules.check_details,
    rules.check_claims,
    rules.check_levels,
)


class DeviceAuthorization(TokenEndpoint):  # type: ignore[misc]
    """POST /oidc/device_authorization; the client authenticates as at the token endpoint."""

    ENDPOINT_NAME = "device_authorization"

    def __init__(self, server: Any, core: Core, holding: Holding) -> None:
        super().__init__(server)
        self._core = core
        self._holding = holding
        self._crowd = Crowd(core, self.ENDPOINT_NAME)
        self._page = core.settings.server.issuer + PAGE

    def create_endpoint_response(self, request: WireRequest) -> Answer:
        """RFC 8628 §3.2."""
        client: Client = self.server.authenticate_client(request, [], self.ENDPOINT_NAME)
        if DEVICE not in client.grant_types:
            raise ProtocolError("unauthorized_client", "this grant is not registered")
        parameters = request.parameters
        for check in CHECKS:
            if error := check(client, parameters):
                raise ProtocolError(error.code, error.hint)
        key = self._holding.named(request.call, client, parameters.get("dpop_jkt"))
        if isinstance(key, Unproved):
            raise ProtocolError(key.code, key.hint, nonce=key.nonce)
        kept: dict[str, Any] = {name: parameters.get(name) for name in ASKED}
        kept |= {"resource": list(parameters.all("resource")), "dpop_jkt": key}
        with self._core.database.write() as tx:
            if client.public:
                self._crowd.count(tx, request.call.origin.address)
            codes = self._core.device_requests.ask(tx, client.id, kept, request.call.origin)
        if codes is None:
            raise ProtocolError(FULL, "too many requests of this client wait", TOO_MANY)
        body = {
            "device_code": codes.device,
            "user_code": codes.user,
            "verification_uri": self._page,
            "verification_uri_complete": f"{self._page}?user_code={codes.user}",
            "expires_in": LIFE,
            "interval": PAUSE,
        }
        return 200, body, []


class DeviceResponder:
    """How a login ends that a device began; and how it begins (`login.answers.DeviceDesk`)."""

    def __init__(self, core: Core, clients: Clients) -> None:
        self._core = core
        self._clients = clients
        self._page = core.settings.server.issuer + PAGE
        self._life = core.settings.tokens.refresh_absolute

    def begin(self, tx: Tx, asked: DeviceRequest) -> LoginRequest | None:
        """The login that this request needs, under the registration of today."""
        core = self._core
        application = core.applications.load(tx, asked.application)
        if application is None or application.protocol != "oidc" or not application.enabled:
            return None
        try:
            client = self._clients.of(application)
        except BadRegistration:
            return None
        kept = asked.kept
        values = {name: kept[name] for name in (*ASKED, "dpop_jkt") if kept[name]}
        parameters = Parameters(values, several={"resource": tuple(kept["resource"])})
        if DEVICE not in client.grant_types or any(check(client, parameters) for check in CHECKS):
            return None
        wished = rules.assign(client, parameters, "", None)
        login = rules.to_login(wished, core.entropy, core.clock.now())
        return replace(
            login,
            protocol=PROTOCOL,
            ask_consent=True,
            device={"code": asked.code, "address": asked.address, "at": str(asked.at)},
            payload={**login.payload, MARK: asked.mark},
        )

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """The person agreed: their device may come for its tokens. The first who does counts."""
        core, key = self._core, admission.application.key
        mark = request.payload[MARK]
        if not core.device_requests.approve(tx, mark):
            return Handover(f"{self._page}/over")
        kept = {name: value for name, value in request.payload.items() if name != MARK}
        life, payload = lasting_by(admission, request.lasting, kept)
        scope = tuple(payload["scope"])
        code = core.codes.give(
            tx, admission, scope, payload, life or self._life, origin, lasting=bool(life)
        )
        # Nobody ever sees this code: the device holds one of its own.
        grant = core.codes.open(tx, key, code, keep=True)
        core.device_requests.bind(tx, mark, grant.id)
        event = Event(
            "device.approved",
            account=admission.account,
            application=key,
            session=admission.session,
            detail={"grant": grant.id, "from": request.device.get("address", "")},
        )
        core.audit.record(tx, event, origin)
        return Handover(f"{self._page}/done")

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """The device is told no, where that is for good (OA-152)."""
        if ERRORS.get(refusal) != "access_denied":
            return None
        with self._core.database.write() as tx:
            if self._core.device_requests.refuse(tx, request.payload[MARK]):
                event = Event(
                    "device.refused",
                    "refused",
                    application=request.application,
                    detail={"why": refusal.value},
                )
                self._core.audit.record(tx, event, None)
        by_themselves = refusal in {Refusal.CANCELLED, Refusal.CONSENT_REFUSED}
        return Handover(f"{self._page}/refused") if by_themselves else None

    def origins(self, _request: LoginRequest) -> tuple[str, ...]:
        """Nowhere but here."""
        return ()
