# SPDX-License-Identifier: Apache-2.0
"""A client's keys for what it alone reads, and how it reads that, as strictly as it may."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.protocol.oidc.signing import DROP, Key, rsa
from tests.protocol.oidc.strict import jwks, segment
from tests.world import World

ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
CIPHERS = ("A128CBC-HS256", "A256GCM", "A128GCM", "A256CBC-HS512")
KINDS = ("RSA", "P-256", "P-384", "P-521", "X25519")


def reading_key(kind: str, kid: str = "to-me", **more: str) -> Key:
    """A fresh key to be encrypted to; RSA ones are made once."""
    named = {"use": "enc", "kid": kid, **more}
    match kind:
        case "RSA":
            return RSAKey.import_key({**rsa(2048).as_dict(private=True), **named})
        case "X25519":
            return OKPKey.generate_key("X25519", named)
    return ECKey.generate_key(kind, named)


def encrypted(
    world: World, token: str, header: Mapping[str, Any] | None = None, key: Key | None = None
) -> str:
    """A token encrypted to the provider's own key, or to another one; DROP leaves a member out."""
    (own,) = [one for one in jwks(world)["keys"] if one["use"] == "enc"]
    said = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": own["kid"], "cty": "JWT"} | (header or {})
    said = {name: value for name, value in said.items() if value is not DROP}
    to = key or ECKey.import_key({**own, "alg": said["alg"]})
    algorithms = [str(said["alg"]), str(said["enc"]), str(said.get("zip", "DEF"))]
    return jwe.encrypt_compact(said, token, to, algorithms=algorithms)


def kind_for(algorithm: str) -> str:
    """A kind of key that the algorithm is for."""
    return "RSA" if algorithm.startswith("RSA") else "P-256"


def read_as(key: Key, token: str, algorithm: str, cipher: str = "A128CBC-HS256") -> str:
    """The signed token within; exactly this way of encryption, and nothing unsaid in its header."""
    assert token.count(".") == 4, token[:40]
    header = segment(token, 0)
    own = {"epk"} if algorithm.startswith("ECDH") else set()
    assert set(header) == {"alg", "enc", "cty", "kid"} | own
    said: Mapping[str, Any] = {"alg": algorithm, "enc": cipher, "cty": "JWT", "kid": key.kid}
    assert {name: header[name] for name in said} == said
    found = jwe.decrypt_compact(token, key, algorithms=[algorithm, cipher])
    inner = (found.plaintext or b"").decode("ascii")
    assert inner.count(".") == 2
    return inner
