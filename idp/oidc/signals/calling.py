# SPDX-License-Identifier: Apache-2.0
"""Who calls: an application in its own name, by an access token that is for this (RFC 6750)."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from connectors.strict_json import read_object
from idp.db import Tx
from idp.grants.admission import ApplicationAdmission
from idp.grants.tokens import Token
from idp.http.bearer import LONGEST_TOKEN, NONCE, Shown, Unproved
from idp.http.services import Core
from idp.http.wire import NO_STORE, Call, Headers, Reply, json_reply
from idp.oidc.client import Client, Clients
from idp.oidc.holding import Holding
from idp.oidc.signals.settings import SCOPE
from idp.oidc.userinfo import challenge, unproved
from idp.programs.allowance import Allowance

INVALID: Final = "the access token is not valid"
LARGEST: Final = 65_536
JSON_KIND: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Caller:
    """An application that may have signals, and what it sent."""

    client: Client
    call: Call
    query: dict[str, str]
    # Nothing where there is no body.
    body: dict[str, Any]
    headers: Headers

    def reply(self, document: Any, status: int = 200) -> Reply:
        """An answer in JSON."""
        return json_reply(document, status, self.headers)

    def empty(self) -> Reply:
        """Done, and nothing to say."""
        return Reply(204, self.headers)

    def refuse(self, status: int, code: str, hint: str, *more: tuple[str, str]) -> Reply:
        """Why not."""
        document = {"error": code, "error_description": hint}
        return json_reply(document, status, [*self.headers, *more])


class Callers:
    """Reads the request that all these endpoints share."""

    def __init__(self, core: Core, clients: Clients, holding: Holding) -> None:
        self._core = core
        self._clients = clients
        self._holding = holding
        self._allowance = Allowance(core.clock, core.lookup, core.settings.api.calls)

    def admit(self, call: Call) -> Caller | Reply:
        """The caller, or what they are answered instead."""
        query = parse_qs(call.query, keep_blank_values=True)
        if "access_token" in query:
            return challenge(400, "invalid_request", "a token never goes into the address")
        shown = self._holding.shown(call)
        if isinstance(shown, Unproved):
            return unproved(shown)
        if not shown.token:
            return challenge(401, "", "", by_proof=shown.by_proof)
        found = self._client(shown)
        if isinstance(found, Reply):
            return found
        with self._core.database.write() as tx:
            left = self._allowance.take(tx, f"signals:{found.id}")
        headers = list(NO_STORE)
        if nonce := self._holding.newest_nonce(found.application):
            headers.append((NONCE, nonce))
        once = {name: values[0] for name, values in query.items() if len(values) == 1}
        if left.spent:
            caller = Caller(found, call, once, {}, headers)
            wait = ("Retry-After", str(left.seconds))
            return caller.refuse(429, "too_many_requests", "too many calls", wait)
        body = self._body(call)
        caller = Caller(found, call, once, body or {}, headers)
        if body is None:
            return caller.refuse(400, "invalid_request", "the body is not one JSON object")
        return caller

    def _client(self, shown: Shown) -> Client | Reply:
        """Asked anew at each request: whatever was closed since is closed to it (OA-047)."""
        by_proof = shown.by_proof
        invalid = challenge(401, "invalid_token", INVALID, by_proof=by_proof)
        if len(shown.token) > LONGEST_TOKEN:
            return invalid
        with self._core.database.read() as tx:
            token, client = self._found(tx, shown.token)
        if token is None or client is None or not self._is_meant(token):
            return invalid
        misuse = self._holding.misuse(shown, token.bound_to, client.application)
        if misuse is not None:
            return unproved(misuse)
        if SCOPE not in token.scope or not client.signals:
            hint = f"the scope {SCOPE} is needed"
            return challenge(403, "insufficient_scope", hint, by_proof=by_proof)
        return client

    def _found(self, tx: Tx, value: str) -> tuple[Token | None, Client | None]:
        token = self._core.tokens.find(tx, value)
        application = self._core.applications.load(tx, token.application) if token else None
        if application is None or application.protocol != "oidc":
            return None, None
        admitted = self._core.gate.admit_application(application)
        if not isinstance(admitted, ApplicationAdmission):
            return None, None
        return token, self._clients.of(application)

    def _is_meant(self, token: Token) -> bool:
        """An application's own access token, for this server: of no person's login (OA-079)."""
        audiences = token.audience.split()
        here = not audiences or self._core.settings.server.issuer in audiences
        return token.kind == "access" and token.grant is None and here

    def _body(self, call: Call) -> dict[str, Any] | None:
        if call.method not in {"POST", "PUT", "PATCH"}:
            return {}
        sent = call.body(LARGEST) if call.content_type == JSON_KIND else None
        try:
            return None if sent is None else read_object(sent.decode(), LARGEST)
        except UnicodeDecodeError:
            return None
