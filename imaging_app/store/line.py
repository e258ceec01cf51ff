# SPDX-License-Identifier: Apache-2.0
"""Speaking to a store elsewhere: HTTP on kept connections, and an end to all waiting.

Whoever does not answer, or too slowly, is `Away`: what was asked for may still be there.
"""

import base64
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from imaging_app.store.port import Away

BLOCK: Final = 1 << 20
# Of what is read as a whole where nobody says how long it may be.
MOST_ANSWER: Final = 64 << 20
# Bytes a second that are slow, and not away.
SLOWEST: Final = 1 << 20
KEPT: Final = 16
FAULTS: Final = (OSError, HTTPException)
# These speak of us, of the address, of the moment; whatever else begins by 4 of the image alone.
NOT_OF_IT: Final = {401, 403, 404, 405, 407, 408, 421, 425, 426, 429}
Body = bytes | Iterable[bytes]


def is_unwanted(status: int) -> bool:
    """Whether this image is not taken, whatever becomes of others."""
    return 400 <= status < 500 and status not in NOT_OF_IT


@dataclass(frozen=True, slots=True)
class Address:
    """Where it is, and who we are there."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    # Seconds for each step, and for a small answer as a whole.
    patience: float = 10.0


@dataclass(slots=True)
class Line:
    """One server; safe for many threads."""

    address: Address
    _free: deque[HTTPConnection] = field(default_factory=deque)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        most: int = MOST_ANSWER,
    ) -> tuple[int, bytes]:
        """A status and a whole answer."""
        with self.open(method, path, body, headers or {}) as answer:
            return answer.status, b"".join(self.blocks(answer, most))

    @contextmanager
    def open(
        self, method: str, path: str, body: Body = b"", headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """An answer whose head has come."""
        connection, answer = self._send(method, path, body, dict(headers or {}))
        try:
            yield answer
        except BaseException:
            connection.close()
            raise
        if answer.isclosed() and not answer.will_close and len(self._free) < KEPT:
            self._free.append(connection)
        else:
            connection.close()

    def blocks(self, answer: HTTPResponse, most: int) -> Iterator[bytes]:
        """What it says, as long as it comes fast enough."""
        size, began = 0, time.monotonic()
        while True:
            try:
                block = answer.read1(BLOCK)
            except FAULTS as fault:
                raise Away(type(fault).__name__) from fault
            if not block:
                break
            size += len(block)
            late = time.monotonic() - began > self.address.patience + size / SLOWEST
            if size > most or late:
                raise Away("too slow" if late else "too long")
            yield block
        if answer.length:
            raise Away("cut short")

    def close(self) -> None:
        """Give the connections back."""
        while self._free:
            with suppress(IndexError):
                self._free.pop().close()

    def _send(
        self, method: str, path: str, body: Body, headers: dict[str, str]
    ) -> tuple[HTTPConnection, HTTPResponse]:
        parts = urlsplit(self.address.url)
        if self.address.user:
            told = f"{self.address.user}:{self.address.password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(told).decode("ascii")
        whole = parts.path.rstrip("/") + path
        try:
            # One that the other side has closed meanwhile is no fault; a stream is sent once.
            while isinstance(body, bytes) and self._free:
                with suppress(IndexError, ConnectionError):
                    return self._ask(self._free.pop(), method, whole, body, headers)
            return self._ask(self._fresh(parts), method, whole, body, headers)
        except FAULTS as fault:
            raise Away(type(fault).__name__) from fault

    def _fresh(self, parts: SplitResult) -> HTTPConnection:
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return connect(parts.netloc, timeout=self.address.patience)

    @staticmethod
    def _ask(
        connection: HTTPConnection, method: str, path: str, body: Body, headers: dict[str, str]
    ) -> tuple[HTTPConnection, HTTPResponse]:
        try:
            connection.request(method, path, body or None, headers)
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise
