# SPDX-License-Identifier: Apache-2.0
"""The server that asks for the card itself: each connection alone, and nobody let in unheard."""

import contextlib
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.cli.door import THREADS
from tests.card_kit import CardDouble, offer_card
from tests.card_process import Reached, embedded, exchange, paper, s_client, was_new, with_trailer

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = pytest.mark.parametrize(
    "version", [pytest.param(TLS12, id="1.2"), pytest.param(TLS13, id="1.3")]
)
FLAGS = {TLS12: "-tls1_2", TLS13: "-tls1_3"}


@pytest.fixture(scope="module")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """The program, over a database of its own."""
    folder = tmp_path_factory.mktemp("door")
    file = folder / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        with embedded(f"sqlite:///{file}", folder) as (reached, process):
            CardDouble.believe(paper("card"), reached.world.cast["medecin"].id)
            yield reached
            assert "Traceback" not in process.news()


@VERSIONS
def test_a_card_opens_the_application(door, version):
    assert "code" in door.log_in(context=door.context("card", version))


@VERSIONS
def test_without_a_card_there_is_a_page(door, version):
    _browser, path = door.set_out()
    seen = door.get(path, context=door.context("", version))
    assert (seen.status, seen.problem) == (400, "card-missing")


@VERSIONS
def test_an_expired_card_reaches_its_page_on_the_journey(door, version):
    browser, path = door.set_out()
    seen = door.get(path, context=door.context("expired", version))
    browser.get(seen.location)
    assert browser.page.find(id="form-error").get_text() == "wrong"


@VERSIONS
def test_xc_002_a_card_of_an_unknown_authority_gets_no_further_than_the_handshake(door, version):
    _browser, path = door.set_out()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        door.get(path, context=door.context("stranger", version))
    # The handle is not used up: the right card comes next.
    assert door.get(path, "card").status == 303


@VERSIONS
@pytest.mark.parametrize("asks", [True, False], ids=["after-an-answer", "after-nothing"])
def test_xc_024_no_session_is_taken_up_again(door, version, asks):
    context = door.context("card", version)
    ask = f"GET /health/live HTTP/1.1\r\nHost: localhost:{door.port}\r\n\r\n".encode()
    session = None
    for _again in range(5):
        with socket.create_connection(("localhost", door.port), timeout=30) as plain:
            shaken = context.wrap_socket(plain, server_hostname="localhost", session=session)
            assert not shaken.session_reused
            if asks:
                shaken.sendall(ask)
                answer = b""
                while part := shaken.recv(65536):
                    answer += part
                assert b"Connection: close" in answer
            # Left in good order: OpenSSL forgets by itself a session that was broken off.
            with contextlib.suppress(ssl.SSLError, OSError):
                shaken.unwrap()
            session = shaken.session
            assert session is None or not session.has_ticket
            shaken.close()


@pytest.mark.parametrize("flag", ["-tls1_2", "-tls1_3"])
def test_xc_024_openssl_takes_up_no_session_either(door, flag):
    session = door.folder / f"session{flag}.pem"
    ask = f"GET /health/live HTTP/1.1\r\nHost: localhost:{door.port}\r\n\r\n"
    first = s_client(door, flag, "-sess_out", str(session), "-ign_eof", sent=ask)
    assert was_new(first) == [True], first
    if session.exists():
        again = s_client(door, flag, "-sess_in", str(session), "-ign_eof", sent=ask)
        assert was_new(again) == [True], again
    # By ticket and by session id.
    for how in ([], ["-no_ticket"]) if flag == "-tls1_2" else ():
        assert was_new(s_client(door, flag, "-reconnect", *how)) == [True] * 6


def test_xc_024_a_second_card_is_read_as_itself(door):
    """Card A, then card B, by one program that keeps its sessions."""
    context = door.context("card")
    first, one = door.set_out()
    second, two = door.set_out()
    seen = door.get(one, context=context)
    assert "code" in door.world.client("carded").answered(first.get(seen.location))
    context.load_cert_chain(door.files["expired"])
    seen = door.get(two, context=context)
    second.get(seen.location)
    assert CardDouble.seen[-2:] == [paper("card").der, paper("expired").der]


