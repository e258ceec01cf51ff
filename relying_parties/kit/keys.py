# SPDX-License-Identifier: Apache-2.0
"""The provider's signing keys: by exact `kid`, of the pinned algorithm's family, and no others."""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from relying_parties.kit.discovery import Discovery, fetch_object
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Outgoing
from relying_parties.kit.remembered import Remembered
from relying_parties.kit.settings import Limits
from relying_parties.kit.strict_json import Claims

PublicKey = ECKey | OKPKey | RSAKey

# The family says which keys may verify at all: a public RSA key never becomes an HMAC secret.
FAMILIES: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
}
TYPES: Mapping[str, type[PublicKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
MOST_KEYS = 100
# 2048 bits in base64url.
SHORTEST_MODULUS = 342
log = logging.getLogger(__name__)


class KeySource(Protocol):
    """Where a verifying key is found."""

    def find(self, kid: str) -> PublicKey | None:
        """The key of that id, or None."""


class ProviderKeys:
    """The provider's JWK Set, remembered; renewed at most twice a minute for an unknown `kid`."""

    def __init__(
        self,
        algorithm: str,
        discovery: Discovery,
        outgoing: Outgoing,
        limits: Limits,
        monotonic: Callable[[], float],
    ) -> None:
        self._algorithm = algorithm
        self._discovery = discovery
        self._outgoing = outgoing
        self._limits = limits
        self._remembered = Remembered(
            self._load,
            max_age=limits.key_age,
            retry_after=limits.retry_after,
            monotonic=monotonic,
        )

    def find(self, kid: str) -> PublicKey | None:
        """The key of that id; an unknown one may be new, so the set is fetched again, sparingly."""
        key = self._remembered.get().get(kid)
        if key is None:
            key = self._remembered.renew(self._limits.key_refetch).get(kid)
        return key

    def _load(self) -> Mapping[str, PublicKey]:
        document = fetch_object(self._outgoing, self._discovery.metadata().jwks_uri)
        listed = document.get("keys")
        if not isinstance(listed, list) or len(listed) > MOST_KEYS:
            raise ProviderUnreachable("keys: not a JWK Set")
        found: dict[str, PublicKey] = {}
        for entry in listed:
            named = read_key(entry, self._algorithm)
            if named is None:
                continue
            if named[0] in found:
                # Row OA-074: which of the two would verify must not depend on their order.
                raise ProviderUnreachable("keys: one kid, two keys")
            found[named[0]] = named[1]
        return found


def read_key(entry: object, algorithm: str) -> tuple[str, PublicKey] | None:
    """A JWK as (kid, key) where it may verify that algorithm; other keys are passed over."""
    if not isinstance(entry, dict) or not _suits(entry, algorithm):
        return None
    public = {name: value for name, value in entry.items() if name not in {"x5u", "x5c", "jku"}}
    try:
        key = TYPES[entry["kty"]].import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        log.warning("keys: an unreadable key was passed over")
        return None
    return entry["kid"], key


def _suits(entry: Claims, algorithm: str) -> bool:
    kty, crv = FAMILIES[algorithm]
    return (
        entry.get("kty") == kty
        and (crv is None or entry.get("crv") == crv)
        and isinstance(entry.get("kid"), str)
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", algorithm) == algorithm
        and "d" not in entry
        and (kty != "RSA" or len(str(entry.get("n", ""))) >= SHORTEST_MODULUS)
    )
