# SPDX-License-Identifier: Apache-2.0
"""One HTTP exchange on an open connection, bounded in time and in bytes."""

import http.client
import io
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from idp.outgoing.target import Stop, Target

Left = Callable[[], float]
"""Seconds left to the exchange; raises `TimeoutError` when there are none."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect", "te"}
)
REDIRECTS = frozenset({300, 301, 302, 303, 305, 307, 308})
HEAD_BYTES = 32768
READ_AHEAD = 8192
PIECE = 65_536
FIRST_FINAL_STATUS = 200

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, of whatever status but a redirect; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Bounded(io.RawIOBase):
    """Reads from a socket until one deadline for the whole and one number of bytes."""

    def __init__(self, wire: socket.socket, left: Left, budget: int) -> None:
        self._wire = wire
        self._left = left
        self.budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.budget <= 0:
            raise Stop("its answer is too large")
        # Set anew each time: a server that sends a byte a second must not renew its time.
        self._wire.settimeout(self._left())
        count = self._wire.recv_into(buffer, min(len(buffer), self.budget))
        self.budget -= count
        return count


@dataclass(frozen=True, slots=True)
class _Wire:
    """As much of a socket as `HTTPResponse` asks for."""

    stream: _Bounded

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.stream, READ_AHEAD)


def check_request(method: str, headers: Mapping[str, str]) -> None:
    """Refuse what no caller of ours should ask for: a fault of this program."""
    if method not in METHODS:
        raise ValueError("this method is not sent by us")
    for name, value in headers.items():
        # WB-006: a header that we build must stay one line.
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError("a header that we would send is malformed")
        if name.lower() in OURS:
            raise ValueError(f"{name.lower()} is set by the fetcher alone")


def compose(method: str, target: Target, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The request as it is sent."""
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += ["Connection: close", "Accept-Encoding: identity"]
    if "user-agent" not in {name.lower() for name in headers}:
        lines.append("User-Agent: Sceau")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {len(body or b'')}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")


def send(wire: socket.socket, message: bytes, left: Left) -> None:
    """Send all, within the time left."""
    view = memoryview(message)
    while view:
        wire.settimeout(left())
        view = view[wire.send(view) :]


def receive(
    wire: socket.socket, method: str, max_bytes: int, left: Left, into: BinaryIO | None = None
) -> Fetched:
    """Read the answer, its body into a file where one is given; `Stop` if it may not be used."""
    stream = _Bounded(wire, left, HEAD_BYTES + READ_AHEAD)
    response = http.client.HTTPResponse(cast("socket.socket", _Wire(stream)), method=method)
    with response:
        response.begin()
        _check_response(response, max_bytes)
        # Twice, for the framing of small chunks; the body itself is counted below.
        stream.budget += 2 * max_bytes + READ_AHEAD
        body = b"" if into is not None else response.read(max_bytes + 1)
        if len(body) > max_bytes or (into is not None and not _copied(response, max_bytes, into)):
            raise Stop("its answer is too large")
        if response.length:
            raise Stop("its answer was cut short")
        # Joined by commas as RFC 9110 §5.3 has it for repeated fields.
        names = {name.lower() for name in response.headers}
        headers = {name: response.getheader(name) or "" for name in names}
        return Fetched(response.status, headers, body)


def _copied(response: http.client.HTTPResponse, max_bytes: int, into: BinaryIO) -> bool:
    """Whether the body went into the file, whole."""
    room = max_bytes
    while piece := response.read(PIECE):
        room -= len(piece)
        if room < 0:
            return False
        into.write(piece)
    return True


def _check_response(response: http.client.HTTPResponse, max_bytes: int) -> None:
    if response.status in REDIRECTS:
        raise Stop("it redirects, and redirects are not followed")
    if response.status < FIRST_FINAL_STATUS:
        raise Stop("its answer is not a final one")
    # A small compressed body may unfold into anything: none was asked for, none is taken.
    if (response.getheader("Content-Encoding") or "identity").strip().lower() != "identity":
        raise Stop("its answer is compressed")
    coding = response.getheader("Transfer-Encoding")
    lengths = set(response.headers.get_all("Content-Length", []))
    if coding is not None and (coding.strip().lower() != "chunked" or lengths):
        raise Stop("its answer is framed in a way that is not accepted")
    # RFC 9112 §6.3: differing lengths can't be told apart from an attack.
    if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,15}", length) for length in lengths):
        raise Stop("its answer is framed in a way that is not accepted")
    if response.length is not None and response.length > max_bytes:
        raise Stop("its answer is too large")
