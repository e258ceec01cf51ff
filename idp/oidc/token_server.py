# SPDX-License-Identifier: Apache-2.0
"""Authlib's server behind our wire: it dispatches the token endpoint and the small endpoints.

What it would do loosely is ours: parameters are read once and strictly, the client authenticates
by exactly one method, and what is used once is used up by one statement (docs/decisions).
"""

from collections.abc import Callable
from typing import Any, cast

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.http.bearer import NONCE
from idp.http.parameters import Parameters
from idp.http.wire import NO_STORE, Call, Headers, Reply, json_reply
from idp.oidc.client import Client
from idp.oidc.client_auth import ClientAuthentication, Unauthenticated

# RFC 8628 §3.5: no fault, and often.
PENDING = "authorization_pending"


class ProtocolError(OAuth2Error):  # type: ignore[misc]
    """An error answer at this edge: RFC 6749 §5.2."""

    def __init__(
        self,
        code: str,
        hint: str = "",
        status: int = 400,
        *,
        basic: bool = False,
        why: str = "",
        nonce: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(error=code, description=hint or None, status_code=status)
        self.code = code
        self.hint = hint
        self.status = status
        self.basic = basic
        self.why = why
        # RFC 9449 §8: what the next proof must carry.
        self.nonce = nonce
        self.retry_after = retry_after


class WireRequest(OAuth2Request):  # type: ignore[misc]
    """Our call in the shape that Authlib's grants read."""

    def __init__(self, call: Call, parameters: Parameters) -> None:
        # Not the parent's: it refuses http, which a TLS proxy in front may speak to us.
        self.method = call.method
        self.uri = call.path
        self.headers: dict[str, str] = {}
        self.call = call
        self.parameters = parameters
        self.payload = BasicOAuth2Payload(parameters.values)
        self.client: Client | None = None
        self.auth_method = None
        self.user = None
        self.authorization_code = None
        self.refresh_token = None
        self.credential = None
        self._scope = None

    @property
    def form(self) -> dict[str, str]:
        """The posted parameters, and never the query's."""
        return self.parameters.values


# What is told of a refusal to whoever connects the application.
Note = Callable[[WireRequest, str], None]


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Authlib's dispatch with our request, client authentication and answers."""

    def __init__(self, authentication: ClientAuthentication, note: Note) -> None:
        super().__init__()
        self._authentication = authentication
        self._note = note

    def create_oauth2_request(self, request: Any) -> WireRequest:
        """The request is ours already."""
        return cast("WireRequest", request)

    def authenticate_client(
        self, request: WireRequest, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """Exactly one method, equal to the registered one."""
        found = self._authentication.authenticate(request.call, request.parameters)
        if isinstance(found, Unauthenticated):
            status = 401 if found.code == "invalid_client" else 400
            raise ProtocolError(found.code, found.hint, status, basic=found.basic, why=found.why)
        request.client = found
        return found

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: what happened is in the audit."""

    def handle_response(self, status: int, body: Any, headers: Headers) -> Reply:
        """An answer on our wire; bytes are a signed document already."""
        if isinstance(body, bytes):
            return Reply(status, [*headers, *NO_STORE], body)
        # Of its own headers none but this is meant for our wire.
        told = [one for one in headers if one[0] == NONCE]
        return json_reply(body, status, [*NO_STORE, *told] if told else NO_STORE)

    def handle_error_response(self, request: WireRequest, error: OAuth2Error) -> Reply:
        """RFC 6749 §5.2: the code, and a hint that holds nothing of the request."""
        headers = list(NO_STORE)
        code = getattr(error, "code", None) or error.error
        hint = getattr(error, "hint", "")
        status = getattr(error, "status", 400)
        if getattr(error, "basic", False):
            headers.append(("WWW-Authenticate", 'Basic realm="sceau"'))
        if nonce := getattr(error, "nonce", ""):
            headers.append((NONCE, nonce))
        if retry_after := getattr(error, "retry_after", 0):
            headers.append(("Retry-After", str(retry_after)))
        document = {"error": code}
        if hint:
            document["error_description"] = hint
        why = getattr(error, "why", "") or hint
        if code != PENDING:
            self._note(request, f"{code}: {why}" if why else code)
        return json_reply(document, status, headers)
