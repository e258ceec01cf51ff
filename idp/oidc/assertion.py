# SPDX-License-Identifier: Apache-2.0
"""private_key_jwt: a client's own signed statement that it is itself (RFC 7523 §3)."""

import json
from collections.abc import Mapping
from typing import Any

from idp.credentials import used_once
from idp.http.services import Core
from idp.keys import compact
from idp.oidc.client import Client
from idp.oidc.client_keys import ClientKey, choose, read_keys, verified_payload
from idp.outgoing import Fetched

LONGEST = 8192
LONGEST_LIFE = 300
LEEWAY = 60
FETCH_EVERY = 30
KEPT = 600
HEADER_ALLOWED = {"alg", "kid", "typ"}
# RFC 8725 §3.11: another kind of token that the client signed is no assertion (OA-079).
TYPES = {"", "jwt", "client-authentication+jwt"}
# Client identifiers are printable ASCII (idp.applications.registration).
LONGEST_ID = 128


class Assertions:
    """Verifies client assertions; each is used once."""

    def __init__(self, core: Core, token_endpoint: str) -> None:
        self._core = core
        self._issuer = core.settings.server.issuer
        # OIDC Core §9 lets clients name the token endpoint; RFC 7523bis the issuer alone.
        self._audiences = {self._issuer, token_endpoint}
        self._fetched: dict[str, tuple[float, tuple[ClientKey, ...]]] = {}

    @staticmethod
    def claimed_client(assertion: str) -> str | None:
        """Whose assertion it says it is, before anything is verified."""
        claims = _claims(assertion)
        subject = claims.get("sub") if claims else None
        if not isinstance(subject, str) or not subject.isascii() or len(subject) > LONGEST_ID:
            return None
        return subject

    def verify(self, client: Client, assertion: str) -> bool:
        """Whether this client made the assertion, for us, just now, and for the first time."""
        header = compact.read_object(assertion.partition(".")[0])
        # OA-070 to OA-076: our algorithms, compact form, no key or extension from the outside.
        if header is None or not set(header) <= HEADER_ALLOWED or not _is_typed(header):
            return False
        key = choose(self._keys(client, header.get("kid")), header)
        if key is None or verified_payload(assertion, key) is None:
            return False
        # The signature covers these segments, each of which has one spelling and one reading.
        claims = _claims(assertion)
        return claims is not None and self._holds(client, claims)

    def _keys(self, client: Client, kid: object) -> tuple[ClientKey, ...]:
        return self._fetch(client.jwks_uri, kid) if client.jwks_uri else client.keys

    def _fetch(self, uri: str, kid: object) -> tuple[ClientKey, ...]:
        """The client's published keys: at most one look every half minute (BR-018)."""
        now = self._core.clock.monotonic()
        at, kept = self._fetched.get(uri, (0.0, ()))
        age = now - at
        known = kid is None or any(key.kid == kid for key in kept)
        if uri in self._fetched and (age < FETCH_EVERY or (known and age < KEPT)):
            return kept
        # Noted before it is asked: a slow or broken address holds one request, not all of them.
        self._fetched[uri] = (now, kept)
        fetched = self._core.fetcher.fetch("GET", uri)
        if isinstance(fetched, Fetched) and fetched.status == 200:
            kept = read_keys(_document(fetched.body)) or kept
            self._fetched[uri] = (now, kept)
        return kept

    def _holds(self, client: Client, claims: Mapping[str, Any]) -> bool:
        now = self._core.clock.now()
        expires, issued, not_before = (claims.get(name) for name in ("exp", "iat", "nbf"))
        identifier = claims.get("jti")
        # RFC 7523 §3: an array of audiences is refused, so that no other server shares it (OA-054).
        if claims.get("iss") != client.id or claims.get("sub") != client.id:
            return False
        if not isinstance(claims.get("aud"), str) or claims["aud"] not in self._audiences:
            return False
        if type(expires) is not int or not now < expires + LEEWAY <= now + LONGEST_LIFE + LEEWAY:
            return False
        for moment in (issued, not_before):
            if moment is not None and (type(moment) is not int or moment > now + LEEWAY):
                return False
        if not isinstance(identifier, str) or not 1 <= len(identifier) <= 256:
            return False
        hashed = self._core.lookup.hash(f"{client.id}|{identifier}")
        with self._core.database.write() as tx:
            # Kept past the last moment at which the assertion would still be accepted (OA-053).
            return used_once.claim(tx, "client_assertion", hashed, expires + 2 * LEEWAY)


def _claims(assertion: str) -> dict[str, Any] | None:
    parts = compact.split(assertion) if len(assertion) <= LONGEST else None
    return compact.read_object(parts[1]) if parts else None


def _is_typed(header: Mapping[str, Any]) -> bool:
    kind = header.get("typ", "")
    return isinstance(kind, str) and kind.lower() in TYPES


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
