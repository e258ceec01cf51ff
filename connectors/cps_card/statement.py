# SPDX-License-Identifier: Apache-2.0
"""What a card signs to log in: written by the server, read and built anew by the agent.

Pure, and shared by both sides. A card never signs bytes that somebody hands over: only the bytes
that this module builds from a statement, behind a tag that no other protocol begins with.
"""

import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.strict_json import canonical, read_object, to_bytes, to_text

VERSION = 1
# RFC 7518 §3.1, all with SHA-256: what a CPS card's key can do, best first for RSA.
ALGORITHMS = ("PS256", "RS256", "ES256")
PURPOSES = ("login", "registration", "toolbox")
STATES = ("present", "removed")

LONGEST_STATEMENT = 4 * 1024
LONGEST_ANSWER = 64 * 1024
LONGEST_CERTIFICATE = 16 * 1024
LONGEST_SIGNATURE = 1024
LONGEST_HEARTBEAT = 2 * 1024
LARGEST_SEQUENCE = LATEST = 2**53

# A tag keeps the signature from meaning anything elsewhere, and ends where JSON cannot begin.
LOGIN_TAG = b"sceau card login v1\0"
PRESENCE_TAG = b"sceau card presence v1\0"

# RFC 6454 §6.2: scheme, host and port, as browsers write it.
ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?"
)
NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}")
JOURNEY = re.compile(r"[A-Za-z0-9_.:~|-]{0,200}")
# Shown in the agent's window: no line breaks, no characters that turn the direction of writing.
SITE = re.compile(
    "[^\\x00-\\x1f\\x7f-\\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]{1,120}"
)

RsaOrEc = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Statement:
    """What the server asks to have signed."""

    # The server that asks, and the page that carries its question: both are origins.
    issuer: str
    origin: str
    # The server's name, for people.
    site: str
    nonce: str
    journey: str
    at: int
    purpose: str

    def is_sound(self) -> bool:
        """Whether each member is what it must be, and no longer than it may be."""
        texts: tuple[tuple[re.Pattern[str], object], ...] = (
            (ORIGIN, self.issuer),
            (ORIGIN, self.origin),
            (SITE, self.site),
            (NONCE, self.nonce),
            (JOURNEY, self.journey),
        )
        return (
            all(isinstance(text, str) and shape.fullmatch(text) for shape, text in texts)
            and _is_number(self.at, LATEST)
            and self.purpose in PURPOSES
        )

    def members(self) -> dict[str, object]:
        """What is written of it, with the version."""
        return {
            "v": VERSION,
            "issuer": self.issuer,
            "origin": self.origin,
            "site": self.site,
            "nonce": self.nonce,
            "journey": self.journey,
            "at": self.at,
            "purpose": self.purpose,
        }


