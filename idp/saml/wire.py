# SPDX-License-Identifier: Apache-2.0
"""Messages as they travel: base64, DEFLATE, and the query of the Redirect binding."""

import re
import zlib
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, unquote_to_bytes

from cryptography import x509

from idp.saml.names import DEFLATE, RSA_SHA256
from idp.saml.signatures import SIGNATURE_METHODS, SigningKey, holds
from idp.saml.xml import MESSAGE

LONGEST_QUERY = 64 * 1024
# Bindings §3.4.3 has it be of 80 bytes. Applications put the page that was asked for into it
# (mod_auth_mellon always does), so it may be as long as a link: whoever followed a long one would
# get no further.
LONGEST_RELAY_STATE = 2048
REQUEST = "SAMLRequest"
RESPONSE = "SAMLResponse"


class Unreadable(Enum):
    """Why what came is no message."""

    TOO_LARGE = "too large"
    NOT_BASE64 = "not base64"
    NOT_DEFLATED = "not compressed, or into too much"
    AMBIGUOUS = "a parameter twice, or by another spelling"
    NO_MESSAGE = "no message, or two"
    ENCODING = "another encoding"
    RELAY_STATE = "a RelayState that is too long or not text"
    HALF_SIGNED = "a signature without its algorithm, or the other way round"
    ALGORITHM = "an algorithm that is not accepted"


@dataclass(frozen=True, slots=True)
class Query:
    """A Redirect, read but not yet believed: `signed_by` tells whose it is."""

    # REQUEST or RESPONSE.
    kind: str
    # The XML.
    message: bytes
    relay_state: str | None
    algorithm: str | None
    _signed: bytes
    _signature: bytes

    @property
    def is_signed(self) -> bool:
        """Whether somebody put a signature to it."""
        return self.algorithm is not None

    def signed_by(self, certificates: Sequence[x509.Certificate]) -> bool:
        """Whether one of these keys signed the message, the RelayState and the algorithm."""
        if self.algorithm is None:
            return False
        return holds(self._signed, self.algorithm, self._signature, certificates) is True


def read_query(query: str) -> Query | Unreadable:
    """The message of a Redirect, from the query as it came over the wire (Bindings §3.4.4)."""
    if len(query) > LONGEST_QUERY:
        return Unreadable.TOO_LARGE
    raw = _parameters(query)
    if isinstance(raw, Unreadable):
        return raw
    if (REQUEST in raw) == (RESPONSE in raw):
        return Unreadable.NO_MESSAGE
    if _unquoted(raw.get("SAMLEncoding", quote(DEFLATE, ""))) != DEFLATE:
        return Unreadable.ENCODING
    kind = REQUEST if REQUEST in raw else RESPONSE
    message = inflate(_unquoted(raw[kind]))
    if isinstance(message, Unreadable):
        return message
    relay_state = read_relay_state(raw.get("RelayState"))
    if isinstance(relay_state, Unreadable):
        return relay_state
    return _with_signature(raw, kind, message, relay_state)


def write_query(
    kind: str, message: bytes, relay_state: str | None, key: SigningKey | None = None
) -> str:
    """The query that carries a message, signed where there is a key."""
    parts = [f"{kind}={quote(deflate(message), '')}"]
    if relay_state:
        parts.append(f"RelayState={quote(relay_state, '')}")
    if key is not None:
        parts.append(f"SigAlg={quote(RSA_SHA256, '')}")
        value = b64encode(key.sign("&".join(parts).encode("ascii"))).decode()
        parts.append(f"Signature={quote(value, '')}")
    return "&".join(parts)


def deflate(message: bytes) -> str:
    """Bindings §3.4.4.1: raw DEFLATE, then base64."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return b64encode(packer.compress(message) + packer.flush()).decode()


def inflate(value: str | None) -> bytes | Unreadable:
    """The way back, never into more than a message may have (SM-018)."""
    packed = decode(value)
    if isinstance(packed, Unreadable):
        return packed
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        message = unpacker.decompress(packed, MESSAGE.size + 1)
    except zlib.error:
        return Unreadable.NOT_DEFLATED
    # One stream, whole, and nothing behind it.
    if len(message) > MESSAGE.size or not unpacker.eof or unpacker.unused_data:
        return Unreadable.NOT_DEFLATED
    return message


def decode(value: str | None) -> bytes | Unreadable:
    """What base64 of the POST binding holds; it may be broken into lines (Bindings §3.5.4)."""
    if value is None or len(value) > 2 * MESSAGE.size:
        return Unreadable.TOO_LARGE if value else Unreadable.NOT_BASE64
    bare = _LINE_ENDS.sub("", value)
    try:
        return Unreadable.NOT_BASE64 if len(bare) % 4 else a2b_base64(bare, strict_mode=True)
    except ValueError:
        return Unreadable.NOT_BASE64


def read_relay_state(raw: str | None) -> str | Unreadable | None:
    """What goes back untouched, from the raw value of a query: opaque, short, printable."""
    if raw is None:
        return None
    value = _unquoted(raw)
    if value is None or not is_relay_state(value):
        return Unreadable.RELAY_STATE
    return value


def is_relay_state(value: str) -> bool:
    """SM-038: not endless, and without control characters."""
    return len(value.encode()) <= LONGEST_RELAY_STATE and _CONTROL.search(value) is None


_KNOWN = frozenset((REQUEST, RESPONSE, "RelayState", "SigAlg", "Signature", "SAMLEncoding"))
_FOLDED = frozenset(name.lower() for name in _KNOWN)
# A space would be a `+` that was not encoded: no second reading of it.
_LINE_ENDS = re.compile(r"[\r\n\t]")
_NOT_LETTERS = re.compile(r"[^A-Za-z]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ENCODED = re.compile(r"(?:[!$'()*,\-./0-9:;=?@A-Z_a-z~+]|%[0-9A-Fa-f]{2})*")


def _parameters(query: str) -> dict[str, str] | Unreadable:
    """Raw values by name: each name once, spelled in one way (SM-034)."""
    found: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        spelled = _unquoted(name)
        # Others are not ours to read, but may not be taken for one of ours by somebody else.
        if name not in _KNOWN:
            if spelled is None or _NOT_LETTERS.sub("", spelled).lower() in _FOLDED:
                return Unreadable.AMBIGUOUS
            continue
        if name in found:
            return Unreadable.AMBIGUOUS
        found[name] = value
    return found


def _unquoted(raw: str) -> str | None:
    """The text of one raw value of a query; None where it is not encoded as it must be."""
    if _ENCODED.fullmatch(raw) is None:
        return None
    try:
        return unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _with_signature(
    raw: dict[str, str], kind: str, message: bytes, relay_state: str | None
) -> Query | Unreadable:
    if ("SigAlg" in raw) != ("Signature" in raw):
        return Unreadable.HALF_SIGNED
    if "SigAlg" not in raw:
        return Query(kind, message, relay_state, None, b"", b"")
    algorithm = _unquoted(raw["SigAlg"])
    if algorithm not in SIGNATURE_METHODS:
        return Unreadable.ALGORITHM
    signature = decode(_unquoted(raw["Signature"]))
    if isinstance(signature, Unreadable):
        return signature
    # §3.4.4.1: the values as they were sent, in this order, whatever order they came in.
    signed = "&".join(
        f"{name}={raw[name]}" for name in (kind, "RelayState", "SigAlg") if name in raw
    )
    return Query(kind, message, relay_state, algorithm, signed.encode("ascii"), signature)
