# SPDX-License-Identifier: Apache-2.0
"""What was encrypted for us: AES-GCM under RSA-OAEP, and nothing else (SM-014).

Neither CBC nor RSA of PKCS #1 1.5, so that nobody learns anything from how a message is refused.
"""

from base64 import b64decode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from relying_parties.kit.saml import names
from relying_parties.kit.saml.names import ds, xenc
from relying_parties.kit.saml.signatures import OwnKey
from relying_parties.kit.saml.xml import Element, only, text

NONCE = 12
# Nonce and tag, with nothing between them.
SHORTEST = 28
CIPHERS = {names.AES128_GCM: 16, names.AES192_GCM: 24, names.AES256_GCM: 32}
# SHA-1 in OAEP is not what SHA-1 in signatures is: nothing rests on its collisions (RFC 8017 §B.1).
DIGESTS: dict[str, Any] = {names.SHA1: SHA1, names.SHA256: SHA256}
MASKS: dict[str, Any] = {names.MGF1_SHA1: SHA1, names.MGF1_SHA256: SHA256}


def decrypt(encrypted: Element, key: OwnKey) -> bytes | None:
    """The bytes of one EncryptedAssertion; None where they are not for us, or not in this way."""
    data = only(encrypted, xenc("EncryptedData"))
    if data is None or data.get("Type", names.ENCRYPTED_ELEMENT) != names.ENCRYPTED_ELEMENT:
        return None
    method = only(data, xenc("EncryptionMethod"))
    sealed = _value(only(data, xenc("CipherData"), xenc("CipherValue")))
    if method is None or sealed is None or len(sealed) < SHORTEST:
        return None
    size = CIPHERS.get(method.get("Algorithm", ""))
    secret = _secret(data, encrypted, key)
    if size is None or secret is None or len(secret) != size:
        return None
    try:
        return AESGCM(secret).decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except InvalidTag:
        return None


def _secret(data: Element, encrypted: Element, key: OwnKey) -> bytes | None:
    """XML Encryption 1.1 §5.5.2: the one key, inside of the data's KeyInfo or beside the data."""
    inside = data.findall(f"{ds('KeyInfo')}/{xenc('EncryptedKey')}")
    wrapped = [*inside, *encrypted.findall(xenc("EncryptedKey"))]
    if len(wrapped) != 1:
        return None
    value = _value(only(wrapped[0], xenc("CipherData"), xenc("CipherValue")))
    how = _padding(only(wrapped[0], xenc("EncryptionMethod")))
    if value is None or how is None:
        return None
    try:
        return key.private.decrypt(value, how)
    except ValueError:
        return None


def _padding(method: Element | None) -> padding.OAEP | None:
    if method is None:
        return None
    digest, mask, label = (
        method.find(name)
        for name in (ds("DigestMethod"), f"{{{names.XENC11}}}MGF", xenc("OAEPparams"))
    )
    if label is not None:
        return None
    named = names.SHA1 if digest is None else digest.get("Algorithm", "")
    masked = names.MGF1_SHA1 if mask is None else mask.get("Algorithm", "")
    if method.get("Algorithm") == names.RSA_OAEP_MGF1P:
        masked = names.MGF1_SHA1
    elif method.get("Algorithm") != names.RSA_OAEP:
        return None
    if named not in DIGESTS or masked not in MASKS:
        return None
    return padding.OAEP(padding.MGF1(MASKS[masked]()), DIGESTS[named](), None)


def _value(element: Element | None) -> bytes | None:
    try:
        return b64decode("".join((text(element) or "").split()), validate=True) or None
    except ValueError:
        return None
