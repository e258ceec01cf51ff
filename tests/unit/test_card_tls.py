# SPDX-License-Identifier: Apache-2.0
"""TLS at the card's address, in this process: what is asked for, and what is never taken up."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.cli import door_tls
from idp.cli.card_findings import is_for
from idp.cli.door_tls import REFRESH, Contexts
from idp.http.client_certificates import Unusable, from_handshake
from idp.http.wire import Call
from idp.origin import Origin
from tests.card_kit import authority, card_of, host_paper


def call_over(connection: object) -> Call:
    """A request that came by this connection."""
    environ = {"REQUEST_METHOD": "GET", "gunicorn.socket": connection}
    return Call(environ, Origin("192.0.2.1", "", "request"))


def shake(
    server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[object, ssl.SSLSession | None, bool]:
    """What the server reads of one handshake; the session it leaves; whether it was resumed."""
    near, far = socket.socketpair()
    read: list[object] = []

    def serve() -> None:
        with server.wrap_socket(far, server_side=True) as connection:
            read.append(from_handshake(call_over(connection)))
            connection.sendall(b"answer")
            connection.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    with client.wrap_socket(near, session=session) as connection:
        connection.recv(6)
        kept, resumed = connection.session, bool(connection.session_reused)
        connection.sendall(b".")
        thread.join(30)
    return read[0], kept, resumed


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The server's own certificate, and the card's."""
    return host_paper().file(tmp_path, "host"), card_of().file(tmp_path, "card")


def browser(card: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(card)
    return context


def careless(host: Path) -> Callable[[], ssl.SSLContext]:
    """A server that keeps sessions, as servers do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(host)
    context.load_verify_locations(cadata=authority().pem)
    context.verify_mode = ssl.CERT_OPTIONAL
    return lambda: context


def test_xc_024_a_card_of_an_earlier_handshake_is_not_read(files):
    host, card = files
    server, client = careless(host), browser(card)
    read, session, resumed = shake(server(), client)
    assert (read, resumed) == (card_of().der, False)
    read, _session, resumed = shake(server(), client, session)
    # Whoever keeps sessions would have had the card of before.
    assert (read, resumed) == (Unusable.RESUMED, True)


def test_xc_024_no_context_knows_the_session_of_another(files):
    host, card = files
    contexts, client = Contexts(host, host, lambda: authority().pem), browser(card)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _again in range(3):
        read, session, resumed = shake(contexts.new(), client, session)
        assert (read, resumed) == (card_of().der, False)


def test_what_fapi_lets_be_agreed_on_and_nothing_else(files):
    """FAPI 2.0 §5.2.2: of TLS 1.2 what RFC 9325 §4.2 names, and no older version."""
    host, _card = files
    context = Contexts(host, host, str).new()
    old = {one["name"] for one in context.get_ciphers() if one["protocol"] == "TLSv1.2"}
    strong = {"AES128-GCM-SHA256", "AES256-GCM-SHA384"}
    assert old == {f"ECDHE-{kind}-{one}" for kind in ("RSA", "ECDSA") for one in strong}
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_authorities_that_change_count_soon(files):
    host, card = files
    known, now = [""], [0.0]
    contexts = Contexts(host, host, lambda: known[0], lambda: now[0])
    assert contexts.new().get_ca_certs() == []
    known[0] = authority().pem
    now[0] = REFRESH
    assert contexts.new().get_ca_certs() == []
    now[0] = REFRESH + 1
    assert len(contexts.new().get_ca_certs()) == 1
    read, _session, _resumed = shake(contexts.new(), browser(card))
    assert read == card_of().der


def read_slowly(server: ssl.SSLContext, client: ssl.SSLContext) -> bytes:
    """What the server reads of a client that sends a byte at a time."""
    near, far = socket.socketpair()
    over = threading.Event()

    def trickle() -> None:
        with contextlib.suppress(OSError), client.wrap_socket(near) as connection:
            for _byte in range(400):
                connection.sendall(b"x")
                if over.wait(0.05):
                    break

    thread = threading.Thread(target=trickle)
    thread.start()
    read = b""
    try:
        with server.wrap_socket(far, server_side=True) as connection:
            usual = connection.gettimeout()
            with contextlib.suppress(TimeoutError):
                while part := connection.recv(65536):
                    read += part
            # Time to answer is not what is left of that.
            assert connection.gettimeout() == usual
    finally:
        over.set()
        thread.join(30)
    return read


def test_a_request_that_comes_byte_by_byte_keeps_no_thread(files, monkeypatch):
    host, card = files
    monkeypatch.setattr(door_tls, "PATIENCE", 2.0)
    read = read_slowly(Contexts(host, host, lambda: authority().pem).new(), browser(card))
    # Each byte came in time; all of them did not.
    assert 0 < len(read) < 400


def test_who_says_nothing_at_all_is_dropped_before_the_handshake(files, monkeypatch):
    host, _card = files
    monkeypatch.setattr(door_tls, "PATIENCE", 0.2)
    here, there = socket.socketpair()
    with here, there, pytest.raises(TimeoutError):
        Contexts(host, host, lambda: authority().pem).new().wrap_socket(here, server_side=True)


def test_people_have_time_for_their_pin_within_the_handshake():
    assert door_tls.HANDSHAKE >= 60


def test_a_request_that_came_by_no_handshake_has_no_card():
    assert from_handshake(call_over(None)) is Unusable.NOT_OURS


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [
        ("cps.example", "cps.example", True),
        ("*.example", "cps.example", True),
        ("*.example", "a.cps.example", False),
        ("*.example", "example", False),
        ("c*.example", "cps.example", False),
        ("example", "cps.example", False),
    ],
)
def test_a_certificate_is_for_the_hosts_that_it_names(name, host, fits):
    assert is_for(host_paper(name).certificate, host) is fits
