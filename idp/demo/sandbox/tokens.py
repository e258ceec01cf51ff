# SPDX-License-Identifier: Apache-2.0
"""Its keys, and the tokens that it signs; or spoils, where it is in trouble."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from idp.demo.sandbox.trouble import Trouble

ALGORITHM: Final = "RS256"
BITS: Final = 2048
# Of the agency's own (facts §1.5).
ACCESS_LIFE: Final = 120
CLASS: Final = "eidas1"
ANOTHER: Final = "https://another.example"
HOUR: Final = 3600
Claims = dict[str, Any]
MakeKey = Callable[[str], RSAKey]


def new_key(name: str) -> RSAKey:
    """A key of this name."""
    return RSAKey.generate_key(BITS, {"kid": name})


class Signer:
    """One key that is published, and one that nobody knows."""

    def __init__(self, make: MakeKey) -> None:
        self._make = make
        self._key = make("key-1")
        self._stranger = make("key-1")
        self._unknown = make("key-unknown")
        self._made_so_far = 1

    def renew(self) -> None:
        """Another key under another name: those who held the old one must ask again."""
        self._made_so_far += 1
        self._key = self._make(f"key-{self._made_so_far}")

    @property
    def published(self) -> Mapping[str, Any]:
        """As a JWK set."""
        public = dict(self._key.as_dict(private=False)) | {"use": "sig", "alg": ALGORITHM}
        return {"keys": [public]}

    def sign(self, claims: Claims, trouble: Trouble, kind: str = "JWT") -> str:
        """A signed token, or what passes for one."""
        payload = json.dumps(claims).encode()
        if trouble is Trouble.UNSIGNED:
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_text(payload)}."
        if trouble is Trouble.SHARED_SECRET:
            # Its public key, as if it were a secret that both of us know.
            signed = f"{_part({'alg': 'HS256', 'kid': self._key.kid})}.{_text(payload)}"
            public = self._key.as_pem(private=False)
            return f"{signed}.{_text(hmac.digest(public, signed.encode(), 'sha256'))}"
        keys = {Trouble.OTHER_KEY: self._stranger, Trouble.UNKNOWN_KEY: self._unknown}
        key = keys.get(trouble, self._key)
        header = {"alg": ALGORITHM, "typ": kind, "kid": key.kid}
        return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])

    def read(self, token: str) -> Claims | None:
        """What one of our own tokens says; None for any other."""
        try:
            found = jws.deserialize_compact(token, self._key, algorithms=[ALGORITHM])
            claims: Claims = json.loads(found.payload or b"")
        except (JoseError, ValueError):
            return None
        return claims


def id_token(
    issuer: str,
    client: str,
    subject: str,
    nonce: str,
    access: str,
    authenticated_at: int,
    now: int,
) -> Claims:
    """What an ID token of Pro Santé Connect says (facts §1.6)."""
    claims: Claims = {
        "iss": issuer,
        "sub": subject,
        "aud": client,
        "azp": client,
        "exp": now + ACCESS_LIFE,
        "iat": now,
        "auth_time": authenticated_at,
        "typ": "ID",
        "acr": CLASS,
        "at_hash": _text(sha256(access.encode()).digest()[:16]),
    }
    return claims | ({"nonce": nonce} if nonce else {})


def spoiled(claims: Claims, trouble: Trouble) -> Claims:
    """The same with one thing wrong."""
    now: int = claims["iat"]
    changes: Mapping[Trouble, Claims] = {
        Trouble.WRONG_NONCE: {"nonce": "another-nonce"},
        Trouble.NO_NONCE: {"nonce": None, "nonce_supported": False},
        Trouble.OTHER_ISSUER: {"iss": ANOTHER},
        Trouble.OTHER_AUDIENCE: {"aud": "another-client"},
        Trouble.OTHER_PARTY: {"azp": "another-client"},
        Trouble.EXPIRED: {"exp": now - HOUR, "iat": now - 2 * HOUR},
        Trouble.AHEAD: {"iat": now + HOUR, "exp": now + 2 * HOUR},
        Trouble.NO_EXPIRY: {"exp": None},
        Trouble.WRONG_HASH: {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        Trouble.NO_SUBJECT: {"sub": ""},
        Trouble.NUMBER_AS_SUBJECT: {"sub": 0},
        Trouble.NOT_NOW: {"auth_time": now - HOUR},
        Trouble.LITTLE_WORTH: {"acr": "eidas0"},
    }
    changed = claims | changes.get(trouble, {})
    return {name: value for name, value in changed.items() if value is not None}


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
