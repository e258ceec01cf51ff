# SPDX-License-Identifier: Apache-2.0
"""The halves of a signing key as the table holds them: both sealed, bound to their row.

The public half is sealed for its integrity: whoever can only write in the database can't have a
key of his own published and believed by every application.
"""

import json

from idp.crypto import KeyRing
from idp.keys.algorithms import Jwk, Key, UnusableKey, load_key, named

TABLE = "signing_keys"
COLUMNS = ("public", "sealed_private")
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))


def seal_key(ring: KeyRing, algorithm: str, key: Key) -> tuple[str, str, str]:
    """The kid, the sealed public JWK and the sealed private JWK of a new key."""
    # RFC 7638: the thumbprint names the key itself, so no two keys share a kid.
    kid = key.thumbprint()
    public = key.as_dict(private=False) | {
        "use": named(algorithm).use,
        "alg": algorithm,
        "kid": kid,
    }
    private = key.as_dict(private=True)
    halves = (json.dumps(half, sort_keys=True).encode() for half in (public, private))
    sealed = [
        ring.seal(half, table=TABLE, column=column, row=kid)
        for column, half in zip(COLUMNS, halves, strict=True)
    ]
    return kid, sealed[0], sealed[1]


def open_public(ring: KeyRing, kid: str, algorithm: str, sealed: str) -> Jwk:
    """The public JWK of a row, checked to be the row's and to hold nothing private."""
    jwk = _open(ring, kid, COLUMNS[0], sealed)
    if jwk.get("kid") != kid or jwk.get("alg") != algorithm or not _PRIVATE.isdisjoint(jwk):
        raise UnusableKey(f"signing key {kid}: the public half is not this row's")
    return jwk


def open_private(ring: KeyRing, kid: str, algorithm: str, sealed: str) -> Key:
    """The private key of a row, checked to be the one its kid names."""
    key = load_key(_open(ring, kid, COLUMNS[1], sealed))
    named(algorithm).signing(key)
    if key.thumbprint() != kid:
        raise UnusableKey(f"signing key {kid}: the private half is not this row's")
    return key


def reseal(ring: KeyRing, kid: str, column: str, sealed: str) -> str:
    """The same content under the ring's active key."""
    plain = ring.open(sealed, table=TABLE, column=column, row=kid)
    return ring.seal(plain, table=TABLE, column=column, row=kid)


def _open(ring: KeyRing, kid: str, column: str, sealed: str) -> Jwk:
    jwk: Jwk = json.loads(ring.open(sealed, table=TABLE, column=column, row=kid))
    return jwk
