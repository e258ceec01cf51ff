# SPDX-License-Identifier: Apache-2.0
"""What is hashed and with which key: the one place where recording, sealing, verifying agree.

A row is encoded as a JSON array, ASCII, without spaces: null, numbers and text can't be taken
for one another and no value can run into the next. A column added later is appended to the
array only where it is not null, so that rows written before it still verify.
"""

import hmac
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from idp.crypto import derive
from idp.errors import Breakdown

GENESIS = bytes(32)
KEY_SIZE = 32


def _foreign(value: object) -> dict[str, str]:
    # SQLite lets anybody put a blob where text belongs: it must be proved wrong, not break us.
    return {type(value).__name__: repr(value)}


encode_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, default=_foreign).encode


class WeakAuditKey(Breakdown):
    """The audit key is too short to prove anything."""


@dataclass(frozen=True, slots=True, repr=False)
class ProofKeys:
    """One key a purpose, so that no proof can be passed off as another."""

    row: bytes
    chain: bytes
    batch: bytes
    anchor: bytes
    start: bytes

    @classmethod
    def derive(cls, key: bytes) -> "ProofKeys":
        """Keys of the audit from the installation's secret."""
        if len(key) < KEY_SIZE:
            raise WeakAuditKey(f"the audit key has {len(key)} bytes, at least {KEY_SIZE} needed")
        purposes = ("row", "chain", "batch", "anchor", "start")
        return cls(*(derive(key, f"audit {purpose}") for purpose in purposes))


def row_mac(key: bytes, values: Sequence[str | int | None]) -> bytes:
    """Proof that a row was written by us: every column but the id, in the table's order."""
    return hmac.digest(key, encode_json(values).encode("ascii"), "sha256")


def link(key: bytes, before: bytes, event_id: int, mac: bytes, values: Sequence[object]) -> bytes:
    """The hash of one more event after `before`."""
    row = encode_json([event_id, mac.hex(), *values]).encode("ascii")
    return hmac.digest(key, before + row, "sha256")


def batch_mac(key: bytes, numbers: tuple[int, int, int, int, int], head: bytes) -> bytes:
    """Signature of a batch: number, first seq, last seq, last event, time, and the head."""
    return hmac.digest(key, struct.pack(">5q", *numbers) + head, "sha256")


def start_mac(key: bytes, numbers: tuple[int, int, int, int, int], head: bytes) -> bytes:
    """Signature of a start: last batch removed, its last seq and time, limit, removal, head."""
    return hmac.digest(key, struct.pack(">5q", *numbers) + head, "sha256")


def anchor_mac(key: bytes, text: str) -> str:
    """Signature of a line of the anchor file."""
    return hmac.digest(key, text.encode("ascii"), "sha256").hex()


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
