# SPDX-License-Identifier: Apache-2.0
"""How an honest reader sees a message, and opens what was encrypted for it."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from lxml import etree

from idp.saml import names
from idp.saml.names import ds, saml, samlp, xenc
from idp.saml.signatures import verify
from idp.saml.xml import parse
from tests.protocol.saml.messages import authn_request, signed, signed_anew, trusted

REQUEST = samlp("AuthnRequest")


def outcome(data, tag=REQUEST, keys=None):
    root = parse(data, tag)
    assert root.tag == tag
    return verify(root, tag, trusted() if keys is None else keys)


def changed(change, how=None):
    return outcome(signed_anew(signed(authn_request()), change, how))


def algorithms(encrypted):
    """The cipher and the transport of its key."""
    data = encrypted.find(xenc("EncryptedData"))
    key = data.find(f".//{xenc('EncryptedKey')}")
    return tuple(one.find(xenc("EncryptionMethod")).get("Algorithm") for one in (data, key))


def decrypted(encrypted, private):
    """The bytes inside of an EncryptedAssertion."""
    assert encrypted.tag == saml("EncryptedAssertion")
    cipher, transport = algorithms(encrypted)
    digest = SHA256() if transport == names.RSA_OAEP else SHA1()
    data = encrypted.find(xenc("EncryptedData"))
    key, sealed = (
        b64decode(one.find(f"{xenc('CipherData')}/{xenc('CipherValue')}").text)
        for one in (data.find(f"{ds('KeyInfo')}/{xenc('EncryptedKey')}"), data)
    )
    secret = private.decrypt(key, padding.OAEP(padding.MGF1(digest), digest, None))
    assert len(secret) * 8 == int(cipher.split("#aes")[1].split("-")[0])
    return AESGCM(secret).decrypt(sealed[:12], sealed[12:], None)


def opened(response, private):
    """The assertion element of a response, decrypted, as a document of its own."""
    root = etree.fromstring(response)
    return decrypted(root.find(saml("EncryptedAssertion")), private)
