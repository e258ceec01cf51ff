# SPDX-License-Identifier: Apache-2.0
"""The fetcher: one deadline over resolving, connecting, TLS, sending and reading."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from idp.clock import Clock, SystemClock
from idp.outgoing.addresses import connect, is_public, resolve
from idp.outgoing.target import Stop, Target, parse_target
from idp.outgoing.wire import Fetched, Left, check_request, compose, receive, send

Resolver = Callable[[str, int], Sequence[str]]
"""Addresses of a host and port, as text."""
Dial = Callable[[str, int, float], socket.socket]
"""A connection to an address and port, within so many seconds."""

RESOLUTIONS = 16
ADDRESSES_TRIED = 4


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer that may be used; the reason is for logs and operators, not for the public."""

    reason: str


class Fetcher:
    """Fetches from elsewhere; safe to share between threads."""

    def __init__(
        self,
        allow: Collection[str],
        timeout: float,
        max_bytes: int,
        *,
        resolver: Resolver = resolve,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
        dial: Dial = connect,
        plain: bool = False,
    ) -> None:
        self._allow = frozenset(allow)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._resolve = resolver
        self._clock = clock or SystemClock()
        self._given_tls = tls
        self._dial = dial
        self._plain = plain
        self._resolutions = threading.BoundedSemaphore(RESOLUTIONS)

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        into: BinaryIO | None = None,
    ) -> Fetched | Unreachable:
        """One exchange; whatever goes wrong outside of this program is an `Unreachable`.

        `into`: a file for the body of the answer, which is then not held in memory.
        """
        sent = dict(headers or {})
        check_request(method, sent)
        left = self._deadline()
        try:
            target = parse_target(url, self._allow, plain=self._plain)
            addresses = self._addresses(target, left)
            with self._connect(target, addresses, left) as wire:
                send(wire, compose(method, target, sent, body), left)
                return receive(wire, method, self._max_bytes, left, into)
        except Stop as why:
            return Unreachable(str(why))
        except TimeoutError:
            return Unreachable("it took too long")
        except ssl.SSLCertVerificationError as fault:
            return Unreachable(f"its certificate is refused: {fault.verify_message}")
        except ssl.SSLError as fault:
            return Unreachable(f"TLS failed: {fault.reason}")
        except OSError as fault:
            return Unreachable(f"the connection failed: {fault.strerror or type(fault).__name__}")
        except (http.client.HTTPException, ValueError, OverflowError):
            return Unreachable("its answer is not HTTP as it should be")

    def _deadline(self) -> Left:
        ends_at = self._clock.monotonic() + self._timeout

        def left() -> float:
            seconds = ends_at - self._clock.monotonic()
            if seconds <= 0:
                raise TimeoutError
            return seconds

        return left

    def _addresses(self, target: Target, left: Left) -> Sequence[str]:
        try:
            found: Sequence[str] = [str(ipaddress.ip_address(target.host))]
        except ValueError:
            found = self._resolve_in_time(target, left)
        if not found:
            raise Stop("its name gives no address")
        # Every one, not the one that is used: a name half inside is a name under attack.
        if not target.allowed and not all(is_public(address) for address in found):
            raise Stop("its address is not a public one")
        return found[:ADDRESSES_TRIED]

    def _resolve_in_time(self, target: Target, left: Left) -> Sequence[str]:
        # The system's resolver knows no deadline: it runs aside, in a bounded number of threads.
        if not self._resolutions.acquire(timeout=left()):
            raise Stop("too many names are being resolved")
        answer: list[Sequence[str]] = []

        def run() -> None:
            try:
                answer.append(tuple(self._resolve(target.host, target.port)))
            except (OSError, UnicodeError):
                answer.append(())
            finally:
                self._resolutions.release()

        worker = threading.Thread(target=run, name="resolve", daemon=True)
        try:
            worker.start()
        except RuntimeError:
            self._resolutions.release()
            raise Stop("no thread is left to resolve its name") from None
        worker.join(left())
        if not answer:
            raise Stop("its name was not resolved in time")
        return answer[0]

    def _connect(self, target: Target, addresses: Sequence[str], left: Left) -> socket.socket:
        failure: OSError = ConnectionError("no address")
        for position, address in enumerate(addresses):
            # A silent address leaves their share of the time to those after it.
            share = left() / (len(addresses) - position)
            try:
                plain = self._dial(address, target.port, share)
            except OSError as fault:
                failure = fault
                continue
            return self._secure(plain, target, left) if target.scheme == "https" else plain
        raise failure

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading the system's authorities takes a while: not before somebody is asked by TLS.
        return self._given_tls or system_tls()

    def _secure(self, plain: socket.socket, target: Target, left: Left) -> socket.socket:
        try:
            plain.settimeout(left())
            # An end without TLS's own goodbye may be a cut made by somebody else: never ignored.
            return self._tls.wrap_socket(
                plain, server_hostname=target.host, suppress_ragged_eofs=False
            )
        except BaseException:
            plain.close()
            raise


def system_tls() -> ssl.SSLContext:
    """TLS 1.2 or later, verified against the system's authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def client_tls(certificate: str, key: str) -> ssl.SSLContext:
    """The same, and we show who we are (RFC 8705); both are paths of PEM files."""
    context = system_tls()
    context.load_cert_chain(certificate, key)
    return context
