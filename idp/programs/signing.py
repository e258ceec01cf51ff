# SPDX-License-Identifier: Apache-2.0
"""Signatures of webhooks, as Standard Webhooks has them: HMAC-SHA256 over id, time and body."""

import hashlib
import hmac
from base64 import b64decode, b64encode

PREFIX = "whsec_"
SIZE = 32


def secret_of(key: bytes) -> str:
    """A key as its receiver is given it, once."""
    return PREFIX + b64encode(key).decode()


def signature(secret: str, delivery: str, moment: int, body: bytes) -> str:
    """One signature; the time is in it, so that an old request can't be played again."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery}.{moment}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
