# SPDX-License-Identifier: Apache-2.0
"""Client authentication: exactly one method presented, equal to the registered one.

RFC 6749 §2.3, OIDC Core §9. A method that fails is never tried as another (OA-050, OA-051).
"""

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus

from idp.applications.registration import BadRegistration
from idp.audit.record import Event
from idp.db import Tx
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.http.wire import Call
from idp.oidc.assertion import Assertions
from idp.oidc.client import Client, Clients
from idp.oidc.client_signed import ClientSigned
from idp.oidc.client_tls import BY_AUTHORITY, TLS_METHODS, ClientCertificates

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_BASIC = 4096
# Compared where no such client exists, so that both refusals cost the same (OA-056).
NOBODY = "x" * 43


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request presents to authenticate its client."""

    method: str
    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Unauthenticated:
    """No client, and why: `hint` for the integrator, `basic` where a challenge is due.

    `why` is for whoever administers the application, and never on the wire.
    """

    hint: str
    basic: bool = False
    code: str = "invalid_client"
    why: str = ""


class ClientAuthentication:
    """Finds and authenticates the client of a request."""

    def __init__(
        self,
        core: Core,
        clients: Clients,
        assertions: Assertions,
        signed: ClientSigned,
        certificates: ClientCertificates,
    ) -> None:
        self._core = core
        self._clients = clients
        self._assertions = assertions
        self._signed = signed
        self._certificates = certificates

    def authenticate(self, call: Call, parameters: Parameters) -> Client | Unauthenticated:
        """The client, by the one method it presents and is registered for."""
        presented = present(call, parameters)
        if isinstance(presented, Unauthenticated):
            return presented
        with self._core.database.read() as tx:
            client = self._load(tx, presented.client_id)
        refused = self._check(call, presented, client)
        if refused is not None or client is None:
            self._note(presented, call)
            return refused or Unauthenticated("unknown client")
        return client

    def _load(self, tx: Tx, client_id: str) -> Client | None:
        application = self._core.applications.load(tx, client_id)
        if application is None or application.protocol != "oidc" or not application.enabled:
            return None
        try:
            return self._clients.of(application)
        except BadRegistration:
            return None

    def _check(
        self, call: Call, presented: Presented, client: Client | None
    ) -> Unauthenticated | None:
        basic = presented.method == "client_secret_basic"
        refused = Unauthenticated("client authentication failed", basic)
        if client is None:
            self._core.lookup.hash(presented.secret or NOBODY)
            return refused
        if presented.method == "none" and client.auth_method in TLS_METHODS:
            wrong = replace(refused, why="the certificate is not its own, or none was shown")
            return None if self._shows_its_own(call, client) else wrong
        # OA-050: another method than the registered one is no method at all.
        if presented.method != client.auth_method:
            why = f"it sent {presented.method}, and {client.auth_method} is registered"
            return replace(refused, why=why)
        match presented.method:
            case "client_secret_basic" | "client_secret_post":
                matches = self._core.applications.secret_matches
                holds = matches(client.application, presented.secret)
                why = "the secret is not the one that was made last"
            case "private_key_jwt":
                holds = self._assertions.verify(client, presented.secret)
                why = "the client assertion does not hold"
            case _:
                holds, why = True, ""
        return None if holds else replace(refused, why=why)

    def _shows_its_own(self, call: Call, client: Client) -> bool:
        """RFC 8705 §2 (OA-059)."""
        shown, held = self._certificates.shown(call), self._certificates
        if shown is None:
            return False
        if client.auth_method == BY_AUTHORITY:
            return held.stands(shown, client.certificate, client.id)
        # Once more where it publishes them: it may have a new one.
        return held.is_among(shown, self._signed.certificates(client)) or (
            bool(client.jwks_uri)
            and held.is_among(shown, self._signed.certificates(client, again=True))
        )

    def _note(self, presented: Presented, call: Call) -> None:
        event = Event(
            "client.failed",
            "refused",
            application=presented.client_id[:128],
            detail={"method": presented.method},
        )
        with self._core.database.write() as tx:
            self._core.audit.record(tx, event, call.origin)


def present(call: Call, parameters: Parameters) -> Presented | Unauthenticated:
    """Which one method the request presents."""
    if parameters.repeated:
        return Unauthenticated("a parameter is given twice", code="invalid_request")
    if "client_secret" in call.query:
        # RFC 6749 §2.3.1: never in the address, where logs would keep it (OA-057).
        return Unauthenticated("the secret is in the query", code="invalid_request")
    header = call.header("Authorization")
    named = parameters.get("client_id")
    methods = []
    if header:
        methods.append(_from_basic(header))
    # RFC 6749 §3.1: sent without a value is not sent.
    if parameters.get("client_secret"):
        secret = parameters.get("client_secret")
        methods.append(Presented("client_secret_post", named, secret))
    if parameters.get("client_assertion") or parameters.get("client_assertion_type"):
        methods.append(_from_assertion(parameters))
    if len(methods) > 1:
        return Unauthenticated("more than one client authentication method")
    if not methods:
        if not named:
            return Unauthenticated("no client authentication")
        return Presented("none", named)
    presented = methods[0]
    if isinstance(presented, Presented) and named and presented.client_id != named:
        return Unauthenticated("client_id and the authenticated client differ", basic=bool(header))
    return presented


def _from_basic(header: str) -> Presented | Unauthenticated:
    """RFC 6749 §2.3.1: both parts are form-encoded, so `+` is a space (OA-058)."""
    refused = Unauthenticated("the Authorization header is not Basic", basic=True)
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > LONGEST_BASIC:
        return refused
    try:
        decoded = b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (NotBase64, UnicodeDecodeError, ValueError):
        return refused
    client_id, colon, secret = decoded.partition(":")
    if not colon or "\x00" in decoded:
        return refused
    return Presented("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))


def _from_assertion(parameters: Parameters) -> Presented | Unauthenticated:
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        return Unauthenticated("client_assertion_type is not supported")
    assertion = parameters.get("client_assertion")
    client_id = Assertions.claimed_client(assertion)
    if client_id is None:
        return Unauthenticated("client_assertion can't be read")
    return Presented("private_key_jwt", client_id, assertion)
