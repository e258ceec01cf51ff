# SPDX-License-Identifier: Apache-2.0
"""Argon2id on a bounded pool: the only slow part of a login, and it holds up nothing else.

Hashes that came with imported accounts are checked here too, until the first login replaces them.
"""

import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from idp.credentials import foreign_hashes
from idp.errors import Overloaded

Result = TypeVar("Result")

# NIST SP 800-63B-4 §3.1.1.2: NFC, once, before hashing; nothing else is changed (CR-032, CR-034).
FORM = "nfc"
OURS = "$argon2"


@cache
def _decoy(time_cost: int, memory_kib: int, parallelism: int) -> str:
    """A hash that takes as long to check as any; made once a process."""
    made = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
    return made.hash("nobody has this password")


class Hashing:
    """Hashes and checks passwords; at most `pool` at work and `queue` waiting (CR-040)."""

    def __init__(
        self, *, memory_kib: int, time_cost: int, parallelism: int, pool: int, queue: int
    ) -> None:
        self._argon2 = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._pool = ThreadPoolExecutor(pool, thread_name_prefix="password")
        self._places = threading.BoundedSemaphore(pool + queue)
        # Checked where there is no account, so that both answers cost the same (CR-031).
        self._nobody = _decoy(time_cost, memory_kib, parallelism)

    def hash(self, password: str) -> str:
        """The hash of a new password."""
        text = normalise(password)
        return self._run(lambda: self._argon2.hash(text))

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; None costs the same and is never it."""
        text = normalise(password)
        found = self._run(lambda: self._verify(stored or self._nobody, text))
        return found and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash is weaker than today's; a stronger one is never made weaker (CR-039)."""
        if not stored.startswith(OURS):
            return True
        made, wanted = extract_parameters(stored), self._argon2
        return (
            made.type is not wanted.type
            or made.version < ARGON2_VERSION
            or made.memory_cost * made.time_cost < wanted.memory_cost * wanted.time_cost
            or made.hash_len < wanted.hash_len
            or made.salt_len < wanted.salt_len
        )

    def _verify(self, stored: str, text: str) -> bool:
        if not stored.startswith(OURS):
            # On top of today's cost, never instead of it: no account is answered sooner than one
            # that doesn't exist (CR-031). A slow foreign hash is answered later, until the first
            # login replaces it: docs/operations.md says so to those who import.
            found = foreign_hashes.matches(stored, text)
            self._verify(self._nobody, text)
            return found
        try:
            return self._argon2.verify(stored, text)
        except (VerificationError, InvalidHashError):
            return False

    def _run(self, work: Callable[[], Result]) -> Result:
        if not self._places.acquire(blocking=False):
            raise Overloaded("password pool")
        try:
            return self._pool.submit(work).result()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the pool."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def normalise(password: str) -> str:
    """The one form in which a password is hashed."""
    return unicodedata.normalize("NFC", password)
