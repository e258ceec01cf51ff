# SPDX-License-Identifier: Apache-2.0
"""The certificates that an application registered: holders of keys, and nothing more."""

import re
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.saml.signatures import read_certificate

MOST = 5
LONGEST = 16_384
FRAME = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----")


def read_certificates(
    texts: Iterable[str], *, encrypting: bool = False
) -> tuple[tuple[x509.Certificate, ...], list[str]]:
    """The certificates (PEM, or base64 as metadata has it), and what is wrong with the others."""
    found, faults = [], []
    for number, text in enumerate(texts, 1):
        certificate = read_certificate(FRAME.sub("", text)) if len(text) <= LONGEST else None
        if certificate is None:
            faults.append(f"number {number} is no certificate (PEM or base64) of a strong key")
        elif encrypting and not isinstance(certificate.public_key(), rsa.RSAPublicKey):
            faults.append(f"number {number} must hold an RSA key to encrypt for")
        else:
            found.append(certificate)
    if len(found) > MOST:
        faults.append(f"{MOST} at most are expected")
    return tuple(found), faults
