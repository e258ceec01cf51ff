# SPDX-License-Identifier: Apache-2.0
"""XC-024 where the card's host shares its address with another, which keeps TLS sessions."""

import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.card_process import Reached
from tests.interop.card_proxies import HEADERS, offered

pytestmark = pytest.mark.interop
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.fixture(scope="module", params=sorted(HEADERS))
def proxy(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reached]:
    """Each of them in turn, with another host at the card's address."""
    folder = tmp_path_factory.mktemp(request.param)
    with offered(request.param, sqlite_template, folder, shared=True) as reached:
        yield reached


def once(
    proxy: Reached, path: str, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[bytes, ssl.SSLSession | None, bool]:
    """What is answered, the session that is left, and whether the earlier one was taken up."""
    ask = f"GET {path} HTTP/1.1\r\nHost: localhost:{proxy.port}\r\nAccept: text/html\r\n\r\n"
    with (
        socket.create_connection(("localhost", proxy.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as shaken,
    ):
        shaken.sendall(ask.encode())
        answer = b""
        while part := shaken.recv(65536):
            answer += part
        kept, reused = shaken.session, bool(shaken.session_reused)
        # OpenSSL forgets by itself a session that was broken off.
        shaken.unwrap()
        return answer, kept, reused


@pytest.mark.parametrize("version", VERSIONS)
def test_xc_024_a_card_taken_out_does_not_come_back_by_the_other_host(proxy, version):
    context = proxy.context("card", VERSIONS[version])
    _browser, path = proxy.set_out()
    answer, session, _reused = once(proxy, path, context)
    assert answer.startswith(b"HTTP/1.1 303"), answer
    _browser, path = proxy.set_out()
    answer, _session, reused = once(proxy, path, context, session)
    # Only in TLS 1.2 does nginx go by what the card's own server says of sessions.
    assert reused is ((proxy.name, version) != ("nginx", "1.2"))
    if reused:
        assert answer.startswith(b"HTTP/1.1 403"), answer
        # The handle is not used up: the card in its reader comes next.
        assert proxy.get(path, "card").status == 303


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    """RFC 9113 §4.1."""
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


def two_at_once(host: str) -> bytes:
    """Two requests in one HTTP/2 connection; every name is in the table of RFC 7541 appendix A."""
    path = b"/health/live"
    block = b"\x82\x87\x04" + bytes([len(path)]) + path + b"\x01" + bytes([len(host)])
    asks = (frame(1, 0x05, stream, block + host.encode()) for stream in (1, 3))
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + b"".join(asks)


def test_xc_024_a_connection_answers_once_though_the_other_host_speaks_http2(proxy):
    context = proxy.context("card")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("localhost", proxy.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as shaken,
    ):
        if proxy.name != "nginx":
            assert shaken.selected_alpn_protocol() != "h2"
            return
        # nginx speaks it for all hosts of an address, or for none.
        assert shaken.selected_alpn_protocol() == "h2"
        shaken.sendall(two_at_once(f"localhost:{proxy.port}"))
        received = b""
        while part := shaken.recv(65536):
            received += part
        assert received.count(b'{"status":"live"}') == 1
