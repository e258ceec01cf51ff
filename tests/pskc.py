# SPDX-License-Identifier: Apache-2.0
"""Files of readers as makers deliver them: the examples of RFC 6030, and whatever a test needs."""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SPACES = (
    'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" '
    'xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" '
    'xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
)
SUITE = "OCRA-1:HOTP-SHA256-8:C-QN08"
SECRET = bytes(range(1, 33))
CARD = "2600301752"
MAC = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
# RFC 6030 §6.1 and §6.2: the keys, the protected MAC keys and secrets, and their MACs.
RFC_KEY = bytes.fromhex("12345678901234567890123456789012")
RFC_SECRET = b"12345678901234567890"
RFC_MAC_KEY = "ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX"
RFC_BOXED = "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv"
RFC_VALUE_MAC = "Su+NvtQfmvfJzF6bmQiJqoLRExc="
RFC_PASSPHRASE = "qwerty"
RFC_SALT = "Ej7/PEpyEpw="
RFC_PBE_MAC_KEY = "2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx"
RFC_PBE_BOXED = "oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f"
RFC_PBE_VALUE_MAC = "LP6xMvjtypbfT9PdkJhBZ+D6O4w="


def container(*packages: str, head: str = "", version: str = "1.0") -> bytes:
    """A whole file."""
    body = "\n".join(packages)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<KeyContainer Version="{version}" {SPACES}>\n{head}{body}\n</KeyContainer>\n'.encode()  # noqa: E501


def package(
    secret: str,
    serial: str = CARD,
    suite: str = SUITE,
    data: str = "",
    policy: str = "",
    more: str = "",
    algorithm: str = "urn:ietf:params:xml:ns:keyprov:pskc:ocra",
    formats: str = "",
    user: str = "",
) -> str:
    """One key, with its device."""
    told = f"<Suite>{suite}</Suite>" if suite else ""
    return f"""<KeyPackage>
 <DeviceInfo><Manufacturer>M</Manufacturer><SerialNo>{serial}</SerialNo></DeviceInfo>
 <Key Id="key of {serial}" Algorithm="{algorithm}"><Issuer>I</Issuer>
  <AlgorithmParameters>{told}{formats}</AlgorithmParameters>
  <Data><Secret>{secret}</Secret>{data}</Data>
  {f"<UserId>{user}</UserId>" if user else ""}{f"<Policy>{policy}</Policy>" if policy else ""}
 </Key>{more}
</KeyPackage>"""


def plain(value: bytes = SECRET) -> str:
    """A value as it is."""
    return f"<PlainValue>{base64.b64encode(value).decode()}</PlainValue>"


def boxed(text: str, said: str, cipher: str = "aes128-cbc") -> str:
    """A protected value, from what it looks like."""
    value = f"<EncryptedValue>{_encrypted(text, cipher)}</EncryptedValue>"
    return value + (f"<ValueMAC>{said}</ValueMAC>" if said else "")


def seal(value: bytes, key: bytes, mac_key: bytes, hashed: str = "sha1") -> str:
    """A protected value, made here."""
    data = encrypt(value, key)
    said = base64.b64encode(hmac.new(mac_key, data, hashed).digest()).decode()
    return boxed(base64.b64encode(data).decode(), said, f"aes{8 * len(key)}-cbc")


def encrypt(value: bytes, key: bytes) -> bytes:
    """AES-CBC with a vector that is always the same: this is a test."""
    length = 16 - len(value) % 16
    vector = hashlib.sha256(value).digest()[:16]
    maker = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return vector + maker.update(value + bytes([length]) * length) + maker.finalize()


def head(mac_key: str, key: str = "", cipher: str = "aes128-cbc", mac: str = MAC) -> str:
    """How a file's values are protected."""
    told = key or "<ds:KeyName>Pre-shared-key</ds:KeyName>"
    own = f"<MACKey>{_encrypted(mac_key, cipher)}</MACKey>" if mac_key else ""
    return f'<EncryptionKey>{told}</EncryptionKey><MACMethod Algorithm="{mac}">{own}</MACMethod>'


def derived(salt: str = RFC_SALT, rounds: str = "1000", length: str = "16", prf: str = "") -> str:
    """A key made of a passphrase."""
    how = f"""<pkcs5:PBKDF2-params><Salt><Specified>{salt}</Specified></Salt>
<IterationCount>{rounds}</IterationCount><KeyLength>{length}</KeyLength>
<PRF{f' Algorithm="{prf}"' if prf else ""}/></pkcs5:PBKDF2-params>"""
    name = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"
    return (
        f'<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="{name}">{how}'
        "</xenc11:KeyDerivationMethod></xenc11:DerivedKey>"
    )


def _encrypted(text: str, cipher: str) -> str:
    name = f"http://www.w3.org/2001/04/xmlenc#{cipher}"
    return (
        f'<xenc:EncryptionMethod Algorithm="{name}"/>'
        f"<xenc:CipherData><xenc:CipherValue>\n {text}\n </xenc:CipherValue></xenc:CipherData>"
    )
