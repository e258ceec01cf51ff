# SPDX-License-Identifier: Apache-2.0
"""A provider's signing keys: by their exact name, of the one algorithm's family, and no others."""

from collections.abc import Callable, Mapping
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from connectors.openid.remembered import Remembered
from connectors.openid.upstream import Failed, Fault

PublicKey = ECKey | RSAKey
# OA-070: the family says which keys verify at all; a public key never becomes a shared secret.
FAMILIES: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
}
TYPES: Mapping[str, type[PublicKey]] = {"EC": ECKey, "RSA": RSAKey}
MOST_KEYS: Final = 100
# 2048 bits in base64url.
SHORTEST_MODULUS: Final = 342
ELSEWHERE: Final = frozenset({"x5u", "x5c", "jku"})


class Keys:
    """The provider's set, remembered."""

    def __init__(
        self,
        fetch: Callable[[], dict[str, object] | Failed],
        algorithm: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._algorithm = algorithm
        self._remembered = Remembered(self._load, monotonic)

    def find(self, kid: str) -> PublicKey | Failed | None:
        """The key of this name; an unknown one may be new, so the set is asked for again."""
        known = self._remembered.get()
        if isinstance(known, Failed) or kid in known:
            return known if isinstance(known, Failed) else known[kid]
        renewed = self._remembered.renewed()
        return renewed if isinstance(renewed, Failed) else renewed.get(kid)

    def _load(self) -> Mapping[str, PublicKey] | Failed:
        found = self._fetch()
        return found if isinstance(found, Failed) else read_keys(found, self._algorithm)


def read_keys(document: dict[str, object], algorithm: str) -> Mapping[str, PublicKey] | Failed:
    """The keys of a set (RFC 7517 §5) that may verify this algorithm, by name."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        return Failed(Fault.NOT_BELIEVED, "keys: not a set")
    found: dict[str, PublicKey] = {}
    for entry in listed:
        read = _read_key(entry, algorithm)
        if read is None:
            continue
        name, key = read
        if name in found:
            # OA-074: which of the two verifies must not hang on their order.
            return Failed(Fault.NOT_BELIEVED, "keys: one name twice")
        found[name] = key
    return found


def _read_key(entry: object, algorithm: str) -> tuple[str, PublicKey] | None:
    if not isinstance(entry, dict) or not _suits(entry, algorithm):
        return None
    public = {name: value for name, value in entry.items() if name not in ELSEWHERE}
    try:
        return entry["kid"], TYPES[entry["kty"]].import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        # Of a kind that we can't read: other keys of theirs may do.
        return None


def _suits(entry: Mapping[str, object], algorithm: str) -> bool:
    family, curve = FAMILIES[algorithm]
    return (
        entry.get("kty") == family
        and (curve is None or entry.get("crv") == curve)
        and isinstance(entry.get("kid"), str)
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", algorithm) == algorithm
        and "d" not in entry
        and (family != "RSA" or len(str(entry.get("n", ""))) >= SHORTEST_MODULUS)
    )
