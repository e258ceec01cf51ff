# SPDX-License-Identifier: Apache-2.0
"""An outgoing fetch: what is asked, over TLS, and what comes back."""

import socket
import ssl
import threading

import pytest

from idp.outgoing import Fetched, Fetcher
from idp.outgoing.fetcher import system_tls
from tests.unit.ground.fetching import PUBLIC, Dial, Resolver, guarded, plain, refused, url
from tests.unit.ground.servers import answer, says


def test_an_answer_comes_back(serve):
    server = serve(answer(b'{"keys":[]}', "Content-Type: application/json", "X: 1", "X: 2"))
    found = plain(server).fetch("GET", url(server, "/jwks?a=b#no"), headers={"Accept": "a/b"})
    assert found == Fetched(
        200,
        {"content-type": "application/json", "x": "1, 2", "content-length": "11"},
        b'{"keys":[]}',
    )
    assert server.requests[0].decode() == (
        f"GET /jwks?a=b HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
        "Accept-Encoding: identity\r\nUser-Agent: Sceau\r\nAccept: a/b\r\n\r\n"
    )


def test_a_body_is_sent(serve):
    server = serve(answer(b"", status="204 No Content"))
    sent = b"logout_token=" + b"x" * 500_000
    found = plain(server).fetch("POST", url(server), body=sent)
    assert isinstance(found, Fetched)
    assert found.status == 204
    assert server.requests[0].endswith(sent)


@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "500 Oops", "304 Same"])
def test_other_statuses_are_answers(serve, status):
    found = plain(server := serve(answer(b"", status=status))).fetch("GET", url(server))
    assert isinstance(found, Fetched)
    assert found.status == int(status[:3])


def test_chunks_and_an_answer_without_length(serve):
    chunked = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
    )
    for behave in (chunked, says(b"HTTP/1.1 200 OK\r\n\r\nab", b"cd")):
        found = plain(server := serve(behave)).fetch("GET", url(server))
        assert isinstance(found, Fetched)
        assert found.body == b"abcd"


def test_head_has_no_body(serve):
    server = serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"))
    found = plain(server).fetch("HEAD", url(server))
    assert isinstance(found, Fetched)
    assert found.body == b""


# TLS


@pytest.mark.parametrize(
    ("names", "days"), [(["other.fr"], 1), (["example.fr.evil.fr"], 1), (["example.fr"], -1)]
)
def test_a_certificate_of_another_or_expired(serve, authority, names, days):
    server = serve(answer(b"x"), authority.server(*names, days=days))
    fetcher = guarded(Resolver([PUBLIC]), Dial(server), tls=authority.client())
    refused(fetcher.fetch("GET", "https://example.fr/"), "certificate is refused")
    assert server.requests == []


def test_the_system_authorities_do_not_know_ours(serve, authority):
    server = serve(answer(b"x"), authority.server("example.fr"))
    fetcher = guarded(Resolver([PUBLIC]), Dial(server))
    refused(fetcher.fetch("GET", "https://example.fr/"), "certificate is refused")
    context = system_tls()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_an_address_is_verified_as_an_address(serve, authority):
    server = serve(answer(b"x"), authority.server("127.0.0.1"))
    fetcher = plain(server, tls=authority.client())
    assert isinstance(fetcher.fetch("GET", f"https://127.0.0.1:{server.port}/"), Fetched)


def test_plain_text_where_tls_was_expected(authority):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example.fr ESMTP\r\n")
                connection.recv(1000)

        threading.Thread(target=greet, daemon=True).start()
        fetcher = Fetcher({f"127.0.0.1:{port}"}, 2.0, 1000, tls=authority.client())
        refused(fetcher.fetch("GET", f"https://127.0.0.1:{port}/"), "TLS failed")


def test_an_answer_cut_off_under_tls_is_no_answer(serve, authority):
    def cut(connection, _server):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")

    server = serve(cut, authority.server("127.0.0.1"))
    fetcher = plain(server, tls=authority.client())
    refused(fetcher.fetch("GET", f"https://127.0.0.1:{server.port}/"), "TLS failed")


# What we ask


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("get", {}),
        ("TRACE", {}),
        ("CONNECT", {}),
        ("GET / HTTP/1.1\r\nX: ", {}),
        ("GET", {"A": "b\r\nC: d"}),
        ("GET", {"A\r\nB": "c"}),
        ("GET", {"A": "b\nc"}),
        ("GET", {"A": "\x00"}),
        ("GET", {"A": "é"}),
        ("GET", {"": "a"}),
        ("GET", {"Host": "inside"}),
        ("GET", {"host": "inside"}),
        ("POST", {"Content-Length": "0"}),
        ("POST", {"Transfer-Encoding": "chunked"}),
        ("GET", {"Accept-Encoding": "gzip"}),
        ("GET", {"Connection": "keep-alive"}),
    ],
)
def test_wb_006_a_malformed_request_is_a_fault_of_ours(method, headers):
    dial = Dial()
    with pytest.raises(ValueError, match=r"."):
        guarded(Resolver([PUBLIC]), dial).fetch(method, "https://example.fr/", headers=headers)
    assert dial.dialled == []
