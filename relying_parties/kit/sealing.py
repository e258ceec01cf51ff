# SPDX-License-Identifier: Apache-2.0
"""Session content at rest, readable only together with the browser's cookie.

The key is derived from the session id, of which the store knows a hash alone: a stolen file gives
neither sessions nor tokens.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


def name_of(secret: str) -> str:
    """What the store files a secret under."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def seal(session_id: str, plain: bytes) -> bytes:
    """Encrypt for the holder of that session id."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key(session_id)).encrypt(nonce, plain, b"session")


def unseal(session_id: str, sealed: bytes) -> bytes | None:
    """What was sealed, or None where it was touched."""
    try:
        return AESGCM(_key(session_id)).decrypt(sealed[:NONCE], sealed[NONCE:], b"session")
    except (InvalidTag, ValueError):
        return None


def _key(session_id: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"sceau-kit session").derive(session_id.encode())
