# SPDX-License-Identifier: Apache-2.0
"""Answers in the encryption of old: read here for a comparison, and nowhere else."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1

from relying_parties.kit.outcome import Refused
from relying_parties.kit.saml.answer import ASSERTION, RESPONSE, ByWhom, refuse
from relying_parties.kit.saml.assertion import Expected, Told, read_assertion
from relying_parties.kit.saml.signatures import OwnKey, Unverified, verify
from relying_parties.kit.saml.xml import Element, Malformed, parse
from tests.benchmarks.saml import Party
from tests.saml_kit import NS


class Older(Party):
    """Where assertions are encrypted by AES-128-CBC: some providers have no other way."""

    def read(self, document: bytes, by: ByWhom, expected: Expected) -> Told | Refused:
        """Response and assertion are each held against their own signature."""
        root = parse(document, RESPONSE)
        response = root if isinstance(root, Malformed) else verify(root, RESPONSE, by.certificates)
        if isinstance(response, Malformed | Unverified):
            return refuse(f"response: {response.value}")
        inside = parse(_decrypted(response, by.provider.key), ASSERTION)
        told = (
            inside if isinstance(inside, Malformed) else verify(inside, ASSERTION, by.certificates)
        )
        if isinstance(told, Malformed | Unverified):
            return refuse(f"assertion: {told.value}")
        return read_assertion(told, expected)


def _decrypted(response: Element, own: OwnKey) -> bytes:
    """XML Encryption §5.2: the padding tells its own length. Not for use: CBC can be tampered."""
    (sealed,) = response.findall("saml:EncryptedAssertion", NS)
    data = sealed.find("xenc:EncryptedData", NS)
    assert data is not None
    method = data.find("xenc:EncryptionMethod", NS)
    assert method is not None
    assert method.get("Algorithm") == f"{NS['xenc']}aes128-cbc"
    wrapped = sealed.findtext(".//xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue", "", NS)
    oaep = padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)
    secret = own.private.decrypt(b64decode(wrapped), oaep)
    content = b64decode(data.findtext("xenc:CipherData/xenc:CipherValue", "", NS))
    opened = Cipher(AES(secret), CBC(content[:16])).decryptor()
    plain = opened.update(content[16:]) + opened.finalize()
    return plain[: -plain[-1]]