@dataclass(frozen=True, slots=True)
class Signed:
    """An agent's answer: not judged yet."""

    # DER, as the card holds it.
    certificate: bytes = field(repr=False)
    algorithm: str
    # An Ed25519 public key in base64url, or "" where the card's presence is not watched.
    presence_key: str
    signature: bytes = field(repr=False)

    def is_sound(self) -> bool:
        """Whether each member has its shape; nothing is said of the signature."""
        return (
            0 < len(self.certificate) <= LONGEST_CERTIFICATE
            and self.algorithm in ALGORITHMS
            and (self.presence_key == "" or is_presence_key(self.presence_key))
            and 0 < len(self.signature) <= LONGEST_SIGNATURE
        )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What an agent says of a card that somebody logged in with: not judged yet."""

    key: str
    sequence: int
    state: str
    signature: bytes = field(repr=False)


def _is_number(value: object, largest: int) -> bool:
    # A JSON true is an int to Python, and 1.0 equals 1: neither is a number here.
    return type(value) is int and 0 < value < largest


def is_presence_key(value: object) -> bool:
    """Whether this is written as an Ed25519 public key is."""
    found = to_bytes(value)
    return found is not None and len(found) == 32


def write_statement(statement: Statement) -> str:
    """The text that goes to the agent; ValueError for what no agent would read."""
    if not statement.is_sound():
        raise ValueError("a statement that no agent would read")
    return canonical(statement.members()).decode()


def read_statement(text: str) -> Statement | None:
    """The statement, where the text is one of this version and nothing else."""
    found = read_object(text, LONGEST_STATEMENT)
    names = {"v", "issuer", "origin", "site", "nonce", "journey", "at", "purpose"}
    if found is None or set(found) != names or not _is_this_version(found.pop("v")):
        return None
    statement = Statement(**found)  # type: ignore[arg-type]  # judged by is_sound
    return statement if statement.is_sound() else None


def _is_this_version(value: object) -> bool:
    return type(value) is int and value == VERSION


def signed_bytes(statement: Statement, algorithm: str, presence_key: str) -> bytes:
    """What the card signs: the whole statement, how, and the key that tells of the card later."""
    members = {**statement.members(), "algorithm": algorithm, "presence_key": presence_key}
    return LOGIN_TAG + canonical(members)


def write_answer(signed: Signed) -> str:
    """The text that goes to the server."""
    return canonical(
        {
            "v": VERSION,
            "certificate": to_text(signed.certificate),
            "algorithm": signed.algorithm,
            "presence_key": signed.presence_key,
            "signature": to_text(signed.signature),
        }
    ).decode()


def read_answer(text: str) -> Signed | None:
    """The answer, where the text is one and nothing else."""
    found = read_object(text, LONGEST_ANSWER)
    names = {"v", "certificate", "algorithm", "presence_key", "signature"}
    if found is None or set(found) != names or not _is_this_version(found["v"]):
        return None
    certificate, signature = to_bytes(found["certificate"]), to_bytes(found["signature"])
    algorithm, presence_key = found["algorithm"], found["presence_key"]
    if certificate is None or signature is None:
        return None
    if not isinstance(algorithm, str) or not isinstance(presence_key, str):
        return None
    signed = Signed(certificate, algorithm, presence_key, signature)
    return signed if signed.is_sound() else None


def verify(public_key: object, statement: Statement, signed: Signed) -> bool:
    """Whether this key signed this statement, in the way that the answer says."""
    if not statement.is_sound() or not signed.is_sound():
        return False
    said = signed_bytes(statement, signed.algorithm, signed.presence_key)
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            return _verify_rsa(public_key, signed, said)
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            return _verify_ec(public_key, signed, said)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def _verify_rsa(public_key: rsa.RSAPublicKey, signed: Signed, said: bytes) -> bool:
    # Larger keys than any card's would only cost time.
    if not 2048 <= public_key.key_size <= 8192:
        return False
    if signed.algorithm == "PS256":
        # RFC 7518 §3.5: the salt is as long as the hash.
        public_key.verify(signed.signature, said, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        return True
    if signed.algorithm == "RS256":
        public_key.verify(signed.signature, said, padding.PKCS1v15(), SHA256())
        return True
    return False


def _verify_ec(public_key: ec.EllipticCurvePublicKey, signed: Signed, said: bytes) -> bool:
    # RFC 7518 §3.4: P-256, the two numbers in 32 bytes each.
    if (
        signed.algorithm != "ES256"
        or not isinstance(public_key.curve, ec.SECP256R1)
        or len(signed.signature) != 64
    ):
        return False
    r, s = (int.from_bytes(half) for half in (signed.signature[:32], signed.signature[32:]))
    public_key.verify(encode_dss_signature(r, s), said, ec.ECDSA(SHA256()))
    return True


def presence_bytes(issuer: str, key: str, sequence: int, state: str) -> bytes:
    """What the presence key signs, for one server alone."""
    members: dict[str, object] = {
        "v": VERSION,
        "issuer": issuer,
        "key": key,
        "sequence": sequence,
        "state": state,
    }
    return PRESENCE_TAG + canonical(members)


def write_heartbeat(heartbeat: Heartbeat) -> str:
    """The text that goes to the server."""
    return canonical(
        {
            "v": VERSION,
            "key": heartbeat.key,
            "sequence": heartbeat.sequence,
            "state": heartbeat.state,
            "signature": to_text(heartbeat.signature),
        }
    ).decode()


def read_heartbeat(text: str) -> Heartbeat | None:
    """The heartbeat, where the text is one and nothing else."""
    found = read_object(text, LONGEST_HEARTBEAT)
    names = {"v", "key", "sequence", "state", "signature"}
    if found is None or set(found) != names or not _is_this_version(found["v"]):
        return None
    key, sequence, state = found["key"], found["sequence"], found["state"]
    signature = to_bytes(found["signature"])
    if not isinstance(key, str) or not is_presence_key(key):
        return None
    if not isinstance(sequence, int) or not _is_number(sequence, LARGEST_SEQUENCE):
        return None
    if not isinstance(state, str) or state not in STATES or signature is None:
        return None
    return Heartbeat(key, sequence, state, signature) if len(signature) == 64 else None


def verify_heartbeat(issuer: str, heartbeat: Heartbeat) -> bool:
    """Whether the key that it names signed it, for this server."""
    key = to_bytes(heartbeat.key)
    said = presence_bytes(issuer, heartbeat.key, heartbeat.sequence, heartbeat.state)
    try:
        Ed25519PublicKey.from_public_bytes(key or b"").verify(heartbeat.signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True
