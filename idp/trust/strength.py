# SPDX-License-Identifier: Apache-2.0
"""What is strong enough (ANSSI RGS B1): keys, and the hash that was signed."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.trust.certificate import Certificate

HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
SHORTEST, LONGEST = 2048, 8192
# With e = 1 everybody's number is a signature; small ones have been forged.
SMALLEST_EXPONENT, LARGEST_EXPONENT = 65_537, 1 << 32


def is_strong(certificate: Certificate) -> bool:
    """Whether its own key and the signature on it are strong enough."""
    return has_strong_key(certificate) and is_strong_hash(certificate)


def has_strong_key(certificate: Certificate) -> bool:
    """RSA of 2048 bits or more with a usual exponent, or a curve of NIST from 256 bits on."""
    key = certificate.parsed.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e
        usual = SMALLEST_EXPONENT <= exponent <= LARGEST_EXPONENT and exponent % 2 == 1
        return usual and SHORTEST <= key.key_size <= LONGEST
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def is_strong_hash(certificate: Certificate) -> bool:
    """SHA-256 or longer: SHA-1 has collisions that were used."""
    try:
        return isinstance(certificate.parsed.signature_hash_algorithm, HASHES)
    except UnsupportedAlgorithm:
        return False
