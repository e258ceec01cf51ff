# SPDX-License-Identifier: Apache-2.0
"""What a client signs: its keys and its assertions, right and wrong in one way at a time."""

import json
import secrets
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.world import World

Key = ECKey | OKPKey | RSAKey
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DROP = object()


def new_key(algorithm: str, kid: str | None = "key-1", **more: str) -> Key:
    """A fresh key for an algorithm; RSA ones are made once."""
    named = {"kid": kid, **more} if kid else dict(more)
    match algorithm:
        case "ES256":
            return ECKey.generate_key("P-256", named)
        case "ES384":
            return ECKey.generate_key("P-384", named)
        case "EdDSA":
            return OKPKey.generate_key("Ed25519", named)
    return RSAKey.import_key({**rsa(2048).as_dict(private=True), **named})


@cache
def rsa(bits: int) -> RSAKey:
    """An RSA key of so many bits."""
    return RSAKey.generate_key(bits, auto_kid=False)


def public(key: Key) -> dict[str, Any]:
    """What may be shown of a key."""
    return dict(key.as_dict(private=False))


def b64(value: bytes | Mapping[str, Any] | str) -> str:
    """A segment of a token."""
    raw = value if isinstance(value, bytes) else None
    raw = (
        raw
        if raw is not None
        else (value if isinstance(value, str) else json.dumps(value)).encode()
    )
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(key: Key, header: Mapping[str, Any], payload: bytes | Mapping[str, Any]) -> str:
    """A compact token, by joserfc."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return str(jws.serialize_compact(dict(header), raw, key, registry=registry))


def claims_for(world: World, client_id: str, **changes: Any) -> dict[str, Any]:
    """The claims of a right assertion, with changes; DROP leaves one out."""
    now = world.clock.now()
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": world.issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    } | changes
    return {name: value for name, value in claims.items() if value is not DROP}


def algorithm_of(key: Key) -> str:
    """The algorithm that we accept from a key of this kind."""
    return {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}[key.key_type]


def assertion(world: World, client_id: str, key: Key, **changes: Any) -> str:
    """A client's signed statement that it is itself."""
    header = {"alg": algorithm_of(key), "kid": key.kid}
    header = {name: value for name, value in header.items() if value is not None}
    return sign(key, header, claims_for(world, client_id, **changes))


def assertion_form(world: World, client_id: str, key: Key, **changes: Any) -> dict[str, str]:
    """The form that presents it."""
    return presenting(assertion(world, client_id, key, **changes))


def presenting(token: str) -> dict[str, str]:
    """The form that presents this very token."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
