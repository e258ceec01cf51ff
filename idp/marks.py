# SPDX-License-Identifier: Apache-2.0
"""Marks of rows: a keyed hash over all that is believed of them."""

import hmac
from hashlib import blake2b

from idp.crypto import derive

SIZE = 32


class Marks:
    """One installation's marks for rows of one room."""

    def __init__(self, secret: bytes, room: str) -> None:
        self._key = derive(secret, room)

    def of(self, table: str, *values: str | int | bytes) -> bytes:
        """The mark of a row."""
        made = blake2b(digest_size=SIZE, key=self._key)
        for value in (table, *values):
            plain = value if isinstance(value, bytes) else str(value).encode()
            # Lengths, so that no byte can move from one value into the next.
            made.update(len(plain).to_bytes(8, "big"))
            made.update(plain)
        return made.digest()

    def fits(self, mark: bytes, table: str, *values: str | int | bytes) -> bool:
        """Whether this installation made it, of these values."""
        return hmac.compare_digest(mark, self.of(table, *values))
