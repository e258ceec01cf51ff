# SPDX-License-Identifier: Apache-2.0
"""An authenticator made of software, and the browser around it: each of its words can be wrong."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "https://sceau.example"
USER_PRESENT, USER_VERIFIED, MAY_BACK_UP, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
SOUND = USER_PRESENT | USER_VERIFIED
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def to_text(value: bytes) -> str:
    """Base64url, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """Back from base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_key(algorithm: str = "ES256", size: int = 2048) -> Private:
    """A private key."""
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == "RS256":
        return rsa.generate_private_key(65537, size)
    return ec.generate_private_key(ec.SECP256R1())


def cose(key: Private) -> dict[int, Any]:
    """The public half, as authenticators write it (RFC 9053)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(size, "big"), -2: b"\x01\x00\x01"}
    point = key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What browser and authenticator say; a test changes one of them."""

    kind: str = ""
    origin: str = ORIGIN
    host: str = ""
    challenge: str = ""
    flags: int = SOUND
    client: Mapping[str, Any] = field(default_factory=dict)
    # Of the answer as sent to the server.
    told: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] = field(default_factory=dict)
    # Signed in place of what is sent.
    spoilt: bool = False
    format: str = "none"


@dataclass
class Authenticator:
    """One passkey: its key, its name, its counter."""

    algorithm: str = "ES256"
    # An authenticator that keeps a counter adds to it; one that keeps none stays at 0.
    counter: int = 0
    step: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: Private = field(init=False)
    handle: bytes = b""

    def __post_init__(self) -> None:
        self.key = new_key(self.algorithm)

    def make(self, options: str, **changes: Any) -> str:
        """The answer to `navigator.credentials.create`."""
        asked = json.loads(options)
        words = Words(**changes)
        self.handle = to_bytes(asked["user"]["id"])
        client = self._client(asked, words, "webauthn.create")
        attested = b"\0" * 16 + len(self.credential).to_bytes(2, "big") + self.credential
        data = self._data(asked["rp"]["id"], words, words.flags | ATTESTED)
        data += attested + cbor2.dumps(cose(self.key))
        statement = cbor2.dumps({"fmt": words.format, "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": to_text(client),
            "attestationObject": to_text(statement),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(words, response)

    def sign(self, options: str, **changes: Any) -> str:
        """The answer to `navigator.credentials.get`."""
        asked = json.loads(options)
        words = Words(**changes)
        self.counter += self.step
        client = self._client(asked, words, "webauthn.get")
        data = self._data(asked["rpId"], words, words.flags)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": to_text(client),
            "authenticatorData": to_text(data),
            "signature": to_text(self._signature(signed + b"!" * words.spoilt)),
            "userHandle": to_text(self.handle),
        }
        return self._answer(words, response)

    def copy(self) -> "Authenticator":
        """The same key and counter in another place."""
        twin = replace(self)
        twin.key = self.key
        return twin

    def _client(self, asked: Mapping[str, Any], words: Words, kind: str) -> bytes:
        told = {
            "type": words.kind or kind,
            "challenge": words.challenge or asked["challenge"],
            "origin": words.origin,
            "crossOrigin": False,
        }
        return json.dumps(told | dict(words.client)).encode()

    def _data(self, host: str, words: Words, flags: int) -> bytes:
        site = hashlib.sha256((words.host or host).encode()).digest()
        return site + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(signed)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(signed, padding.PKCS1v15(), SHA256())
        return self.key.sign(signed, ec.ECDSA(SHA256()))

    def _answer(self, words: Words, response: Mapping[str, Any]) -> str:
        name = to_text(self.credential)
        told = {"id": name, "rawId": name, "type": "public-key"}
        told["response"] = {
            one: value
            for one, value in (dict(response) | dict(words.response)).items()
            if value is not None
        }
        return json.dumps(told | dict(words.told))
