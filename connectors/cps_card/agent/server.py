# SPDX-License-Identifier: Apache-2.0
"""The program's door on loopback: opened to the pages it was set up for, and to nobody else."""

import errno
import json
import logging
import os
import select
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any

from connectors.cps_card.agent.cards import Cards, Refusal, Trouble
from connectors.cps_card.agent.signing import Asker, Signer
from connectors.cps_card.agent.version import AGENT
from connectors.cps_card.statement import ORIGIN, VERSION
from connectors.strict_json import read_object

LOG = logging.getLogger("sceau-agent")

LARGEST = 64 * 1024
SECONDS = 10.0
THREADS = 16
PREFLIGHT_LIFE = 600
# How often the door looks whether it is to be closed.
PAUSE = 0.5

STATUS = {
    Trouble.REFUSED: 400,
    Trouble.VERSION: 400,
    Trouble.NOT_YOURS: 403,
    Trouble.TOO_OFTEN: 429,
}

NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)

Ends = Callable[[tuple[str, int], tuple[str, int]], bool]


@dataclass(frozen=True, slots=True)
class Door:
    """What every request needs."""

    origins: frozenset[str]
    cards: Cards
    signer: Signer
    # Whether the program at the other end is this person's own.
    is_mine: Ends


class Handler(BaseHTTPRequestHandler):
    """One request, one answer, and the connection is closed."""

    server: "Server"
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    # Neither the language nor its version is anybody's business.
    server_version, sys_version = "sceau-agent", ""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_POST(self) -> None:
        if not self._admitted():
            return
        body = self._body()
        if isinstance(body, int):
            self._bad(body)
        elif self.path == "/v1/state":
            self._state(body)
        elif self.path == "/v1/sign":
            self._sign(body)
        else:
            self._answer(404, {"error": Trouble.VERSION.value})

    def do_OPTIONS(self) -> None:
        if not self._admitted():
            return
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": str(PREFLIGHT_LIFE),
        }
        # Private Network Access: a public page asks leave before it reaches this machine.
        if self.headers.get("Access-Control-Request-Private-Network") == "true":
            headers["Access-Control-Allow-Private-Network"] = "true"
        self._answer(204, None, headers)

    def _admitted(self) -> bool:
        """Checks that come before anything is read: who, to which name, for which page."""
        client, here = self.client_address, self.connection.getsockname()
        reasons = (
            (self.server.door.is_mine(client[:2], here[:2]), "another user of this machine"),
            # Against DNS rebinding: a name that was bent to this address is not one of its names.
            (self._one("Host") in self.server.names, "host"),
            (self._one("Origin") in self.server.door.origins, "origin"),
        )
        for holds, reason in reasons:
            if not holds:
                LOG.warning("refused reason=%s origin=%s", reason.replace(" ", "-"), self._origin())
                self._answer(403, None)
                return False
        return True

    def _one(self, name: str) -> str:
        """A header that came once; "" otherwise."""
        found = self.headers.get_all(name, [])
        return str(found[0]) if len(found) == 1 else ""

    def _origin(self) -> str:
        origin = self._one("Origin")
        return origin if ORIGIN.fullmatch(origin) else "-"

    def _body(self) -> dict[str, object] | int:
        """The JSON object that was sent, or the status of what is wrong with it."""
        # A form of another page cannot send this type without asking first.
        if self._one("Content-Type") != "application/json":
            return 415
        length = self._one("Content-Length")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            return 411
        if len(length) > 6 or int(length) > LARGEST:
            return 413
        try:
            text = self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            return 400
        members = read_object(text, LARGEST)
        return 400 if members is None else members

    def _bad(self, status: int) -> None:
        self._answer(status, {"error": Trouble.REFUSED.value})

    def _state(self, body: dict[str, object]) -> None:
        if body:
            self._bad(400)
            return
        readers = [each.members() for each in self.server.door.cards.readers()]
        self._answer(200, {"version": VERSION, "agent": AGENT, "readers": readers})

    def _sign(self, body: dict[str, object]) -> None:
        text = body.get("statement")
        if set(body) != {"statement"} or not isinstance(text, str):
            self._bad(400)
            return
        asker = Asker(self._one("Origin"), self._has_left)
        outcome = self.server.door.signer.sign(text, asker)
        if isinstance(outcome, Refusal):
            LOG.info("not-signed reason=%s origin=%s", outcome.trouble.value, self._origin())
            told: dict[str, object] = {"error": outcome.trouble.value}
            if outcome.tries is not None:
                told["tries"] = outcome.tries
            self._answer(STATUS.get(outcome.trouble, 409), told)
            return
        LOG.info("signed origin=%s", self._origin())
        self._answer(200, {"answer": outcome})

    def _has_left(self) -> bool:
        """Whether the page closed the connection: nobody waits for a signature any more."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def _answer(
        self, status: int, members: dict[str, object] | None, more: dict[str, str] | None = None
    ) -> None:
        body = b"" if members is None else json.dumps(members).encode()
        self.send_response_only(status)
        headers = {
            "Server": self.server_version,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Origin",
            "Connection": "close",
            **(more or {}),
        }
        origin = self._one("Origin")
        if origin in self.server.door.origins:
            # Fetch §3.2: exactly the one that asked, never "*".
            headers["Access-Control-Allow-Origin"] = origin
        if members is not None:
            headers["Content-Type"] = "application/json"
        if status != 204:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses: without repeating anything that was sent."""
        self.send_response_only(code)
        for name, value in (("Connection", "close"), ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the library's name
        """Addresses and paths are chosen by whoever calls: not written down."""


class Server(ThreadingMixIn, TCPServer):
    """Bounded in threads, in time and in size."""

    daemon_threads = True
    block_on_close = False
    # Elsewhere this lets a restart find its port again; on Windows it would let a thief share it.
    allow_reuse_address = os.name != "nt"

    def __init__(self, family: socket.AddressFamily, host: str, port: int, door: Door) -> None:
        self.address_family = family
        self.door = door
        self._free = BoundedSemaphore(THREADS)
        super().__init__((host, port), Handler, bind_and_activate=False)
        try:
            self._bind()
        except OSError:
            self.server_close()
            raise
        own = self.server_address[1]
        self.names = frozenset(f"{name}:{own}" for name in ("127.0.0.1", "localhost", "[::1]"))

    def _bind(self) -> None:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.server_bind()
        self.server_activate()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # The kind of fault alone: its words could hold what was typed.
        kind = sys.exc_info()[0]
        LOG.error("fault kind=%s", kind.__name__ if kind else "-")


def open_both(port: int, door: Door) -> list[Server]:
    """On both loopback addresses; OSError where another program has the port on one of them.

    Browsers choose either for "localhost": half a port would be somebody else's to answer.
    """
    first = Server(socket.AF_INET, "127.0.0.1", port, door)
    try:
        return [first, Server(socket.AF_INET6, "::1", first.port, door)]
    except OSError as fault:
        if fault.errno in NO_IPV6:
            return [first]
        first.server_close()
        if port == 0 and fault.errno == errno.EADDRINUSE:
            return open_both(port, door)
        raise


class Listening:
    """The door, open on both loopback addresses where there are two."""

    def __init__(self, port: int, door: Door, pause: float = PAUSE) -> None:
        self._servers = open_both(port, door)
        self.port = self._servers[0].port
        self._threads = [
            Thread(target=each.serve_forever, args=(pause,), name="door", daemon=True)
            for each in self._servers
        ]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def close(self) -> None:
        for each in self._servers:
            each.shutdown()
            each.server_close()
        for thread in self._threads:
            thread.join()
