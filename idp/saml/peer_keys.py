# SPDX-License-Identifier: Apache-2.0
"""The certificates that an application registered: holders of keys, and nothing more."""

import re
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.applications.faults import What
from idp.saml.signatures import read_certificate
from idp.saml.unfit import Amiss

MOST = 5
LONGEST = 16_384
FRAME = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----")


def read_certificates(
    texts: Iterable[str], *, encrypting: bool = False
) -> tuple[tuple[x509.Certificate, ...], dict[int, What]]:
    """The certificates, and what is wrong with the others, by their place in the list."""
    found: list[x509.Certificate] = []
    faults: dict[int, What] = {}
    for row, text in enumerate(texts):
        certificate = read_one(text)
        if certificate is None:
            faults[row] = Amiss.CERTIFICATE
        elif encrypting and not isinstance(certificate.public_key(), rsa.RSAPublicKey):
            faults[row] = Amiss.CERTIFICATE_RSA
        else:
            found.append(certificate)
    return tuple(found), faults


def holder_of(certificate: x509.Certificate) -> str:
    """Whose it says it is; empty where that cannot be read, which its key does not suffer from."""
    try:
        return certificate.subject.rfc4514_string()
    except ValueError:
        # Such as Latin-1 letters in what is declared UTF-8: old tools wrote them.
        return ""


def read_one(text: str) -> x509.Certificate | None:
    """A certificate as PEM, or as base64 as metadata has it."""
    return read_certificate(FRAME.sub("", text)) if len(text) <= LONGEST else None
