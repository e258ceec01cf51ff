# SPDX-License-Identifier: Apache-2.0
"""TLS at the card's own address: a certificate is asked for, and each connection stands alone.

Every connection gets a context of its own. A context is where a session would be remembered, so a
session that is taken up again finds nothing there: whoever comes back shows the card again (XC-024,
RFC 8446 §4.6.1). That holds for tickets and for session ids alike, of which Python can switch off
only the former. It costs a millisecond a connection (docs/operations.md).
"""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Final

# Who says nothing for so long is dropped, and so is a request that takes as long: nobody keeps a
# thread by saying nothing, nor by saying it slowly.
PATIENCE: Final = 10.0
# Once begun, a handshake waits for people: for the choice of a certificate, and for a PIN.
HANDSHAKE: Final = 120.0
# How soon authorities that were added or removed count.
REFRESH: Final = 15.0
# X509_V_FLAG_NO_CHECK_TIME: a card that has expired gets a page of ours instead of an alert. It is
# refused all the same: nothing at this address believes a certificate.
NO_CHECK_TIME: Final = 0x200000

Anchors = Callable[[], str]


class Patient(ssl.SSLSocket):
    """A connection that is read for so long in all, however little comes at a time."""

    _until: float | None = None

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As ever, while there is time."""
        now = monotonic()
        if self._until is None:
            self._until = now + PATIENCE
        left = self._until - now
        if left <= 0:
            raise TimeoutError
        usual = self.gettimeout()
        self.settimeout(left if usual is None else min(left, usual))
        try:
            return super().recv(buflen, flags)
        finally:
            # What is sent has its own time.
            self.settimeout(usual)


class Connection(ssl.SSLContext):
    """The context of one connection."""

    sslsocket_class = Patient

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        sock.settimeout(PATIENCE)
        # Left where it is, for the handshake; nothing came is a TimeoutError.
        sock.recv(1, socket.MSG_PEEK)
        sock.settimeout(HANDSHAKE)
        return super().wrap_socket(sock, *args, **options)


class Contexts:
    """Makes them."""

    def __init__(
        self, certificate: Path, key: Path, anchors: Anchors, now: Callable[[], float] = monotonic
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._anchors = anchors
        self._now = now
        self._pem = ""
        self._read_at = float("-inf")
        self._lock = Lock()

    def new(self) -> ssl.SSLContext:
        """A context for the next connection."""
        context = Connection(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        context.num_tickets = 0
        # RFC 9325 §4.2, and what FAPI 2.0 §5.2.2 leaves of it.
        context.set_ciphers("ECDHE+AESGCM")
        context.load_cert_chain(self._certificate, self._key)
        if pem := self._authorities():
            context.load_verify_locations(cadata=pem)
        # Not demanded: whoever has no card must reach a page that says so.
        context.verify_mode = ssl.CERT_OPTIONAL
        # An authority of people may be trusted without the one above it.
        flags = context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
        context.verify_flags = ssl.VerifyFlags(flags)
        return context

    def _authorities(self) -> str:
        with self._lock:
            if self._now() - self._read_at > REFRESH:
                self._pem = self._anchors()
                self._read_at = self._now()
            return self._pem
