# SPDX-License-Identifier: Apache-2.0
"""Introspection (RFC 7662), signed on request (RFC 9701), and revocation (RFC 7009)."""

from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from connectors.base import Level
from idp.accounts.subjects import Subjects
from idp.grants.tokens import Token
from idp.http.bearer import LONGEST_TOKEN
from idp.http.services import Core
from idp.http.standing import still_admitted
from idp.keys.sign import sign
from idp.oidc.binding import kept
from idp.oidc.client import Client, Clients
from idp.oidc.client_signed import ClientSigned
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import granted
from idp.oidc.exchanging import acting
from idp.oidc.levels import ACR
from idp.oidc.mint import told_scope
from idp.oidc.token_server import ProtocolError, WireRequest

Answer = tuple[int, Any, list[tuple[str, str]]]
SIGNED = "application/token-introspection+jwt"
INACTIVE = {"active": False}


class OurIntrospection(IntrospectionEndpoint):  # type: ignore[misc]
    """What a token is, told to those it is meant for (OA-110)."""

    def __init__(
        self, server: Any, core: Core, clients: Clients, subjects: Subjects, signed: ClientSigned
    ) -> None:
        super().__init__(server)
        self._core = core
        self._published = signed
        self._clients = clients
        self._subjects = subjects

    def check_params(self, request: WireRequest, client: Client) -> None:
        """RFC 7662 §2.1. An unknown hint is only a hint and is ignored."""
        # OA-111: a client that can't authenticate could be anybody.
        if client.public:
            raise ProtocolError("invalid_client", "this client does not authenticate", 401)
        if not request.parameters.get("token"):
            raise ProtocolError("invalid_request", "token is missing")

    def authenticate_token(self, request: WireRequest, client: Client) -> Token | None:
        """The live token, where this client may know of it."""
        self.check_params(request, client)
        value = request.parameters.get("token")
        if len(value) > LONGEST_TOKEN:
            return None
        with self._core.database.read() as tx:
            token = self._core.tokens.find(tx, value)
        return token if token and self.check_permission(token, client, request) else None

    def check_permission(self, token: Token, client: Client, request: WireRequest) -> bool:
        """Its owner, or a resource server named in its audience."""
        return token.application == client.id or client.id in token.audience.split()

    def create_introspection_payload(self, token: Token | None) -> dict[str, Any]:
        """RFC 7662 §2.2; nothing beside `active` for a dead or foreign token."""
        return INACTIVE if token is None else self.introspect_token(token)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """What is told of a live token."""
        audience = token.audience.split()
        binding = kept(token.bound_to)
        described: dict[str, Any] = {
            "active": True,
            **told_scope(token.scope),
            "client_id": token.application,
            "token_type": binding.token_type if token.kind == "access" else "refresh_token",
            "exp": token.expires_at,
            "iat": token.issued_at,
            "iss": self._core.settings.server.issuer,
            "aud": audience or self._core.settings.server.issuer,
            **binding.told,
        }
        if token.account is None:
            described["sub"] = token.application
            return described
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, token.application)
            if application is None or not still_admitted(self._core, tx, application, token):
                return INACTIVE
            client = self._clients.of(application)
            if client.asking.detail_types and token.grant is not None and not token.actor:
                # RFC 9396 §9.2.
                grant = self._core.codes.load(tx, token.grant)
                if details := granted(client, grant.payload) if grant else []:
                    described[DETAILS] = details
        if act := acting(token):
            # RFC 8693 §4.1.
            described["act"] = act
        described["sub"] = self._subjects.of(client.sector, token.account)
        described["acr"] = ACR[Level(token.level or 1)]
        if token.session:
            described["amr"] = list(token.methods)
            described["auth_time"] = token.authenticated_at
            described["sid"] = self._core.sessions.label(token.session, token.application)
        return described

    def create_endpoint_response(self, request: WireRequest) -> Answer:
        """JSON, or a JWT for a resource server that asks for one (RFC 9701 §4)."""
        status, body, headers = super().create_endpoint_response(request)
        if request.client is not None and (
            request.client.encrypted.introspection or wants_signed(request.call.header("Accept"))
        ):
            return status, self._signed(body, request.client), [("Content-Type", SIGNED)]
        return status, body, headers

    def _signed(self, body: dict[str, Any], client: Client) -> bytes:
        """RFC 9701 §5: typ, iss, aud, iat and the answer in its own member."""
        # OA-110: an inactive token is told in the same single word, signed or not.
        claims = {
            "iss": self._core.settings.server.issuer,
            "aud": client.id,
            "iat": self._core.clock.now(),
            "token_introspection": body,
        }
        signer = self._core.keys.signer(client.id_token_algorithm)
        token = sign(signer, {"typ": "token-introspection+jwt"}, claims)
        if (cipher := client.encrypted.introspection) is None:
            return token.encode("ascii")
        found = self._published.encrypted(client)
        sealed = found.encrypt(cipher, token)
        if sealed is None:
            raise ProtocolError("invalid_client_metadata", found.lacks(cipher))
        return sealed.encode("ascii")


class OurRevocation(RevocationEndpoint):  # type: ignore[misc]
    """A client gives its own token back."""

    def __init__(self, server: Any, core: Core) -> None:
        super().__init__(server)
        self._core = core

    def create_endpoint_response(self, request: WireRequest) -> Answer:
        """RFC 7009 §2.2: 200 for any token, known or not; durable before the answer."""
        client = self.authenticate_endpoint_client(request)
        value = request.parameters.get("token")
        if not value:
            raise ProtocolError("invalid_request", "token is missing")
        if len(value) <= LONGEST_TOKEN:
            origin = request.call.origin
            with self._core.database.write() as tx:
                grant = self._core.tokens.revoke(tx, client.id, value, origin)
                if grant is not None:
                    # RFC 7009 §2.1: with a refresh token its access tokens end (OA-113).
                    self._core.codes.revoke(tx, grant, "revoked_by_client", origin)
        return 200, {}, []


def wants_signed(accept: str) -> bool:
    """RFC 9701 §4: the signed form is asked for by name, whatever else is accepted."""
    return any(one.partition(";")[0].strip().lower() == SIGNED for one in accept.split(","))
