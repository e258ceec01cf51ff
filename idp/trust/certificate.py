# SPDX-License-Identifier: Apache-2.0
"""A certificate as it is judged: parsed once, with its extensions at hand."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST = 16_384
LONGEST_URL = 512
# One place, or two for the same list.
MOST_PLACES = 3
# RFC 5280 §4.1.2.2: a serial number has at most 20 octets.
SERIAL_BYTES = 20
# All that the library raises at what it does not read; few of them are kin.
NOT_READ = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
Kind = TypeVar("Kind", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of which every part that we look at could be read."""

    parsed: x509.Certificate
    der: bytes
    extensions: x509.Extensions
    # SHA-256 of its public key (SPKI), in hexadecimal.
    key_id: str

    @property
    def subject(self) -> x509.Name:
        return self.parsed.subject

    @property
    def serial(self) -> int:
        return self.parsed.serial_number

    @property
    def valid_from(self) -> int:
        return int(self.parsed.not_valid_before_utc.timestamp())

    @property
    def valid_until(self) -> int:
        return int(self.parsed.not_valid_after_utc.timestamp())

    @property
    def fingerprint(self) -> str:
        return sha256(self.der).hexdigest()

    @property
    def is_self_issued(self) -> bool:
        return self.parsed.subject == self.parsed.issuer

    @property
    def is_authority(self) -> bool:
        """Whether it may sign certificates (RFC 5280 §4.2.1.9, §4.2.1.3)."""
        constraints = self.get(x509.BasicConstraints)
        usage = self.get(x509.KeyUsage)
        return bool(constraints and constraints.ca and (usage is None or usage.key_cert_sign))

    def get(self, kind: type[Kind]) -> Kind | None:
        """The value of an extension."""
        try:
            value: Kind = self.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None
        return value

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Whether this issuer's key, under this issuer's name, has signed it."""
        try:
            self.parsed.verify_directly_issued_by(issuer.parsed)
        except (*NOT_READ, InvalidSignature):
            return False
        return True


def read(der: bytes) -> Certificate | None:
    """A certificate from DER, or None where any part of it is not as it should be."""
    if len(der) > LONGEST:
        return None
    try:
        parsed = x509.load_der_x509_certificate(der)
        extensions = parsed.extensions
        key_id = key_id_of(parsed)
        # Looked at once, so that nothing raises later.
        _ = parsed.subject, parsed.issuer, parsed.not_valid_after_utc, parsed.not_valid_before_utc
    except NOT_READ:
        return None
    if parsed.version is not x509.Version.v3 or not 0 < parsed.serial_number < 1 << 160:
        return None
    return Certificate(parsed, der, extensions, key_id)


def key_id_of(certificate: x509.Certificate) -> str:
    """SHA-256 of the public key (SPKI), in hexadecimal."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(key).hexdigest()


def addresses_of(points: x509.CRLDistributionPoints | x509.FreshestCRL | None) -> tuple[str, ...]:
    """Where lists of these distribution points are fetched; none of an indirect or partial one."""
    found: list[str] = []
    for point in points or ():
        # A list of another issuer, or of some reasons alone, is not one that we use.
        if point.crl_issuer is not None or point.reasons is not None:
            continue
        found += uris(point.full_name or ())
    return tuple(dict.fromkeys(found))


def places_of(certificate: Certificate) -> tuple[str, ...]:
    """Where its authority tells of it and of changes to that, as far as we would go."""
    whole = addresses_of(certificate.get(x509.CRLDistributionPoints))
    changes = addresses_of(certificate.get(x509.FreshestCRL))
    return (*whole[:MOST_PLACES], *changes[:MOST_PLACES])


def uris(names: "list[x509.GeneralName] | tuple[()]") -> list[str]:
    """Those that can be fetched."""
    return [
        name.value
        for name in names
        if isinstance(name, x509.UniformResourceIdentifier)
        and name.value.lower().startswith(("http://", "https://"))
        and len(name.value) <= LONGEST_URL
    ]
