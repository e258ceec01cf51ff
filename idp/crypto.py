# SPDX-License-Identifier: Apache-2.0
"""Encryption of secret columns at rest, and keys derived from one secret.

A sealed value is bound to its table, column and row: moved elsewhere by somebody who can write in
the database, it no longer opens. No text of an error ever holds key material.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.errors import Breakdown

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
# Shorter than any encoded key, so that a key can't be taken for an id, and then be shown.
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


class CryptoError(Breakdown):
    """Something can't be sealed, opened or derived; the text never holds key material."""


class UnknownKey(CryptoError):
    """The value was sealed by a key that the ring does not hold (lost, or not yet delivered)."""


class KeyRing:
    """Keys by id: the active one seals, all of them open."""

    __slots__ = ("_active", "_ciphers")

    def __init__(self, keys: Mapping[str, bytes], active: str) -> None:
        if active not in keys:
            raise CryptoError("the active key is not in the key ring")
        for key_id, key in keys.items():
            if not KEY_ID.fullmatch(key_id):
                raise CryptoError("a key id must be 1 to 20 letters, digits, - or _")
            _check_key(key)
        if len(set(keys.values())) != len(keys):
            raise CryptoError("two ids of the key ring stand for the same key")
        self._active = active
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} keys)"

    @property
    def active_id(self) -> str:
        """Id of the key that seals."""
        return self._active

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all the keys, in their order in the ring."""
        return tuple(self._ciphers)

    def seal(self, plain: bytes, *, table: str, column: str, row: str) -> str:
        """Encrypt `plain` for this one place."""
        # The nonce is not injected: one used twice under a key gives away GCM's authentication.
        nonce = secrets.token_bytes(NONCE_BYTES)
        boxed = self._ciphers[self._active].encrypt(nonce, plain, _place(table, column, row))
        encoded = base64.urlsafe_b64encode(nonce + boxed).rstrip(b"=").decode()
        return f"{VERSION}.{self._active}.{encoded}"

    def open(self, sealed: str, *, table: str, column: str, row: str) -> bytes:
        """Decrypt what was sealed for this place; `CryptoError` if it was not, or was changed."""
        key_id, boxed = _split(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKey(f"sealed by the key {key_id!r}, which is not in the key ring")
        try:
            return cipher.decrypt(
                boxed[:NONCE_BYTES], boxed[NONCE_BYTES:], _place(table, column, row)
            )
        except InvalidTag:
            raise CryptoError(
                f"a sealed value of {table}.{column} does not open: it was changed, moved from "
                f"another place, or the key {key_id!r} is not the one that sealed it"
            ) from None

    def needs_reseal(self, sealed: str) -> bool:
        """Whether another key than the active one sealed this."""
        return _split(sealed)[0] != self._active


def parse_key_ring(text: str) -> KeyRing:
    """A key ring from lines `id:base64 of 32 bytes`; the first is active, `#` begins a comment."""
    keys: dict[str, bytes] = {}
    faults: list[str] = []
    for position, line in enumerate(text.splitlines(), start=1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        try:
            _take_entry(entry, keys)
        except CryptoError as fault:
            # By position only: the line itself may be a key.
            faults.append(f"line {position} {fault}")
    if faults:
        raise CryptoError("key ring: " + "; ".join(faults))
    if not keys:
        raise CryptoError("key ring: it holds no key (expected lines `id:base64 of 32 bytes`)")
    return KeyRing(keys, next(iter(keys)))


def derive(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from a secret (HKDF-SHA256, RFC 5869)."""
    if len(key) < KEY_BYTES:
        raise CryptoError(f"keys are derived from a secret of at least {KEY_BYTES} bytes")
    if not purpose:
        raise CryptoError("a derived key needs a purpose")
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode())
    return kdf.derive(key)


def _place(table: str, column: str, row: str) -> bytes:
    # The row comes last and may hold anything: the other two can't hold the separator.
    if not table or not column or not row or "|" in table or "|" in column:
        raise CryptoError("a sealed value needs its table, column and row")
    return f"{table}|{column}|{row}".encode()


def _split(sealed: str) -> tuple[str, bytes]:
    version, _, rest = sealed.partition(".")
    key_id, _, encoded = rest.partition(".")
    if version != VERSION or not KEY_ID.fullmatch(key_id):
        raise CryptoError("this is not a sealed value")
    try:
        boxed = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CryptoError("a sealed value is damaged") from None
    if base64.urlsafe_b64encode(boxed).rstrip(b"=").decode() != encoded:
        raise CryptoError("a sealed value is damaged")  # its spare bits: one value, one writing
    if len(boxed) < NONCE_BYTES + TAG_BYTES:
        raise CryptoError("a sealed value is cut short")
    return key_id, boxed


def _take_entry(entry: str, keys: dict[str, bytes]) -> None:
    key_id, colon, encoded = (part.strip() for part in entry.partition(":"))
    if not colon:
        raise CryptoError("is not `id:base64 of 32 bytes`")
    if not KEY_ID.fullmatch(key_id):
        raise CryptoError("has an id that is not 1 to 20 letters, digits, - or _")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise CryptoError("is not valid base64 after the colon") from None
    _check_key(key)
    if key_id in keys:
        raise CryptoError("repeats the id of an earlier key")
    if key in keys.values():
        raise CryptoError("repeats an earlier key under another id")
    keys[key_id] = key


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise CryptoError(f"has a key of {len(key)} bytes: exactly {KEY_BYTES} are needed")
    if len(set(key)) == 1:
        raise CryptoError("has a key of one repeated byte: a placeholder, not a random key")
