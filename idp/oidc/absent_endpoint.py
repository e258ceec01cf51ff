# SPDX-License-Identifier: Apache-2.0
"""Where applications ask for people who are elsewhere (CIBA §7): backchannel authentication."""

from typing import Any, Final

from authlib.oauth2.rfc6749.token_endpoint import TokenEndpoint

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.accounts.values import fold
from idp.credentials import used_once
from idp.db import Tx
from idp.grants.approvals import PAUSE
from idp.grants.lasting import SCOPE as LASTING
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.login.approving import Sought
from idp.oidc.absent import CIBA
from idp.oidc.absent_request import first_error, life_of
from idp.oidc.asked import Asked
from idp.oidc.client import Client
from idp.oidc.client_signed import ClientSigned
from idp.oidc.crowd import FULL, TOO_MANY
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import mark_of, parse_details, shown
from idp.oidc.errors import OAuthError
from idp.oidc.levels import first_known
from idp.oidc.request import narrow
from idp.oidc.request_object import RequestObjects
from idp.oidc.token_server import ProtocolError, WireRequest
from idp.oidc.ways import OBJECT

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]
NAME: Final = "absent"
# CIBA §7.1.1: beside a signed request stands by what the client proves itself, and nothing else.
BESIDE: Final = frozenset(
    {"request", "client_id", "client_secret", "client_assertion", "client_assertion_type"}
)


class AbsentEndpoint(TokenEndpoint):  # type: ignore[misc]
    """POST /oidc/bc-authorize; the client authenticates as at the token endpoint."""

    ENDPOINT_NAME = NAME

    def __init__(
        self, server: Any, core: Core, asked: Asked, signed: ClientSigned, subjects: Subjects
    ) -> None:
        super().__init__(server)
        self._core = core
        self._asked = asked
        self._objects = RequestObjects(core, signed)
        self._subjects = subjects

    def create_endpoint_response(self, request: WireRequest) -> Answer:
        """CIBA §7.3: what the client comes back with, for how long, and how often."""
        client: Client = self.server.authenticate_client(request, [], self.ENDPOINT_NAME)
        if CIBA not in client.grant_types:
            raise ProtocolError("unauthorized_client", "this grant is not registered")
        parameters, once = self._came(client, request.parameters)
        error = first_error(client, parameters)
        if error is not None:
            raise ProtocolError(error.code, error.hint)
        with self._core.database.write() as tx:
            if self._core.approving.approvals.is_crowded(tx, client.id):
                raise ProtocolError(FULL, "too many of its requests wait", TOO_MANY)
            sought = self._sought(tx, client, parameters)
            if once and not used_once.claim(tx, OBJECT, *once):
                raise ProtocolError("invalid_request", "the request object was used before")
            origin = request.call.origin
            handle = self._core.approving.ask(tx, client.application, sought, origin)
        if handle is None:
            # OA-145. CIBA §13.
            raise ProtocolError("access_denied", "too much is asked by this hint", 403)
        return 200, {"auth_req_id": handle, "expires_in": sought.life, "interval": PAUSE}, []

    def _came(
        self, client: Client, posted: Parameters
    ) -> tuple[Parameters, tuple[bytes, int] | None]:
        """What counts of it: what the client signed, where it signs."""
        token = posted.get("request")
        if posted.get("request_uri"):
            raise ProtocolError("invalid_request", "request_uri has no place here")
        if not token:
            if client.absent.must_sign:
                raise ProtocolError("invalid_request", "this client must sign its requests")
            return posted, None
        if not client.asking.signs:
            raise ProtocolError("invalid_request", "this client has no keys to sign by")
        if loose := sorted(name for name in posted.values if name not in BESIDE):
            raise ProtocolError(
                "invalid_request", f"outside of the signed request: {loose[0][:64]}"
            )
        signed = self._objects.read_absent(client, token)
        if isinstance(signed, OAuthError):
            # CIBA §13 knows no other code for it.
            raise ProtocolError("invalid_request", signed.hint)
        return signed.parameters, signed.once

    def _sought(self, tx: Tx, client: Client, parameters: Parameters) -> Sought:
        # Once, before it is looked for and counted: of two forms of one name neither tells more.
        hint = fold(parameters.get("login_hint"))
        account = self._by_token(client, parameters) if not hint else _by_name(tx, hint)
        # What lasts is agreed to where somebody sits at it.
        asked = narrow(client, parameters.get("scope"))
        scope = tuple(one for one in asked if one != LASTING)
        details = parse_details(parameters.get(DETAILS)) or ()
        marked = {mark_of(one): shown(one) for one in details}
        audience = tuple(dict.fromkeys(parameters.all("resource"))) or client.audiences
        payload: dict[str, Any] = {"scope": list(scope), "audience": list(audience), "nonce": ""}
        if details:
            payload["details"] = list(details)
        told = [one for one in scope if one != "openid"]
        return Sought(
            account=account,
            hint=hint or parameters.get("id_token_hint"),
            level=first_known(parameters.get("acr_values").split()),
            scope=(*told, *marked),
            details=marked,
            payload=payload,
            told=parameters.get("binding_message"),
            life=life_of(parameters),
            bearer=parameters.get("client_notification_token") if client.absent.address else "",
            often=client.absent.often,
        )

    def _by_token(self, client: Client, parameters: Parameters) -> str | None:
        """By an ID token that this client was given."""
        claims = self._asked.read_hint(parameters.get("id_token_hint"), client)
        if claims is None:
            raise ProtocolError("invalid_request", "id_token_hint is not one of ours")
        return self._subjects.account_of(client.sector, str(claims["sub"]))


def _by_name(tx: Tx, folded: str) -> str | None:
    """By identifier or e-mail address, or by national identifier.

    OA-144: that nobody goes by it is told to no application; CIBA §13 lets it be `unknown_user_id`,
    by which anybody's list of patients could be tried.
    """
    # A national identifier has its letters in capitals.
    return accounts.find(tx, folded) or accounts.by_national_id(tx, folded.upper())
