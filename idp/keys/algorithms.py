# SPDX-License-Identifier: Apache-2.0
"""The signature algorithms we sign with, each as one pair of plain functions over bytes.

And the one by which others encrypt to us.

Keys are joserfc objects, so that libraries can be handed them; the signature itself is made
with the cryptography key they hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from idp.errors import Breakdown

Key = ECKey | RSAKey | OKPKey
Jwk = dict[str, str | list[str]]
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

RSA_BITS = 2048
P256_BYTES = 32
# RFC 7518 §4.6: no padding of RSA that somebody could ask about.
OPENS = "ECDH-ES"


class UnusableKey(Breakdown):
    """A key is not of the strength or the kind its algorithm demands."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: how a key is made, signs and verifies."""

    name: str
    generate: Callable[[], Key]
    signing: Callable[[Key], Sign]
    verifying: Callable[[Key], Verify]
    # RFC 7517 §4.2: a key does one thing.
    use: str = "sig"


def load_key(jwk: Jwk) -> Key:
    """The key of a JWK; slow for RSA (70 ms): once a key, never once a request."""
    key = import_key(jwk)
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise UnusableKey("not an asymmetric key")
    return key


def _es256_signing(key: Key) -> Sign:
    private = key.private_key
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise UnusableKey("ES256 needs a private key on P-256")
    _check_p256(private.curve)
    raw, how = private.sign, ec.ECDSA(SHA256())

    def sign(message: bytes) -> bytes:
        # RFC 7518 §3.4: R and S side by side, 32 bytes each, not DER.
        r, s = decode_dss_signature(raw(message, how))
        return r.to_bytes(P256_BYTES, "big") + s.to_bytes(P256_BYTES, "big")

    return sign


def _es256_verifying(key: Key) -> Verify:
    public = key.public_key
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise UnusableKey("ES256 needs a key on P-256")
    _check_p256(public.curve)
    how = ec.ECDSA(SHA256())

    def verify(message: bytes, signature: bytes) -> bool:
        if len(signature) != 2 * P256_BYTES:
            return False
        r = int.from_bytes(signature[:P256_BYTES], "big")
        s = int.from_bytes(signature[P256_BYTES:], "big")
        return _holds(lambda: public.verify(encode_dss_signature(r, s), message, how))

    return verify


def _check_p256(curve: ec.EllipticCurve) -> None:
    if not isinstance(curve, ec.SECP256R1):
        raise UnusableKey(f"ES256 needs P-256, not {curve.name}")


def _rs256_signing(key: Key) -> Sign:
    private = key.private_key
    if not isinstance(private, rsa.RSAPrivateKey):
        raise UnusableKey("RS256 needs an RSA private key")
    _check_rsa(private.public_key())
    raw, pad, digest = private.sign, padding.PKCS1v15(), SHA256()
    return lambda message: raw(message, pad, digest)


def _rs256_verifying(key: Key) -> Verify:
    public = key.public_key
    if not isinstance(public, rsa.RSAPublicKey):
        raise UnusableKey("RS256 needs an RSA key")
    _check_rsa(public)
    pad, digest = padding.PKCS1v15(), SHA256()

    def verify(message: bytes, signature: bytes) -> bool:
        return _holds(lambda: public.verify(signature, message, pad, digest))

    return verify


def _check_rsa(public: rsa.RSAPublicKey) -> None:
    # RFC 7518 §3.3: 2048 bits or larger. An exponent of 1 makes every message its own signature.
    if public.key_size < RSA_BITS or public.public_numbers().e < 65537:
        raise UnusableKey("RS256 needs a modulus of 2048 bits and an exponent of 65537")


def _eddsa_signing(key: Key) -> Sign:
    private = key.private_key
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise UnusableKey("EdDSA needs an Ed25519 private key")
    return private.sign


def _eddsa_verifying(key: Key) -> Verify:
    public = key.public_key
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise UnusableKey("EdDSA needs an Ed25519 key")

    def verify(message: bytes, signature: bytes) -> bool:
        return _holds(lambda: public.verify(signature, message))

    return verify


def _never_signing(key: Key) -> Sign:
    """A key that others encrypt to: it is checked like one that signs, and never does."""
    _es256_signing(key)

    def refuse(_message: bytes) -> bytes:
        raise UnusableKey("a key that opens what is encrypted signs nothing")

    return refuse


def _never_verifying(key: Key) -> Verify:
    _es256_verifying(key)
    return lambda _message, _signature: False


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("ES256", lambda: ECKey.generate_key("P-256"), _es256_signing, _es256_verifying),
        Algorithm("RS256", lambda: RSAKey.generate_key(3072), _rs256_signing, _rs256_verifying),
        Algorithm(
            "EdDSA", lambda: OKPKey.generate_key("Ed25519"), _eddsa_signing, _eddsa_verifying
        ),
        Algorithm(
            OPENS,
            lambda: ECKey.generate_key("P-256"),
            _never_signing,
            _never_verifying,
            use="enc",
        ),
    )
}


def named(algorithm: str) -> Algorithm:
    """The algorithm of this name, by exact match."""
    try:
        return ALGORITHMS[algorithm]
    except KeyError:
        raise UnusableKey(f"no such signature algorithm: {algorithm!r}") from None
