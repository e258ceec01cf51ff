# SPDX-License-Identifier: Apache-2.0
"""For how long an outgoing fetch lasts, and how much it lets back in."""

import gzip
import socket
import threading
import time
from io import BytesIO

import pytest

from idp.outgoing import Fetched, Fetcher
from idp.outgoing.fetcher import RESOLUTIONS
from tests.unit.ground.fetching import PUBLIC, Resolver, guarded, plain, refused, url
from tests.unit.ground.servers import answer, says

# Far longer than any limit here, on a busy machine as well; shorter than what the servers keep up.
PATIENCE = 30


def in_time(fetch):
    """What this gives, without having waited for the other side."""
    began = time.monotonic()
    result = fetch()
    assert time.monotonic() - began < PATIENCE
    return result


def get(fetcher, address):
    return in_time(lambda: fetcher.fetch("GET", address))


def trickle(*parts):
    def behave(connection, server):
        for part in parts:
            connection.sendall(part)
        while not server.stopped.wait(0.05):
            connection.sendall(b"a")

    return behave


@pytest.mark.parametrize(
    "start",
    [
        [],
        [b"HTTP/1.1 200 OK\r\nX-A: "],
        [b"HTTP/1.1 200 OK\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n"],
    ],
)
def test_br_015_a_byte_at_a_time_does_not_renew_the_time(serve, start):
    server = serve(trickle(*start))
    refused(get(plain(server, timeout=0.3), url(server)), "took too long")


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
def test_br_015_a_silent_server(serve, first):
    def behave(connection, server):
        connection.sendall(first)
        server.stopped.wait(2 * PATIENCE)

    refused(get(plain(server := serve(behave), timeout=0.3), url(server)), "too long")


def test_a_silent_handshake(authority):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        fetcher = Fetcher({f"127.0.0.1:{port}"}, 0.3, 1000, tls=authority.client())
        refused(get(fetcher, f"https://127.0.0.1:{port}/"), "took too long")


def test_a_server_that_never_reads(authority):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        fetcher = Fetcher({f"127.0.0.1:{port}"}, 0.3, 1000, tls=authority.client())
        address, body = f"http://127.0.0.1:{port}/", b"x" * 50_000_000
        result = in_time(lambda: fetcher.fetch("POST", address, body=body))
        refused(result, "took too long")


def test_oa_090_a_slow_resolver_is_not_waited_for():
    ended = threading.Event()

    def slow(_host, _port):
        ended.wait(2 * PATIENCE)
        return [PUBLIC]

    fetcher = guarded(slow, timeout=0.2)
    refused(get(fetcher, "https://example.fr/"), "not resolved in time")
    workers = [
        threading.Thread(target=fetcher.fetch, args=("GET", "https://example.fr/"))
        for _ in range(RESOLUTIONS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    refused(get(fetcher, "https://example.fr/"), "too many names")
    resolving = [each for each in threading.enumerate() if each.name == "resolve"]
    assert len(resolving) <= RESOLUTIONS
    ended.set()


def test_a_name_that_does_not_resolve():
    def unknown(_host, _port):
        raise socket.gaierror(-2, "Name or service not known")

    refused(guarded(unknown).fetch("GET", "https://example.fr/"), "gives no address")
    refused(guarded(Resolver([])).fetch("GET", "https://example.fr/"), "gives no address")


# What it lets back in


def flood(start, part, limit=30_000_000):
    """Sends without end, and notes how much was taken."""

    def behave(connection, server):
        server.taken = 0
        connection.sendall(start)
        while server.taken < limit:
            connection.sendall(part)
            server.taken += len(part)

    return behave


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (HEAD + b"\r\n", b"x" * 65536),
        (HEAD + b"Content-Length: 30000000\r\n\r\n", b"x" * 65536),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10_000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 8000),
        (HEAD, b"X-A: b\r\n" * 8000),
        (HEAD + b"X-A: ", b"x" * 65536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 3000),
        (b"", b"x" * 65536),
    ],
)
def test_br_015_floods_of_body_and_of_headers(serve, start, part):
    server = serve(flood(start, part))
    # By what was sent, not by the clock.
    assert "too long" not in refused(plain(server).fetch("GET", url(server))).reason
    assert getattr(server, "taken", 0) < 10_000_000


def test_the_size_limit_is_exact(serve):
    for size, fits in ((10_000, True), (10_001, False)):
        body = b"x" * size
        for behave in (
            answer(body),
            says(HEAD + b"\r\n" + body),
            says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (size, body)),
        ):
            found = plain(server := serve(behave)).fetch("GET", url(server))
            assert isinstance(found, Fetched) == fits


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "deflate", "identity, gzip", "zstd"])
def test_br_015_a_compressed_bomb_is_not_unfolded(serve, coding):
    bomb = gzip.compress(bytes(5_000_000))
    assert len(bomb) < 10_000
    server = serve(answer(bomb, f"Content-Encoding: {coding}"))
    refused(plain(server).fetch("GET", url(server)), "compressed")
    assert b"\r\nAccept-Encoding: identity\r\n" in server.requests[0]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        HEAD + b"Content-Length: 5\r\n\r\nabc",
        HEAD + b"Content-Length: 5\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\nabc",
        HEAD + b"Content-Length: +3\r\n\r\nabc",
        HEAD + b"Content-Length: 3\r\nContent-Length: 2\r\n\r\nabc",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 20_000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_answers_that_are_not_http_as_it_should_be(serve, said):
    refused(plain(server := serve(says(said))).fetch("GET", url(server)))


@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
def test_br_015_a_body_goes_into_a_file_and_no_further_than_it_may(serve, framing):
    body = bytes(range(250)) * 40

    def framed(body):
        if framing == "length":
            return answer(body)
        if framing == "end":
            return says(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return says(chunks + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")

    server, file = serve(framed(body)), BytesIO()
    found = plain(server).fetch("GET", url(server), into=file)
    assert (found.status, found.body, file.getvalue()) == (200, b"", body)
    server, file = serve(framed(body + b"x")), BytesIO()
    refused(plain(server).fetch("GET", url(server), into=file), "too large")
    assert len(file.getvalue()) <= len(body)


def test_br_015_a_body_that_is_cut_short_is_none(serve):
    server = serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"))
    refused(plain(server).fetch("GET", url(server), into=BytesIO()))
