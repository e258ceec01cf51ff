# SPDX-License-Identifier: Apache-2.0
"""Subject identifiers: pairwise by sector, or public; stable, and invertible only by us.

OIDC Core §8.1 allows the account to be encrypted: one block under a key of the sector. So nothing
has to be stored, and a subject that comes back (id_token_hint, claims) names its account again.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from idp.crypto import derive

BLOCK = 16


class Subjects:
    """Subjects of this installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = lru_cache(maxsize=1024)(self._make_cipher)
        self.of = lru_cache(maxsize=16_384)(self._of)

    def _make_cipher(self, sector: str) -> Cipher[modes.ECB]:
        # A single block of a random 128-bit id: ECB is a permutation here, nothing repeats.
        key = derive(self._key, f"subject|{sector}")
        return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def _of(self, sector: str, account: str) -> str:
        """The subject of an account towards a sector."""
        encryptor = self._cipher(sector).encryptor()
        block = encryptor.update(_decode(account)) + encryptor.finalize()
        return urlsafe_b64encode(block).rstrip(b"=").decode()

    def account_of(self, sector: str, subject: str) -> str | None:
        """The account behind a subject of this sector."""
        try:
            block = _decode(subject)
        except ValueError:
            return None
        if len(block) != BLOCK:
            return None
        decryptor = self._cipher(sector).decryptor()
        account = decryptor.update(block) + decryptor.finalize()
        return urlsafe_b64encode(account).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