def test_xc_024_a_connection_answers_once(door):
    ask = f"GET /health/live HTTP/1.1\r\nHost: localhost:{door.port}\r\n\r\n".encode()
    assert exchange(door, ask * 2).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("flag", ["-tls1", "-tls1_1"])
def test_older_tls_is_not_spoken(door, flag):
    told = s_client(door, flag, "-cipher", "ALL:@SECLEVEL=0")
    assert "Cipher is (NONE)" in told
    assert "alert protocol version" in told


SMUGGLED = {
    "both-lengths": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two-lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "signed-length": "Content-Length: +5\r\n\r\nhello",
    "a-length-in-words": "Content-Length: five\r\n\r\nhello",
    "chunked-twice": "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked-and-more": "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "chunked-misspelt": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked-with-a-tab": "Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n",
    "a-space-before-the-colon": "Content-Length : 5\r\n\r\nhello",
    "folded": "X-One: two\r\n three\r\n\r\n",
    "an-underscore": "Client_Cert: :AAAA:\r\n\r\n",
    "another-underscore": "X_SSL_Client-Cert: AAAA\r\n\r\n",
    "a-nul": "X-One: t\x00o\r\n\r\n",
    "a-bare-line-feed": "X-One: two\nClient-Cert: :AAAA:\r\n\r\n",
    "a-bare-return": "X-One: two\rClient-Cert: :AAAA:\r\n\r\n",
}


@pytest.mark.parametrize("how", SMUGGLED)
def test_xc_022_what_can_be_read_in_two_ways_is_refused(door, how):
    _browser, path = door.set_out()
    ask = f"GET {path} HTTP/1.1\r\nHost: localhost:{door.port}\r\n{SMUGGLED[how]}"
    received = exchange(door, ask.encode("latin-1") + b"GET /health/live HTTP/1.1\r\n\r\n")
    assert received.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), received
    assert received.count(b"HTTP/1.1 ") == 1
    # Nothing was read: the handle still waits.
    assert door.get(path).problem == "card-missing"


def test_xc_022_what_comes_behind_a_body_is_no_header(door):
    _browser, path = door.set_out()
    received = exchange(door, with_trailer(door, path), "")
    assert b"card-missing" in received or received.startswith(b"HTTP/1.1 400"), received
    assert received.count(b"HTTP/1.1 ") == 1
    assert door.get(path).problem == "card-missing"


def test_xc_020_headers_count_for_nothing_where_no_proxy_is(door):
    browser, path = door.set_out()
    forged = {
        "Client-Cert": paper("card").header,
        "X-SSL-Client-Cert": paper("card").pem.replace("\n", " "),
        "X-Forwarded-For": "127.0.0.1",
    }
    assert door.get(path, headers=forged).problem == "card-missing"
    # And beside a real certificate they change nothing.
    seen = door.get(path, "expired", headers=forged)
    browser.get(seen.location)
    assert CardDouble.seen[-1] == paper("expired").der


def test_somebody_who_says_nothing_keeps_nobody_waiting(door):
    silent = [socket.create_connection(("localhost", door.port)) for _one in range(70)]
    try:
        assert door.get("/health/live").status == 200
    finally:
        for one in silent:
            one.close()


def test_somebody_who_says_it_slowly_keeps_nobody_waiting_for_ever(door):
    """As many as there are threads, after whole handshakes."""
    over = threading.Event()
    context = door.context("")
    with contextlib.ExitStack() as stack:
        slow = []
        for _one in range(THREADS):
            plain = stack.enter_context(socket.create_connection(("localhost", door.port), 30))
            shaken = context.wrap_socket(plain, server_hostname="localhost")
            slow.append(stack.enter_context(shaken))

        def trickle() -> None:
            while not over.wait(1):
                for one in slow:
                    with contextlib.suppress(OSError):
                        one.sendall(b"G")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            assert door.get("/health/live").status == 200
        finally:
            over.set()
            thread.join()
