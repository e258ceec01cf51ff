# SPDX-License-Identifier: Apache-2.0
"""Certificates and authorities made by hand, so that a test can get each part of them wrong."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.pki_authority import Authority, Issued, build, key_usage
from tests.pki import key, period
from tests.trusting import der_of
from tests.world import START

LOGIN = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
        x509.NameAttribute(NameOID.COMMON_NAME, "899700000010"),
    ]
)
Extra = list[tuple[x509.ExtensionType, bool]]


def usual(*, ca: bool = False, usage: str = "digital_signature", eku=LOGIN) -> Extra:
    """The extensions of a certificate for login."""
    found: Extra = [(x509.BasicConstraints(ca, None), True)]
    found += [(key_usage(*usage.split()), True)] if usage else []
    return found + ([(eku, False)] if eku else [])


def leaf(under: Authority | Issued, extensions: Extra, *, name: x509.Name = NAME) -> bytes:
    """A certificate that this authority has signed."""
    issuer = under.issued if isinstance(under, Authority) else under
    builder = build(name, issuer.certificate.subject, key("leaf"), period(START), extensions)
    return der_of(builder.sign(issuer.key, hashes.SHA256()))


def below(
    under: Authority | Issued, who: str, *more: tuple[x509.ExtensionType, bool], length=None
) -> Issued:
    """Another authority below one."""
    issuer = under.issued if isinstance(under, Authority) else under
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=length), True),
        (key_usage("key_cert_sign", "crl_sign"), True),
        *more,
    ]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
    builder = build(name, issuer.certificate.subject, key(who), period(START), extensions)
    return Issued(builder.sign(issuer.key, hashes.SHA256()), key(who))


def own_root(who: str = "own root", *more: tuple[x509.ExtensionType, bool]) -> Issued:
    """A root with nothing said but that it is one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (key_usage("key_cert_sign", "crl_sign"), True),
        *more,
    ]
    builder = build(name, name, key(who), period(START), extensions)
    return Issued(builder.sign(key(who), hashes.SHA256()), key(who))
