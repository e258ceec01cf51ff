# SPDX-License-Identifier: Apache-2.0
"""Keyed hashes under which tokens, codes and cookies are stored.

A copy of the database holds nothing that can be presented, and somebody who may only write to it
cannot put in a session or a token of their own (WB-050).
"""

from hashlib import blake2b


class Lookup:
    """One installation's keyed hash."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._keyed = blake2b(digest_size=32, key=key)

    def hash(self, value: str) -> bytes:
        """The 32 bytes a value is stored under."""
        hashed = self._keyed.copy()
        hashed.update(value.encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def text(self, purpose: str, value: str, size: int = 16) -> str:
        """A short text that only this installation can derive from a value."""
        message = f"{len(purpose)}:{purpose}{value}".encode("utf-8", "surrogatepass")
        return blake2b(message, digest_size=size, key=self._key).hexdigest()
