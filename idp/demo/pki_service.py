# SPDX-License-Identifier: Apache-2.0
"""A small server of this machine for lists, certificates of authorities, and OCSP."""

import base64
import binascii
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp

from idp.demo.pki import Pki
from idp.demo.pki_authority import Authority
from idp.demo.pki_revocation import Lists, Responder, refusal

MAX_REQUEST = 10_000
Status = ocsp.OCSPResponseStatus


class PkiService:
    """What the infrastructure tells the world: bound at once, open from `show` on.

    `overrides` answer before anything else, by path: for a test, a body that should not be.
    """

    def __init__(self, now: Callable[[], int], port: int = 0, host: str = "127.0.0.1") -> None:
        self.now = now
        self.overrides: dict[str, tuple[int, bytes]] = {}
        # Paths in the order in which they were asked for.
        self.asked: list[str] = []
        self._authorities: dict[str, Authority] = {}
        self._responders: list[Responder] = []
        self._lists: Lists | None = None
        self._server = _Server((host, port), self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://localhost:{self._server.server_address[1]}"

    def show(
        self, pki: Pki, lists: Lists | None = None, responders: list[Responder] | None = None
    ) -> None:
        """Serve this one from now on."""
        self._authorities = pki.authorities
        self._lists = lists or Lists(pki.register)
        self._responders = responders or [
            Responder(authority, pki.register) for authority in pki.authorities.values()
        ]

    def get(self, path: str) -> tuple[int, bytes]:
        """/CRL/<short>.crl, /CRL/<short>-delta.crl, /AC/<short>.cer, /ocsp/<base64>."""
        folder, _, name = path.removeprefix("/").partition("/")
        if folder == "ocsp":
            try:
                return self.ocsp(base64.b64decode(unquote(name), validate=True))
            except binascii.Error:
                return 200, refusal(Status.MALFORMED_REQUEST)
        stem, _, kind = unquote(name).rpartition(".")
        authority = self._authorities.get(stem.removesuffix("-delta"))
        if authority is None or self._lists is None:
            return 404, b""
        if (folder, kind) == ("CRL", "crl"):
            made = self._lists.changes if stem.endswith("-delta") else self._lists.whole
            return 200, made(authority, self.now())
        if (folder, kind) == ("AC", "cer"):
            return 200, authority.certificate.public_bytes(serialization.Encoding.DER)
        return 404, b""

    def ocsp(self, body: bytes) -> tuple[int, bytes]:
        """The answer of the responder of whose certificates are asked after."""
        try:
            request = ocsp.load_der_ocsp_request(body)
            for responder in self._responders:
                if responder.knows(request):
                    return 200, responder.answer(request, self.now())
        except (ValueError, NotImplementedError):
            return 200, refusal(Status.MALFORMED_REQUEST)
        return 200, refusal(Status.UNAUTHORIZED)

    def start(self) -> Self:
        """Answer, in a thread of its own."""
        self._thread.start()
        return self

    def close(self) -> None:
        """No answer any more; the port is free."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Answer, in this thread."""
        self._server.serve_forever()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], service: PkiService) -> None:
        self.service = service
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        self._answer(lambda: self.server.service.get(self.path))

    def do_POST(self) -> None:
        told = self.headers.get("Content-Length", "")
        size = int(told) if told.isascii() and told.isdigit() else -1
        if not 0 <= size <= MAX_REQUEST:
            self.send_error(413)
            return
        body = self.rfile.read(size)
        self._answer(lambda: self.server.service.ocsp(body))

    def _answer(self, make: Callable[[], tuple[int, bytes]]) -> None:
        service = self.server.service
        service.asked.append(self.path)
        status, body = service.overrides.get(self.path) or make()
        self.send_response(status)
        self.send_header("Content-Type", _kind(self.path))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass


def _kind(path: str) -> str:
    """RFC 5280 §4.2.1.13, RFC 6960 appendix A.1."""
    if path.startswith("/ocsp"):
        return "application/ocsp-response"
    return "application/pkix-crl" if path.endswith(".crl") else "application/pkix-cert"
