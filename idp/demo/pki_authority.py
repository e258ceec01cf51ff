# SPDX-License-Identifier: Apache-2.0
"""A certification authority of the demo: what it signs, and where its word is to be found."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

# An arc of our own (ITU-T X.667): what the demo issues claims nobody's certification policy.
POLICY = x509.ObjectIdentifier("2.25.206164338186905190326391024953377216712.1")

Extensions: TypeAlias = Iterable[tuple[x509.ExtensionType, bool]]


def new_key() -> rsa.RSAPrivateKey:
    """What cards carry today."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def moment(seconds: int) -> datetime:
    """Seconds since the epoch, as certificates count."""
    return datetime.fromtimestamp(seconds, UTC)


def pem(certificate: x509.Certificate) -> bytes:
    """As files and proxies want it."""
    return certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate, its key, and the authorities from the one that signed it up to the root."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate and those above it, but for the root: what a server sends."""
        return b"".join(pem(each) for each in (self.certificate, *self.chain[:-1]))

    @property
    def key_pem(self) -> bytes:
        """The key in clear: the file is private or the key is a test's."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def pkcs12(self, pin: str, name: str = "card") -> bytes:
        """Key and certificates in one file that opens with the PIN."""
        return pkcs12.serialize_key_and_certificates(
            name.encode(),
            self.key,
            self.certificate,
            self.chain,
            serialization.BestAvailableEncryption(pin.encode()),
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """One that signs: its short name is that of its files, such as ACI-FO-PP."""

    short: str
    issued: Issued
    # Where the demo serves revocation lists, certificates and OCSP: http://localhost:…
    address: str

    @property
    def certificate(self) -> x509.Certificate:
        return self.issued.certificate

    @property
    def key(self) -> rsa.RSAPrivateKey:
        return self.issued.key

    @property
    def list_url(self) -> str:
        return f"{self.address}/CRL/{quote(self.short)}.crl"

    @property
    def delta_url(self) -> str:
        return f"{self.address}/CRL/{quote(self.short)}-delta.crl"

    @property
    def certificate_url(self) -> str:
        return f"{self.address}/AC/{quote(self.short)}.cer"

    @property
    def status_url(self) -> str:
        return f"{self.address}/ocsp"

    def sign(
        self,
        subject: x509.Name,
        period: tuple[int, int],
        extensions: Extensions,
        *,
        key: rsa.RSAPrivateKey | None = None,
        serial: int | None = None,
    ) -> Issued:
        """A certificate of exactly these extensions, under this authority."""
        key = key or new_key()
        certificate = build(subject, self.certificate.subject, key, period, extensions, serial)
        return Issued(
            certificate.sign(self.key, hashes.SHA256()),
            key,
            (self.certificate, *self.issued.chain),
        )

    def about(self, key: rsa.RSAPrivateKey) -> Extensions:
        """Whose key, who signed, and where to ask whether it still stands."""
        yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
        yield x509.CRLDistributionPoints([_point(self.list_url)]), False
        yield x509.FreshestCRL([_point(self.delta_url)]), False
        places = (
            (AuthorityInformationAccessOID.OCSP, self.status_url),
            (AuthorityInformationAccessOID.CA_ISSUERS, self.certificate_url),
        )
        yield (
            x509.AuthorityInformationAccess(
                x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
                for method, url in places
            ),
            False,
        )

    def below(
        self, short: str, subject: x509.Name, period: tuple[int, int], key: rsa.RSAPrivateKey
    ) -> "Authority":
        """An authority that issues to people or machines, and to no other authority."""
        extensions = [*authority_extensions(0), *self.about(key)]
        return Authority(short, self.sign(subject, period, extensions, key=key), self.address)


def root(
    short: str, subject: x509.Name, period: tuple[int, int], address: str, key: rsa.RSAPrivateKey
) -> Authority:
    """An authority that vouches for itself."""
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    extensions = [*authority_extensions(None), (identifier, False)]
    builder = build(subject, subject, key, period, extensions)
    certificate = builder.sign(key, hashes.SHA256())
    return Authority(short, Issued(certificate, key), address)


def authority_name(common: str, organisation: str, *units: str) -> x509.Name:
    """« C=FR, O=…, OU=0002 …, OU=…, CN=AC … », each part a RDN of its own."""
    parts = [
        (NameOID.COUNTRY_NAME, "FR"),
        (NameOID.ORGANIZATION_NAME, organisation),
        *((NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units),
        (NameOID.COMMON_NAME, common),
    ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def build(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    period: tuple[int, int],
    extensions: Extensions,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    """A certificate that only lacks its signature."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial or secrets.randbits(126) + 1)
        .not_valid_before(moment(period[0]))
        .not_valid_after(moment(period[1]))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def key_usage(*uses: str) -> x509.KeyUsage:
    """The uses named, as `cryptography` calls them, and no other."""
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{use: use in uses for use in every})


def authority_extensions(depth: int | None) -> Extensions:
    """What makes a certificate an authority's."""
    yield x509.BasicConstraints(ca=True, path_length=depth), True
    yield key_usage("key_cert_sign", "crl_sign"), True


def _point(url: str) -> x509.DistributionPoint:
    where = [x509.UniformResourceIdentifier(url)]
    return x509.DistributionPoint(where, None, None, None)
