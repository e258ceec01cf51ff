# SPDX-License-Identifier: Apache-2.0
"""Applications' servers that do anything but answer, until they are mended."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer

from lxml import etree

from tests.saml_kit import SamlParty
from tests.saml_logout import SOAP, logout_response, party_with_slo
from tests.world import World

NOTHING = struct.pack("ii", 1, 0)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


@dataclass
class Addresses:
    """One server for all of them, by path."""

    port: int = 0
    told: dict[str, list[str]] = field(default_factory=dict)
    parties: dict[str, SamlParty] = field(default_factory=dict)
    mended: bool = False
    # Whoever hangs goes on only then.
    closing: threading.Event = field(default_factory=threading.Event)

    def party(self, world: World, key: str) -> SamlParty:
        """An application that is told by its server alone."""
        slo = [{"url": f"http://127.0.0.1:{self.port}/{key}", "binding": "soap"}]
        self.parties[key] = party_with_slo(world, key=key, slo=slo)
        return self.parties[key]

    def answer(self, key: str, body: bytes) -> bytes:
        """As one should: an envelope with the answer to just that request."""
        request = etree.fromstring(body)[0][0].get("ID")
        made = logout_response(self.parties[key], request).decode()
        envelope = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{made}</s:Body></s:Envelope>'.encode()
        return HEAD + f"Content-Length: {len(envelope)}\r\n\r\n".encode() + envelope


class Handler(StreamRequestHandler):
    """One connection, one request."""

    addresses: Addresses

    def handle(self) -> None:
        """By its path, as its application does."""
        key = self.rfile.readline().split()[1].decode().strip("/")
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        body = self.rfile.read(length)
        self.addresses.told.setdefault(key, []).append(etree.fromstring(body)[0][0].get("ID"))
        try:
            if key in WAYS and not self.addresses.mended:
                WAYS[key](self)
            else:
                self.wfile.write(self.addresses.answer(key, body))
        except OSError:
            # Whoever asked has gone.
            return

    def hang(self) -> None:
        """Not a byte."""
        self.addresses.closing.wait(120)

    def reset(self) -> None:
        """The connection is torn down."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING)
        self.connection.close()

    def noise(self) -> None:
        """No HTTP at all."""
        self.wfile.write(bytes(range(256)) * 8)

    def garbage(self) -> None:
        """HTTP, but no answer."""
        self.wfile.write(HEAD + b"Content-Length: 9\r\n\r\n<soap/>\x00\xff")

    def half(self) -> None:
        """The answer breaks off."""
        self.wfile.write(HEAD + b"Content-Length: 900\r\n\r\n<s:Envelope")

    def trickle(self) -> None:
        """A byte, and another one after a while: never silent for long."""
        self.wfile.write(HEAD + b"X-More: ")
        while not self.addresses.closing.wait(0.2):
            self.wfile.write(b"x")

    def endless(self) -> None:
        """As fast as it is read."""
        self.wfile.write(HEAD + b"\r\n")
        while not self.addresses.closing.is_set():
            self.wfile.write(b"<x/>" * 4096)


WAYS: dict[str, Callable[[Handler], None]] = {
    "hang": Handler.hang,
    "reset": Handler.reset,
    "noise": Handler.noise,
    "garbage": Handler.garbage,
    "half": Handler.half,
    "trickle": Handler.trickle,
    "endless": Handler.endless,
}


@contextmanager
def misbehaving() -> Iterator[Addresses]:
    """A server for a while."""
    found = Addresses()
    handler = type("Bound", (Handler,), {"addresses": found})
    ThreadingTCPServer.daemon_threads = True
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield found
        found.closing.set()
        server.shutdown()
        thread.join()
