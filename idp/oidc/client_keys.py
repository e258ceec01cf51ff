# SPDX-License-Identifier: Apache-2.0
"""The public keys of a client: of a family we verify with, strong enough, by exact `kid`."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.trust.certificate import read

PublicKey = ECKey | OKPKey | RSAKey
# RFC 8725 §3.1: the key's family names the algorithm; the token's word is only compared (OA-071).
FAMILIES: Mapping[tuple[str, str | None], tuple[str, type[PublicKey]]] = {
    ("EC", "P-256"): ("ES256", ECKey),
    ("RSA", None): ("PS256", RSAKey),
    ("OKP", "Ed25519"): ("EdDSA", OKPKey),
}
# What a client may sign with, whatever it is that it signs; no RS256 (FAPI).
ALGORITHMS = tuple(algorithm for algorithm, _kind in FAMILIES.values())
# Of applications that are registered for it: requests (OIDC Core §10.1), or whatever they sign.
OLD = "RS256"
PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "oth"}
MOST_KEYS = 50
RSA_BITS = (2048, 8192)
# 2048 bits in base64url.
SHORTEST_MODULUS = 342


@dataclass(frozen=True, slots=True, repr=False)
class ClientKey:
    """A key that may verify what a client signed, with one algorithm."""

    kid: str | None
    algorithm: str
    key: PublicKey
    # The certificate that holds the same key, where one was given with it (RFC 7517 §4.7).
    certificate: bytes = b""


class OneAlgorithm(jws.JWSRegistry):
    """joserfc's rules, with one algorithm and no other."""

    def get_alg(self, name: str) -> Any:
        """The algorithm, without the warning that joserfc gives at each use of `EdDSA`."""
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def read_keys(document: object, *, old: bool = False) -> tuple[ClientKey, ...]:
    """The usable keys of a JWK Set; RFC 7517 §5: what isn't understood is left out.

    `old`: those for RS256 as well, which is verified where it is asked for by name alone.
    """
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        return ()
    found = [_read_key(jwk) for jwk in listed[:MOST_KEYS]]
    if old:
        found += [_read_key(jwk, old=True) for jwk in listed[:MOST_KEYS]]
    return tuple(key for key in found if key is not None)


def holds_secrets(document: object) -> bool:
    """Whether somebody put a private or symmetric key where public ones belong."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    keys = listed if isinstance(listed, list) else []
    return any(isinstance(jwk, Mapping) and not PRIVATE.isdisjoint(jwk) for jwk in keys)


def has_signing(settings: Mapping[str, Any]) -> bool:
    """Whether it says by which keys it signs, of whatever worth they are."""
    document = settings.get("jwks")
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        return bool(document or settings.get("jwks_uri"))
    return not all(isinstance(jwk, Mapping) and jwk.get("use") == "enc" for jwk in listed)


def _read_key(jwk: object, *, old: bool = False) -> ClientKey | None:
    if not isinstance(jwk, Mapping) or jwk.get("use", "sig") != "sig":
        return None
    family = FAMILIES.get((str(jwk.get("kty")), jwk.get("crv") and str(jwk["crv"])))
    kid = jwk.get("kid")
    if family is None or not PRIVATE.isdisjoint(jwk) or not isinstance(kid, str | None):
        return None
    algorithm, kind = family
    if old:
        if kind is not RSAKey:
            return None
        algorithm = OLD
    if jwk.get("alg", algorithm) != algorithm:
        return None
    if kind is RSAKey and len(str(jwk.get("n", ""))) < SHORTEST_MODULUS:
        return None
    try:
        key = kind.import_key(dict(jwk))
        strong = is_strong(key)
        certificate = _certificate(jwk.get("x5c"), key)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return ClientKey(kid, algorithm, key, certificate) if strong else None


def _certificate(chain: object, key: PublicKey) -> bytes:
    """RFC 7517 §4.7: the first is of this very key, or the whole is none."""
    if chain is None:
        return b""
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        raise ValueError("x5c")
    der = b64decode(chain[0], validate=True)
    # Every part of it: what nobody can read must not reach a handshake (`idp.door`).
    certificate = read(der)
    if certificate is None or certificate.parsed.public_key() != key.public_key:
        raise ValueError("x5c is of another key, or can't be read")
    return der


def is_strong(key: PublicKey) -> bool:
    """RFC 8725 §3.4, RFC 7518 §3.5; an exponent of 1 signs anything (OA-080)."""
    public = key.public_key
    if not isinstance(public, RSAPublicKey):
        return True
    exponent = public.public_numbers().e
    return RSA_BITS[0] <= public.key_size <= RSA_BITS[1] and exponent >= 65537 and exponent % 2 == 1


def choose(keys: tuple[ClientKey, ...], header: Mapping[str, Any]) -> ClientKey | None:
    """The one key that the header can mean; two that fit are none."""
    kid, algorithm = header.get("kid"), header.get("alg")
    fitting = [
        key for key in keys if key.algorithm == algorithm and (kid is None or key.kid == kid)
    ]
    return fitting[0] if len(fitting) == 1 else None


def verified_payload(
    token: str, key: ClientKey, rules: type[OneAlgorithm] = OneAlgorithm
) -> bytes | None:
    """The bytes that the key signed, or None."""
    registry = rules(algorithms=[key.algorithm])
    try:
        return jws.deserialize_compact(token.encode("ascii"), key.key, registry=registry).payload
    except (JoseError, ValueError, TypeError, KeyError):
        return None
