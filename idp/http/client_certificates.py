# SPDX-License-Identifier: Apache-2.0
"""The client certificate of one request: from its own handshake, or from a trusted proxy's header.

Nothing here believes a certificate: it is read, and judged later by whoever trusts authorities
(XC-023). Only bytes that stand for exactly one certificate are taken.
"""

import base64
import binascii
import hmac
import re
import ssl
from collections.abc import Callable
from enum import Enum
from typing import Final
from urllib.parse import unquote

from idp.http.proxies import Proxies
from idp.http.wire import Call, Environ

SECRET_HEADER: Final = "X-Sceau-Proxy"
LARGEST: Final = 16_384
SOCKET: Final = "gunicorn.socket"
SEQUENCE, LONG_FORM, SHORTEST = 0x30, 0x80, 3
# RFC 9440 §2.2: an Item whose value is a Byte Sequence (RFC 8941 §3.3.5), and nothing beside it.
BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
# One certificate; in a header its line breaks are spaces, or escaped.
PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)\s-----END CERTIFICATE-----\s?", re.ASCII
)
# What Apache writes for a variable that is not set.
NOTHING = frozenset({"", "(null)"})


class Unusable(Enum):
    """Why no certificate can be read from a request, not even that there is none."""

    # It did not come by the proxy, or by one that does not know the secret.
    NOT_OURS = "not-ours"
    # The header stands for no certificate, or for several.
    MALFORMED = "malformed"
    # RFC 8446 §4.6.1: the card was shown to an earlier connection, not to this one (XC-024).
    RESUMED = "resumed"


Found = bytes | None | Unusable
Reader = Callable[[Call], Found]


def from_handshake(call: Call) -> Found:
    """The certificate of this very handshake, where this server itself ends TLS."""
    connection = call.environ.get(SOCKET)
    if not isinstance(connection, ssl.SSLSocket):
        return Unusable.NOT_OURS
    if connection.session_reused:
        return Unusable.RESUMED
    return connection.getpeercert(binary_form=True) or None


class FromProxy:
    """The certificate in a header of a proxy that ends TLS: the one header configured, no alias."""

    def __init__(self, header: str, secret: str, proxies: Proxies) -> None:
        self._key = "HTTP_" + header.upper().replace("-", "_")
        self._decode = DECODERS[header]
        self._secret = secret.encode()
        self._proxies = proxies

    def __call__(self, call: Call) -> Found:
        """What the header says, where it may be believed to be the proxy's (XC-020, XC-021)."""
        said = call.header(SECRET_HEADER).encode("utf-8", "surrogatepass")
        known = bool(self._secret) and hmac.compare_digest(said, self._secret)
        if not known or not self._proxies.is_ours(_peer(call.environ)):
            return Unusable.NOT_OURS
        value = call.environ.get(self._key, "").strip(" \t")
        if value in NOTHING:
            return None
        certificate = self._decode(value)
        return Unusable.MALFORMED if certificate is None else certificate


def byte_sequence(value: str) -> bytes | None:
    """A `Client-Cert` header (RFC 9440); `None` where it is anything else."""
    found = BYTE_SEQUENCE.fullmatch(value)
    return _decode(found[1]) if found else None


def pem(value: str) -> bytes | None:
    """A PEM block on one line: escaped as nginx does, or with spaces for line breaks."""
    text = unquote(value, errors="replace") if "%" in value else value
    found = PEM.fullmatch(text)
    return _decode("".join(found[1].split())) if found else None


DECODERS: dict[str, Callable[[str], bytes | None]] = {
    "client-cert": byte_sequence,
    "x-ssl-client-cert": pem,
}


def _decode(encoded: str) -> bytes | None:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    # One value, one writing.
    if base64.b64encode(decoded).decode() != encoded:
        return None
    return decoded if len(decoded) <= LARGEST and _is_one_value(decoded) else None


def _is_one_value(der: bytes) -> bool:
    """Whether this is one DER sequence from end to end (X.690 §8.1.3), and nothing behind it."""
    if len(der) < SHORTEST or der[0] != SEQUENCE:
        return False
    if der[1] < LONG_FORM:
        return len(der) == 2 + der[1]
    size = der[1] - LONG_FORM
    return len(der) == 2 + size + int.from_bytes(der[2 : 2 + size])


def _peer(environ: Environ) -> str:
    """Who is at the other end of the connection; no header has a say in it."""
    return environ.get("REMOTE_ADDR") or ""
