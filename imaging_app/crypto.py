# SPDX-License-Identifier: Apache-2.0
"""What is sealed at rest, and keyed fingerprints of what is looked up but never shown.

The keys lie in a file: lines `id:base64 of 32 bytes`, the first is active, the others still open
what they sealed. A sealed value is bound to its table, column and row. No text of an error ever
holds key material.
"""

import base64
import binascii
import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = "v1"
SIZE = 32
NONCE = 12
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)
# Its holder alone may read a file of keys.
OTHERS = 0o077


class CryptoError(Exception):
    """Something can't be sealed, opened or derived."""


class Keys:
    """The portal's keys: the active one seals and names, all of them open and find."""

    __slots__ = ("_active", "_ciphers", "_derived", "_keys")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise CryptoError("keys: there is none (expected lines `id:base64 of 32 bytes`)")
        for name, key in keys.items():
            if not KEY_ID.fullmatch(name):
                raise CryptoError("keys: an id is 1 to 20 letters, digits, - or _")
            if len(key) != SIZE or len(set(key)) == 1:
                raise CryptoError(f"keys: {name} is not {SIZE} random bytes")
        if len(set(keys.values())) != len(keys):
            raise CryptoError("keys: two ids stand for the same key")
        self._active = next(iter(keys))
        self._keys = dict(keys)
        self._ciphers = {name: AESGCM(_derive(key, "seal")) for name, key in keys.items()}
        self._derived: dict[tuple[str, str], bytes] = {}

    def __repr__(self) -> str:
        return f"Keys({len(self._keys)})"

    def seal(self, plain: str, *, table: str, column: str, row: str) -> str:
        """Encrypt for this one place."""
        nonce = os.urandom(NONCE)
        place = _place(table, column, row)
        boxed = nonce + self._ciphers[self._active].encrypt(nonce, plain.encode(), place)
        return f"{VERSION}.{self._active}.{base64.urlsafe_b64encode(boxed).decode()}"

    def open(self, sealed: str, *, table: str, column: str, row: str) -> str:
        """What was sealed for this place."""
        version, _, rest = sealed.partition(".")
        name, _, encoded = rest.partition(".")
        cipher = self._ciphers.get(name)
        if version != VERSION or cipher is None:
            raise CryptoError(f"{table}.{column}: sealed by a key that is not among ours")
        try:
            boxed = base64.urlsafe_b64decode(encoded.encode())
            place = _place(table, column, row)
            return cipher.decrypt(boxed[:NONCE], boxed[NONCE:], place).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise CryptoError(f"{table}.{column}: changed, or moved from another place") from None

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """What a secret is filed under; nobody without the key can try values against it."""
        return self._mac(self._active, purpose, text)

    def fingerprints(self, purpose: str, text: str) -> list[bytes]:
        """The same under every key: what was filed before the active one is found too."""
        return [self._mac(name, purpose, text) for name in self._keys]

    def key_for(self, purpose: str, name: str | None = None) -> bytes:
        """The key of one purpose, derived from the active one or from that of a name."""
        name = name or self._active
        if name not in self._keys:
            raise CryptoError(f"{purpose}: proved by a key that is not among ours")
        found = self._derived.get((name, purpose))
        if found is None:
            found = self._derived[name, purpose] = _derive(self._keys[name], purpose)
        return found

    @property
    def active(self) -> str:
        """The id of the active key."""
        return self._active

    def _mac(self, name: str, purpose: str, text: str) -> bytes:
        return hmac.digest(self.key_for(purpose, name), text.encode(), "sha256")


def read_keys(path: Path) -> Keys:
    """The keys of a file that its owner alone can read."""
    try:
        if path.stat().st_mode & OTHERS:
            raise CryptoError(f"keys: others may read {path}: chmod 600")
        return parse_keys(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as fault:
        raise CryptoError(f"keys: {path} can't be read ({type(fault).__name__})") from None


def parse_keys(text: str) -> Keys:
    """Keys from lines `id:base64`; `#` begins a comment. Faults are told by their line alone."""
    keys: dict[str, bytes] = {}
    for position, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        name, colon, encoded = (part.strip() for part in entry.partition(":"))
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not colon or len(key) != SIZE or name in keys:
            raise CryptoError(f"keys: line {position} is not a new `id:base64 of 32 bytes`")
        keys[name] = key
    return Keys(keys)


def make_keys(path: Path, name: str) -> None:
    """A new file with one key; nothing happens where there is one already."""
    line = f"{name}:{base64.b64encode(os.urandom(SIZE)).decode()}\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"sceau imaging {purpose}".encode()
    return HKDF(SHA256(), SIZE, salt=None, info=info).derive(key)


def _place(table: str, column: str, row: str) -> bytes:
    # The row comes last and may hold anything.
    return f"{table}|{column}|{row}".encode()


def new_id() -> str:
    """A name for a new row that nobody can guess."""
    return os.urandom(16).hex()
