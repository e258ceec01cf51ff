# SPDX-License-Identifier: Apache-2.0
"""Hashes of other systems, as imported accounts bring them: read strictly, checked at a bounded
cost, never made. The first login replaces them (CR-039).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bcrypt
from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError

# A check must not hold a place of the pool for seconds, whatever the file said.
MOST_ROUNDS = 14
MOST_ITERATIONS = 2_000_000
MOST_MEMORY_KIB = 262_144
MOST_PASSES = 10
MOST_LANES = 16
SHORTEST_SALT = 4
LONGEST_SALT = 64
LONGEST = 512
# bcrypt looks at no more bytes than these: what was longer was cut in silence (CR-032).
BCRYPT_BYTES = 72
BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}", re.ASCII)
PASSLIB = re.compile(
    r"\$pbkdf2-(sha256|sha512)\$([0-9]{1,9})\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]+)", re.ASCII
)
DJANGO = re.compile(
    r"pbkdf2_(sha256)\$([0-9]{1,9})\$([A-Za-z0-9]+)\$([A-Za-z0-9+/]+={0,2})", re.ASCII
)
SALTED = re.compile(r"\{(SSHA|SSHA256|SSHA512)\}([A-Za-z0-9+/]+={0,2})", re.ASCII)
DIGESTS = {"SSHA": "sha1", "SSHA256": "sha256", "SSHA512": "sha512"}
RESET_INSTEAD = "leave it out, and let the person ask for a new password"
# What is refused by name, by how it begins.
REFUSED: Mapping[str, str] = {
    "$1$": "MD5-crypt is broken",
    "$apr1$": "MD5-crypt is broken",
    "{MD5}": "MD5 without salt is broken",
    "{SMD5}": "MD5 is broken",
    "{SHA}": "a hash without salt is broken",
    "{SHA256}": "a hash without salt is broken",
    "{SHA512}": "a hash without salt is broken",
    "{CLEARTEXT}": "a password in clear has no place in a file",
    "{PLAIN}": "a password in clear has no place in a file",
    "$2x$": "bcrypt 2x was made by a faulty program",
    "$5$": "SHA-crypt is not supported",
    "$6$": "SHA-crypt is not supported",
    "{CRYPT}": "crypt is not supported",
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A hash that was understood: its name, and how a password is compared with it."""

    name: str
    check: Callable[[bytes], bool]


def matches(stored: str, password: str) -> bool:
    """Whether this is the password of a foreign hash; what is no such hash matches nothing."""
    # CR-032: bcrypt in C stopped at a NUL, and HMAC's key is the same with NULs after it.
    if "\x00" in password:
        return False
    found = read(stored)
    return isinstance(found, Foreign) and found.check(password.encode())


def fault_of(stored: str) -> str:
    """Why a hash can't be brought in, or nothing. Never quotes it."""
    if stored.startswith("$argon2"):
        return _argon2_fault(stored)
    found = read(stored)
    return found if isinstance(found, str) else ""


def read(stored: str) -> Foreign | str:
    """The hash, or why it is not one that we check."""
    if len(stored) > LONGEST:
        return "it is too long for a hash"
    for reader in (_bcrypt, _pbkdf2, _salted):
        found = reader(stored)
        if found is not None:
            return found
    upper = stored.upper()
    for beginning, why in REFUSED.items():
        if upper.startswith(beginning.upper()):
            return f"{why}: {RESET_INSTEAD}"
    return (
        "it is none of bcrypt, PBKDF2 (passlib's or Django's form), SSHA, SSHA256, SSHA512, "
        f"Argon2id: {RESET_INSTEAD}"
    )


def _bcrypt(stored: str) -> Foreign | str | None:
    found = BCRYPT.fullmatch(stored)
    if found is None:
        return None
    rounds = int(found[1])
    if not 4 <= rounds <= MOST_ROUNDS:
        return f"bcrypt: 4 to {MOST_ROUNDS} rounds are accepted"

    def check(password: bytes) -> bool:
        # A tail beyond 72 bytes was never looked at: whoever types such a password has not proved
        # the whole of it, and takes a new one.
        if len(password) > BCRYPT_BYTES:
            return False
        return bcrypt.checkpw(password, stored.encode())

    return Foreign("bcrypt", check)


def _pbkdf2(stored: str) -> Foreign | str | None:
    passlib, django = PASSLIB.fullmatch(stored), DJANGO.fullmatch(stored)
    if passlib is not None:
        digest, iterations = passlib[1], int(passlib[2])
        salt, wanted = _decoded(passlib[3], passlib=True), _decoded(passlib[4], passlib=True)
    elif django is not None:
        digest, iterations = django[1], int(django[2])
        salt, wanted = django[3].encode(), _decoded(django[4])
    else:
        return None
    if not 1 <= iterations <= MOST_ITERATIONS:
        return f"PBKDF2: 1 to {MOST_ITERATIONS} iterations are accepted"
    if salt is None or not SHORTEST_SALT <= len(salt) <= LONGEST_SALT:
        return f"PBKDF2: a salt of {SHORTEST_SALT} to {LONGEST_SALT} bytes is expected"
    if wanted is None or len(wanted) != hashlib.new(digest).digest_size:
        return "PBKDF2: it was cut, or made longer"
    return Foreign(
        "pbkdf2",
        lambda password: hmac.compare_digest(
            hashlib.pbkdf2_hmac(digest, password, salt, iterations), wanted
        ),
    )


def _salted(stored: str) -> Foreign | str | None:
    found = SALTED.fullmatch(stored)
    if found is None:
        return None
    name, raw = found[1], _decoded(found[2])
    size = hashlib.new(DIGESTS[name]).digest_size
    if raw is None or not SHORTEST_SALT <= len(raw) - size <= LONGEST_SALT:
        return f"{name}: a salt of {SHORTEST_SALT} to {LONGEST_SALT} bytes is expected after it"
    wanted, salt = raw[:size], raw[size:]

    def check(password: bytes) -> bool:
        made = hashlib.new(DIGESTS[name], password + salt, usedforsecurity=False)
        return hmac.compare_digest(made.digest(), wanted)

    return Foreign(name.lower(), check)


def _decoded(text: str, *, passlib: bool = False) -> bytes | None:
    """Base64, or passlib's form of it: a dot for the plus, nothing at the end."""
    if passlib:
        text = text.replace(".", "+") + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _argon2_fault(stored: str) -> str:
    """Our own kind from elsewhere: the cost is bounded as well."""
    try:
        made = extract_parameters(stored)
    except InvalidHashError:
        return "Argon2: it can't be read"
    if made.type is not Type.ID:
        return "Argon2: only Argon2id is accepted"
    if (
        made.memory_cost > MOST_MEMORY_KIB
        or made.time_cost > MOST_PASSES
        or made.parallelism > MOST_LANES
    ):
        return (
            f"Argon2: at most {MOST_MEMORY_KIB} KiB, {MOST_PASSES} passes and {MOST_LANES} lanes "
            "are accepted"
        )
    return ""
