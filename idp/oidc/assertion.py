# SPDX-License-Identifier: Apache-2.0
"""private_key_jwt: a client's own signed statement that it is itself (RFC 7523 §3)."""

from collections.abc import Collection, Mapping
from typing import Any

from idp.credentials import used_once
from idp.http.services import Core
from idp.oidc.client import Client
from idp.oidc.client_signed import ClientSigned, claims_of

LONGEST = 8192
LONGEST_LIFE = 300
LEEWAY = 60
TYPES = {"", "jwt", "client-authentication+jwt"}
# Client identifiers are printable ASCII (idp.applications.registration).
LONGEST_ID = 128


class Assertions:
    """Verifies client assertions; each is used once."""

    def __init__(self, core: Core, signed: ClientSigned, endpoints: Collection[str]) -> None:
        self._core = core
        self._signed = signed
        self._issuer = core.settings.server.issuer
        # OIDC Core §9 lets clients name an endpoint; RFC 7523bis the issuer alone.
        self._audiences = {self._issuer, *endpoints}

    @staticmethod
    def claimed_client(assertion: str) -> str | None:
        """Whose assertion it says it is, before anything is verified."""
        claims = claims_of(assertion, LONGEST)
        subject = claims.get("sub") if claims else None
        if not isinstance(subject, str) or not subject.isascii() or len(subject) > LONGEST_ID:
            return None
        return subject

    def verify(self, client: Client, assertion: str) -> bool:
        """Whether this client made the assertion, for us, just now, and for the first time."""
        known = client.asking.verified
        claims = self._signed.read(client, assertion, TYPES, LONGEST, known)
        return claims is not None and self._holds(client, claims)

    def _holds(self, client: Client, claims: Mapping[str, Any]) -> bool:
        now = self._core.clock.now()
        expires, issued, not_before = (claims.get(name) for name in ("exp", "iat", "nbf"))
        identifier = claims.get("jti")
        # RFC 7523 §3: an array of audiences is refused, so that no other server shares it (OA-054).
        if claims.get("iss") != client.id or claims.get("sub") != client.id:
            return False
        # FAPI 2.0 §5.3.2.1: no name of ours but this one.
        meant = {self._issuer} if client.profile else self._audiences
        if not isinstance(claims.get("aud"), str) or claims["aud"] not in meant:
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
