# SPDX-License-Identifier: Apache-2.0
"""What PSKC protects its keys with (RFC 6030 §6): AES-CBC under a MAC, by a key or a passphrase."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from idp.credentials.delivery.xml_tree import Element

BLOCK: Final = 16
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
CIPHERS: Final = {f"{XENC}aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
DSIG, MORE = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmldsig-more#"
MACS: Final = {
    f"{DSIG}hmac-sha1": "sha1",
    f"{MORE}hmac-sha256": "sha256",
    f"{MORE}hmac-sha384": "sha384",
    f"{MORE}hmac-sha512": "sha512",
}
# A file says how long its passphrase is worked on: not for ever.
MOST_ROUNDS: Final = 10_000_000
LONGEST_SALT: Final = 1024


class Locked(ValueError):
    """A protected value does not open; the text says why, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Unlock:
    """What the file was protected with, as its maker told by another way."""

    key: bytes = field(default=b"", repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the protected values of one container."""

    key: bytes = field(default=b"", repr=False)
    mac: str = ""
    mac_key: bytes = field(default=b"", repr=False)

    def value(self, holder: Element | None) -> bytes | None:
        """A value, plain or protected; None where there is none."""
        if holder is None:
            return None
        plain, boxed = holder.child("PlainValue"), holder.child("EncryptedValue")
        if plain is not None:
            return decode(plain.text)
        if boxed is None:
            return None
        if not self.mac:
            # RFC 6030 §6.1.1: CBC alone does not show what was changed on the way.
            raise Locked("it is encrypted without a MAC (MACMethod)")
        said = decode(holder.words("ValueMAC"))
        made = hmac.new(self.mac_key, cipher_text(boxed), self.mac).digest()
        if not hmac.compare_digest(said, made):
            raise Locked("its MAC is not right: another key, or it was changed on the way")
        return decrypt(boxed, self.key)

    def number(self, holder: Element | None) -> int:
        """A number, written out or as bytes under encryption; 0 where there is none."""
        if holder is None:
            return 0
        plain = holder.child("PlainValue")
        if plain is None:
            return int.from_bytes(self.value(holder) or b"")
        text = plain.text.strip()
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
            raise Locked(f"{holder.name} is no number")
        return int(text[:20])


def open_container(container: Element, unlock: Unlock) -> Opener:
    """What opens the values of a container; `Locked` where that can't be known."""
    told = container.child("EncryptionKey")
    if told is None:
        return Opener()
    derived = told.child("DerivedKey")
    key = unlock.key if derived is None else derive(derived, unlock.passphrase)
    if not key:
        raise Locked("the keys are encrypted: say with which key")
    method = container.child("MACMethod")
    if method is None:
        return Opener(key)
    name = method.attributes.get("Algorithm", "")
    if name not in MACS:
        raise Locked(f"the MAC {name!r} is not known")
    boxed = method.child("MACKey")
    # RFC 6030 §6.1.1: without a key of its own the MAC is made with the encryption key.
    return Opener(key, MACS[name], key if boxed is None else decrypt(boxed, key))


def derive(told: Element, passphrase: str) -> bytes:
    """The key of a passphrase (RFC 6030 §6.2, RFC 8018 PBKDF2)."""
    if not passphrase:
        raise Locked("the keys are protected by a passphrase: say which")
    method = told.child("KeyDerivationMethod")
    if method is None or not method.attributes.get("Algorithm", "").endswith("#pbkdf2"):
        raise Locked("only PBKDF2 makes a key of a passphrase here")
    rules = method.child("PBKDF2-params")
    if rules is None:
        raise Locked("PBKDF2 says nothing of its salt and rounds")
    salt = decode(rules.words("Salt", "Specified"))
    rounds, length = (small(rules.words(name)) for name in ("IterationCount", "KeyLength"))
    given = rules.child("PRF")
    name = given.attributes.get("Algorithm", "") if given else ""
    hashed = MACS.get(name.replace(f"{DSIG}hmac-sha2", f"{MORE}hmac-sha2"), "") if name else "sha1"
    if not salt or len(salt) > LONGEST_SALT or not 0 < rounds <= MOST_ROUNDS or not hashed:
        raise Locked("PBKDF2 has a salt, a number of rounds or a function that is not taken")
    if length not in CIPHERS.values():
        raise Locked("PBKDF2 makes no key of a length that AES takes")
    return hashlib.pbkdf2_hmac(hashed, passphrase.encode(), salt, rounds, length)


def cipher_text(boxed: Element) -> bytes:
    """What was encrypted, with its initialisation vector in front."""
    return decode(boxed.words("CipherData", "CipherValue"))


def decrypt(boxed: Element, key: bytes) -> bytes:
    """AES-CBC as XML Encryption §5.2 has it."""
    method = boxed.child("EncryptionMethod")
    name = method.attributes.get("Algorithm", "") if method else ""
    if name not in CIPHERS:
        raise Locked(f"the encryption {name!r} is not taken: AES-CBC is")
    if CIPHERS[name] != len(key):
        raise Locked(f"its key has {8 * CIPHERS[name]} bits, not {8 * len(key)}")
    data = cipher_text(boxed)
    if len(data) < 2 * BLOCK or len(data) % BLOCK:
        raise Locked("what is encrypted is cut short")
    opener = Cipher(algorithms.AES(key), modes.CBC(data[:BLOCK])).decryptor()
    plain = opener.update(data[BLOCK:]) + opener.finalize()
    # XML Encryption §5.2: the last byte is the length of the padding; the others say nothing.
    if not 1 <= plain[-1] <= BLOCK:
        raise Locked("it does not open: another key")
    return plain[: -plain[-1]]


def decode(text: str) -> bytes:
    """Base 64, with whatever spaces XML was laid out with."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Locked("it is not base 64") from None


def small(text: str) -> int:
    """A number of a few digits; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
