# SPDX-License-Identifier: Apache-2.0
"""private_key_jwt: a client's own signed statement that it is itself (RFC 7523 §3)."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.credentials import used_once
from idp.http.services import Core
from idp.oidc.client import ASSERTION_ALGORITHMS, Client
from idp.outgoing import Fetched

LONGEST = 8192
LONGEST_LIFE = 300
LEEWAY = 60
FETCH_EVERY = 30
KEPT = 600
HEADER_ALLOWED = {"alg", "kid", "typ"}


class Assertions:
    """Verifies client assertions; each is used once."""

    def __init__(self, core: Core, token_endpoint: str) -> None:
        self._core = core
        self._issuer = core.settings.server.issuer
        # OIDC Core §9 lets clients name the token endpoint; RFC 7523bis the issuer alone.
        self._audiences = {self._issuer, token_endpoint}
        self._fetched: dict[str, tuple[float, KeySet]] = {}

    @staticmethod
    def claimed_client(assertion: str) -> str | None:
        """Whose assertion it says it is, before anything is verified."""
        parts = assertion.split(".")
        if len(assertion) > LONGEST or len(parts) != 3:
            return None
        claims = _json(parts[1])
        subject = claims.get("sub") if claims else None
        return subject if isinstance(subject, str) else None

    def verify(self, client: Client, assertion: str) -> bool:
        """Whether this client made the assertion, for us, just now, and for the first time."""
        header = _json(assertion.partition(".")[0])
        # OA-070 to OA-076: our algorithms, compact form, no key or extension from the outside.
        if header is None or not set(header) <= HEADER_ALLOWED:
            return False
        if header.get("alg") not in ASSERTION_ALGORITHMS:
            return False
        claims = self._claims(client, assertion, header)
        return claims is not None and self._holds(client, claims)

    def _claims(
        self, client: Client, assertion: str, header: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        keys = self._keys(client, header.get("kid"))
        if keys is None:
            return None
        try:
            verified = jws.deserialize_compact(
                assertion.encode("ascii"), keys, algorithms=list(ASSERTION_ALGORITHMS)
            )
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        return _object(verified.payload)

    def _keys(self, client: Client, kid: object) -> KeySet | None:
        if client.jwks is not None:
            return _key_set(client.jwks, kid)
        return self._fetch(client.jwks_uri, kid) if client.jwks_uri else None

    def _fetch(self, uri: str, kid: object) -> KeySet | None:
        """The client's published keys: at most one look every half minute (BR-018)."""
        at, kept = self._fetched.get(uri, (0.0, None))
        age = time.monotonic() - at
        known = kept is not None and (kid is None or any(key.kid == kid for key in kept.keys))
        if kept is not None and (age < FETCH_EVERY or (known and age < KEPT)):
            return kept
        fetched = self._core.fetcher.fetch("GET", uri)
        if not isinstance(fetched, Fetched) or fetched.status != 200:
            return kept
        document = _object(fetched.body)
        keys = _key_set(document, None) if document else None
        if keys is not None:
            self._fetched[uri] = (time.monotonic(), keys)
        return keys or kept

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


def _key_set(document: Mapping[str, Any], kid: object) -> KeySet | None:
    try:
        keys = KeySet.import_key_set({"keys": document["keys"]})
    except (JoseError, KeyError, TypeError, ValueError):
        return None
    if kid is not None and not any(key.kid == kid for key in keys.keys):
        return None
    return keys


def _json(segment: str) -> dict[str, Any] | None:
    try:
        raw = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return None
    return _object(raw)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
