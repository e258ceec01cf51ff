# SPDX-License-Identifier: Apache-2.0
"""A session as bytes that only the holder of its id can read, alike for every store."""

import json
from dataclasses import asdict

from relying_parties.kit.sealing import seal, unseal
from relying_parties.kit.store import Session, Tokens


def pack(session: Session) -> bytes:
    """Sealed."""
    return seal(session.id, json.dumps(asdict(session)).encode())


def unpack(session_id: str, content: bytes) -> Session | None:
    """It, or None where it was touched."""
    plain = unseal(session_id, content)
    if plain is None:
        return None
    fields = json.loads(plain)
    tokens = fields.pop("tokens")
    return Session(**fields, tokens=Tokens(**tokens) if tokens else None)
