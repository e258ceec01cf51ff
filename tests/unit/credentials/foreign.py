# SPDX-License-Identifier: Apache-2.0
"""Hashes as other systems make them."""

import base64
import hashlib

import bcrypt

# Always the same: a hash is part of the name of a test.
SALT = "wDpZJ7VqkF3mN8yXbT2uLe"


def ab64(raw):
    """passlib's base64."""
    return base64.b64encode(raw).decode().rstrip("=").replace("+", ".")


def bcrypt_hash(password, rounds=4, prefix=b"2b"):
    made = bcrypt.hashpw(password.encode(), f"$2b${rounds:02}${SALT}".encode()).decode()
    return made.replace("$2b$", f"${prefix.decode()}$")


def passlib_hash(password, digest="sha256", iterations=100, salt=b"sixteen bytes of"):
    raw = hashlib.pbkdf2_hmac(digest, password.encode(), salt, iterations)
    return f"$pbkdf2-{digest}${iterations}${ab64(salt)}${ab64(raw)}"


def django_hash(password, iterations=100, salt="saltofdjango"):
    raw = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(raw).decode()}"


def salted_hash(password, name="SSHA", salt=b"saltsalt"):
    digest = {"SSHA": "sha1", "SSHA256": "sha256", "SSHA512": "sha512"}[name]
    raw = hashlib.new(digest, password.encode() + salt).digest() + salt
    return f"{{{name}}}{base64.b64encode(raw).decode()}"


MAKERS = {
    "bcrypt 2a": lambda password: bcrypt_hash(password, prefix=b"2a"),
    "bcrypt 2b": bcrypt_hash,
    "bcrypt 2y": lambda password: bcrypt_hash(password, prefix=b"2y"),
    "passlib sha256": passlib_hash,
    "passlib sha512": lambda password: passlib_hash(password, "sha512"),
    "django": django_hash,
    "SSHA": salted_hash,
    "SSHA256": lambda password: salted_hash(password, "SSHA256"),
    "SSHA512": lambda password: salted_hash(password, "SSHA512"),
}
