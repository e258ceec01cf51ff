# SPDX-License-Identifier: Apache-2.0
"""Pushed authorization requests (RFC 9126): a client sets its whole request aside beforehand."""

from dataclasses import replace
from typing import Any, Final

from authlib.oauth2.rfc6749.token_endpoint import TokenEndpoint

from idp.grants.pushed import LIFE
from idp.http.bearer import Unproved
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.login.request import LoginRequest
from idp.oidc.asked import Asked, Misled
from idp.oidc.client import Client
from idp.oidc.crowd import FULL, TOO_MANY, Crowd
from idp.oidc.errors import OAuthError
from idp.oidc.holding import Holding
from idp.oidc.token_server import ProtocolError, WireRequest
from idp.oidc.ways import Came, Ways

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]
# By what the client proves itself, and no part of what it asks.
PROOF: Final = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


class PushedRequest(TokenEndpoint):  # type: ignore[misc]
    """POST /oidc/par; the client authenticates as at the token endpoint."""

    ENDPOINT_NAME = "pushed"

    def __init__(self, server: Any, core: Core, ways: Ways, asked: Asked, holding: Holding) -> None:
        super().__init__(server)
        self._core = core
        self._ways = ways
        self._asked = asked
        self._holding = holding
        self._crowd = Crowd(core, self.ENDPOINT_NAME)

    def create_endpoint_response(self, request: WireRequest) -> Answer:
        """RFC 9126 §2.2: checked as a whole, kept for a minute, named by chance alone."""
        client: Client = self.server.authenticate_client(request, [], self.ENDPOINT_NAME)
        came = self._ways.posted(client, _asked_by(client, request.parameters))
        if not isinstance(came, Came):
            raise _told(came.error)
        came = self._bound(request, client, came)
        checked = self._asked.read(client, came)
        if isinstance(checked, Misled):
            raise ProtocolError("invalid_request", checked.hint)
        if not isinstance(checked, LoginRequest):
            raise _told(checked.error)
        with self._core.database.write() as tx:
            if client.auth_method == "none":
                self._crowd.count(tx, request.call.origin.address)
            name = self._ways.keep(tx, client, came)
            if isinstance(name, OAuthError):
                # Nothing was written that counts for anything.
                raise _told(name)
        return 201, {"request_uri": name, "expires_in": LIFE}, []

    def _bound(self, request: WireRequest, client: Client, came: Came) -> Came:
        """RFC 9449 §10.1: a proof names the key as `dpop_jkt` does, and both name the same."""
        parameters = came.parameters
        key = self._holding.named(request.call, client, parameters.get("dpop_jkt"))
        if isinstance(key, Unproved):
            raise ProtocolError(key.code, key.hint, nonce=key.nonce)
        if not key:
            return came
        values = {**parameters.values, "dpop_jkt": key}
        whole = Parameters(values, parameters.repeated, parameters.several)
        return replace(came, parameters=whole)


def _asked_by(client: Client, posted: Parameters) -> Parameters:
    """What is asked, by the client that proved itself: `Basic` names it in a header alone."""
    values = {name: value for name, value in posted.values.items() if name not in PROOF}
    return Parameters({**values, "client_id": client.id}, posted.repeated, posted.several)


def _told(error: OAuthError) -> ProtocolError:
    """RFC 9126 §2.3."""
    status = TOO_MANY if error.code == FULL else 400
    return ProtocolError(error.code, error.hint, status)
