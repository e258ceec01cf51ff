# SPDX-License-Identifier: Apache-2.0
"""Seals of structures (« certificats de cachet »): keys that others certified, laid here by whoever
runs the installation, and never made, shown or rotated by it.

A folder holds a pair for each structure, `<identifier>.pem` and `<identifier>.key`; `default` is
for those that have none of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from idp.errors import Breakdown

CERTIFICATE: Final = ".pem"
PRIVATE: Final = ".key"
DEFAULT: Final = "default"
BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Seal:
    """One of them: what signs by RSA with SHA-256, and the certificate it is believed by."""

    sign: Callable[[bytes], bytes] = field(repr=False)
    certificate: x509.Certificate

    def is_valid(self, now: int) -> bool:
        """Whether its certificate is of any use today."""
        since = self.certificate.not_valid_before_utc.timestamp()
        return since <= now < self.certificate.not_valid_after_utc.timestamp()


@dataclass(frozen=True, slots=True)
class Seals:
    """Those that there are, by structure."""

    known: Mapping[str, Seal]

    def of(self, structure: str) -> Seal | None:
        """The seal of a structure, or the one for all; None where there is neither."""
        return self.known.get(structure) or self.known.get(DEFAULT)


def open_seals(folder: str) -> Seals:
    """Read them all at once: what is wrong is found when the server starts."""
    if not folder:
        return Seals({})
    pairs = sorted(Path(folder).glob(f"*{CERTIFICATE}"))
    return Seals({one.stem: _read(one) for one in pairs})


def _read(path: Path) -> Seal:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        private = load_pem_private_key(path.with_suffix(PRIVATE).read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise Breakdown(f"the seal {path.name} can't be read: {type(fault).__name__}") from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < BITS:
        raise Breakdown(f"the seal {path.name}: an RSA key of {BITS} bits at least is expected")
    if private.public_key() != certificate.public_key():
        raise Breakdown(f"the seal {path.name} certifies another key")

    def sign(data: bytes) -> bytes:
        return private.sign(data, padding.PKCS1v15(), SHA256())

    return Seal(sign, certificate)
