# SPDX-License-Identifier: Apache-2.0
"""Encryption of assertions: AES-GCM under RSA-OAEP, or not at all.

There is no way to CBC, to 3DES or to rsa-1_5 (XML Encryption 1.1 §6.1), whatever a recipient
declares: then nothing is encrypted, and nothing is sent.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from lxml import etree

from idp.clock import Entropy
from idp.saml import names
from idp.saml.names import DS, SAML, XENC, XENC11
from idp.saml.signatures import bare
from idp.saml.xml import Element, new_parser

NONCE_BYTES = 12

# Best first, with the bytes of their keys.
_CIPHERS = {names.AES256_GCM: 32, names.AES192_GCM: 24, names.AES128_GCM: 16}
# What of the methods declared is about keys. Only the first two are ours.
_TRANSPORTS = frozenset(
    (names.RSA_OAEP, names.RSA_OAEP_MGF1P, f"{XENC}rsa-1_5", f"{XENC}kw-aes128", f"{XENC}kw-aes256")
)


class NotEncrypted(Enum):
    """Why an assertion cannot be encrypted for somebody."""

    NO_KEY = "no RSA key for encryption"
    NO_CIPHER = "declares no cipher of ours"
    NO_TRANSPORT = "declares no key transport of ours"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to encrypt for: their certificate, and the algorithms that they registered.

    None of them means that they leave it to us.
    """

    certificate: x509.Certificate
    methods: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Transport:
    """How the key travels: the method's element, and the padding that it stands for."""

    method: str
    padding: padding.OAEP


def unmet(methods: Sequence[str]) -> NotEncrypted | None:
    """Why nothing can be encrypted for whoever declares these; None where it can."""
    if _cipher(methods) is None:
        return NotEncrypted.NO_CIPHER
    return NotEncrypted.NO_TRANSPORT if _transport(methods) is None else None


def spoken(methods: Sequence[str]) -> tuple[str, str]:
    """The cipher, and the way of its key, for whoever declares these; empty where there is none."""
    transport = _transport(methods)
    if transport is None:
        return _cipher(methods) or "", ""
    name = names.RSA_OAEP if transport is _OAEP else names.RSA_OAEP_MGF1P
    return _cipher(methods) or "", name


def encrypt(assertion: Element, recipient: Recipient, entropy: Entropy) -> Element | NotEncrypted:
    """An EncryptedAssertion (SAML Core §2.3.4) around an assertion, signed before."""
    key = recipient.certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return NotEncrypted.NO_KEY
    cipher, transport = _cipher(recipient.methods), _transport(recipient.methods)
    if cipher is None:
        return NotEncrypted.NO_CIPHER
    if transport is None:
        return NotEncrypted.NO_TRANSPORT
    secret, nonce = entropy.bytes(_CIPHERS[cipher]), entropy.bytes(NONCE_BYTES)
    # Serialised alone: what is decrypted declares its own prefixes, and its digest still holds.
    alone = etree.tostring(assertion, encoding="utf-8", xml_declaration=False, with_tail=False)
    sealed = nonce + AESGCM(secret).encrypt(nonce, alone, None)
    written = _ENCRYPTED.format(
        cipher=cipher,
        transport=transport.method,
        certificate=bare(recipient.certificate),
        key=_base64(key.encrypt(secret, transport.padding)),
        value=_base64(sealed),
    )
    return etree.fromstring(written, new_parser())


def _cipher(methods: Sequence[str]) -> str | None:
    declared = set(methods) - _TRANSPORTS
    if not declared:
        return names.AES256_GCM
    return next((name for name in _CIPHERS if name in declared), None)


def _transport(methods: Sequence[str]) -> _Transport | None:
    declared = _TRANSPORTS.intersection(methods)
    # The one that everybody reads, schema checks included, comes first. SHA-1 in OAEP is not what
    # SHA-1 in signatures is: nothing rests on its collisions (RFC 8017 §B.1).
    if names.RSA_OAEP_MGF1P in declared or not declared:
        return _OAEP_MGF1P
    return _OAEP if names.RSA_OAEP in declared else None


def _oaep(digest: Any) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(digest), digest, None)


_OAEP = _Transport(
    f'<xenc:EncryptionMethod Algorithm="{names.RSA_OAEP}">'
    f'<ds:DigestMethod Algorithm="{names.SHA256}"/>'
    f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{names.MGF1_SHA256}"/>'
    "</xenc:EncryptionMethod>",
    _oaep(SHA256()),
)
_OAEP_MGF1P = _Transport(
    f'<xenc:EncryptionMethod Algorithm="{names.RSA_OAEP_MGF1P}">'
    f'<ds:DigestMethod Algorithm="{names.SHA1}"/></xenc:EncryptionMethod>',
    _oaep(SHA1()),  # noqa: S303 - see _transport
)

_ENCRYPTED = (
    f'<saml:EncryptedAssertion xmlns:saml="{SAML}">'
    f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{names.ENCRYPTED_ELEMENT}">'
    '<xenc:EncryptionMethod Algorithm="{cipher}"/>'
    f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>{{transport}}'
    "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>"
    "</ds:X509Data></ds:KeyInfo>"
    "<xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData>"
    "</xenc:EncryptedKey></ds:KeyInfo>"
    "<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>"
    "</xenc:EncryptedData></saml:EncryptedAssertion>"
)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
