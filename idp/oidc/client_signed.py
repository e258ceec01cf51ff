# SPDX-License-Identifier: Apache-2.0
"""What clients sign with keys of their own: assertions, request objects (RFC 7515, RFC 8725)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol

from idp.http.services import Core
from idp.keys import compact
from idp.oidc.client import Client
from idp.oidc.client_keys import ALGORITHMS, ClientKey, choose, read_keys, verified_payload
from idp.oidc.encrypting import Encrypted
from idp.oidc.recipients import Recipient, read_recipients
from idp.outgoing import Fetched

FETCH_EVERY = 30
KEPT = 600
# Addresses at once.
MOST_KEPT = 10_000
# Requests that wait for keys being fetched hold a thread each.
MOST_WAITING = 8
LONGEST_WAIT = 10.0
# A key that nobody has.
ROLLED = object()
HEADER_ALLOWED = {"alg", "kid", "typ"}


class Signer(Protocol):
    """Whoever signs: with registered keys, or with those that they publish."""

    @property
    def keys(self) -> tuple[ClientKey, ...]:
        """Those that are registered."""

    @property
    def jwks_uri(self) -> str:
        """Where they publish theirs, in place of these."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a client publishes: keys to verify by, and those to encrypt to."""

    signing: tuple[ClientKey, ...] = ()
    recipients: tuple[Recipient, ...] = ()


NO_KEYS = Keys()


@dataclass(slots=True)
class Published:
    """What lies at a client's address for its keys."""

    fetching: Lock = field(default_factory=Lock)
    keys: Keys = NO_KEYS
    asked_at: float | None = None

    def holds(self, kid: object) -> bool:
        """Whether what a client names is among them."""
        if kid is None:
            return self.keys != NO_KEYS
        return any(one.kid == kid for one in self.keys.signing)


class ClientSigned:
    """Verifies them, with registered keys or those that the client publishes."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._fetched: dict[str, Published] = {}
        self._waiting = BoundedSemaphore(MOST_WAITING)

    def read(
        self,
        client: Signer,
        token: str,
        types: Collection[str],
        longest: int,
        algorithms: Collection[str] = ALGORITHMS,
    ) -> dict[str, Any] | None:
        """The claims, where this client signed them as one of these types of token."""
        if len(token) > longest:
            return None
        header = compact.read_object(token.partition(".")[0])
        # OA-070 to OA-076: our algorithms, compact form, no key or extension from the outside.
        if header is None or not set(header) <= HEADER_ALLOWED or not _is_of(header, types):
            return None
        if header.get("alg") not in algorithms:
            return None
        key = choose(self._keys(client, header.get("kid")), header)
        if key is None or verified_payload(token, key) is None:
            return None
        # The signature covers these segments, each of which has one spelling and one reading.
        return claims_of(token, longest)

    def certificates(self, client: Signer, *, again: bool = False) -> frozenset[bytes]:
        """Those that this client has for its connections; `again`, they may have changed since."""
        found = self._keys(client, ROLLED if again else None)
        return frozenset(one.certificate for one in found if one.certificate)

    def _keys(self, client: Signer, kid: object) -> tuple[ClientKey, ...]:
        return self._fetch(client.jwks_uri, kid).signing if client.jwks_uri else client.keys

    def encrypted(self, client: Client) -> Encrypted:
        """What it is told encrypted, to the keys that it has now: outside of any transaction."""
        if client.encrypted.nothing or not client.jwks_uri:
            return client.encrypted
        found = client.encrypted.with_keys(self._fetch(client.jwks_uri, None).recipients)
        if not found.is_whole:
            # One may have been put there since.
            found = found.with_keys(self._fetch(client.jwks_uri, ROLLED).recipients)
        return found

    def encrypted_by_now(self, client: Client) -> Encrypted:
        """The same inside of one, where they were looked at just before."""
        if client.encrypted.nothing or not client.jwks_uri:
            return client.encrypted
        kept = self._fetched.get(client.jwks_uri)
        return client.encrypted.with_keys(kept.keys.recipients if kept else ())

    def _fetch(self, uri: str, kid: object) -> Keys:
        """The client's published keys: at most one look every half minute (BR-018)."""
        kept = self._fetched.get(uri)
        if kept is None:
            if len(self._fetched) >= MOST_KEPT:
                # Applications may change theirs as often as they like: all are looked at anew.
                self._fetched.clear()
            # Of two at once, one is kept.
            kept = self._fetched.setdefault(uri, Published())
        if not self._is_due(kept, kid):
            return kept.keys
        mine = kept.fetching.acquire(blocking=False)
        if not mine and not kept.holds(kid):
            mine = self._waited(kept)
        if mine:
            try:
                # Another may have fetched them since.
                if self._is_due(kept, kid):
                    self._ask(kept, uri)
            finally:
                kept.fetching.release()
        return kept.keys

    def _is_due(self, kept: Published, kid: object) -> bool:
        """By their age; or the client may have published a new one."""
        if kept.asked_at is None:
            return True
        age = self._core.clock.monotonic() - kept.asked_at
        return age >= KEPT or (age >= FETCH_EVERY and not kept.holds(kid))

    def _waited(self, kept: Published) -> bool:
        """Until whoever fetches has done so: a slow or broken address holds few, not all."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return kept.fetching.acquire(timeout=LONGEST_WAIT)
        finally:
            self._waiting.release()

    def _ask(self, kept: Published, uri: str) -> None:
        asked_at = self._core.clock.monotonic()
        try:
            fetched = self._core.fetcher.fetch("GET", uri)
            if isinstance(fetched, Fetched) and fetched.status == 200:
                document = _document(fetched.body)
                found = Keys(read_keys(document, old=True), read_recipients(document))
                # What is no set of keys changes nothing; of a set, what is not in it is withdrawn.
                if found != NO_KEYS:
                    kept.keys = found
        finally:
            kept.asked_at = asked_at


def claims_of(token: str, longest: int) -> dict[str, Any] | None:
    """What it says, before anything is verified."""
    parts = compact.split(token) if len(token) <= longest else None
    return compact.read_object(parts[1]) if parts else None


def _is_of(header: Mapping[str, Any], types: Collection[str]) -> bool:
    """RFC 8725 §3.11: another kind of token that the client signed is not this one (OA-079)."""
    kind = header.get("typ", "")
    return isinstance(kind, str) and kind.lower() in types


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
