# SPDX-License-Identifier: Apache-2.0
"""What the Annuaire calls somebody in its addresses: not what anybody else calls them.

A permutation of account ids under a key of the installation: stable, so that an address can be
kept, and of no use to find the person in a token, a log or another application.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from idp.crypto import derive

BLOCK: Final = 16
LENGTH: Final = 22


class References:
    """Both ways."""

    def __init__(self, key: bytes) -> None:
        # A single block of a random 128-bit id: ECB is a permutation here, nothing repeats.
        self._cipher = Cipher(algorithms.AES(derive(key, "annuaire")), modes.ECB())  # noqa: S305

    def of(self, account: str) -> str:
        """The reference of an account."""
        encryptor = self._cipher.encryptor()
        return _text(encryptor.update(_bytes(account)) + encryptor.finalize())

    def account_of(self, reference: str) -> str | None:
        """The account of a reference, whether there is one or not; None where it is none."""
        if len(reference) != LENGTH or not reference.isascii():
            return None
        try:
            block = _bytes(reference)
        except ValueError:
            return None
        if len(block) != BLOCK:
            return None
        decryptor = self._cipher.decryptor()
        return _text(decryptor.update(block) + decryptor.finalize())


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(block: bytes) -> str:
    return urlsafe_b64encode(block).rstrip(b"=").decode()
