# SPDX-License-Identifier: Apache-2.0
"""A card's login through each proxy, by the very file that the docs give."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.card_kit import PROXY_SECRET, CardDouble
from tests.card_process import Reached, exchange, paper, s_client, was_new, with_trailer
from tests.interop.card_proxies import HEADERS, offered

pytestmark = pytest.mark.interop
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
FLAGS = {"1.2": "-tls1_2", "1.3": "-tls1_3"}


@pytest.fixture(scope="module", params=sorted(HEADERS))
def proxy(
    request: pytest.FixtureRequest,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reached]:
    """Each of them in turn, in front of a program of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    with offered(request.param, sqlite_template, folder) as reached:
        yield reached


@pytest.mark.parametrize("version", VERSIONS)
def test_a_card_opens_the_application(proxy, version):
    assert "code" in proxy.log_in(context=proxy.context("card", VERSIONS[version]))


@pytest.mark.parametrize("version", VERSIONS)
def test_without_a_card_there_is_a_page(proxy, version):
    _browser, path = proxy.set_out()
    seen = proxy.get(path, context=proxy.context("", VERSIONS[version]))
    assert (seen.status, seen.problem) == (400, "card-missing")
    assert seen.headers["Connection"] == "close"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("card", ["expired", "stranger"])
def test_xc_023_a_wrong_card_reaches_a_page_of_ours_and_opens_nothing(proxy, card, version):
    browser, path = proxy.set_out()
    if proxy.name == "apache" and card == "expired":
        # As its file and the docs say: mod_ssl has no way to let this one through.
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_EXPIRED"):
            proxy.get(path, context=proxy.context(card, VERSIONS[version]))
        return
    seen = proxy.get(path, context=proxy.context(card, VERSIONS[version]))
    assert seen.status == 303, seen.body
    browser.get(seen.location)
    assert browser.page.find(id="form-error").get_text() == "wrong"
    # The very certificate of the handshake, whatever the proxy thought of it.
    assert CardDouble.seen[-1] == paper(card).der


FORGED = {
    name: paper("card").header
    for name in (
        "Client-Cert",
        "client-cert",
        "CLIENT-CERT",
        "Client-Cert-Chain",
        "Client_Cert",
        "X-Client-Cert",
    )
} | {
    name: paper("card").pem.replace("\n", " ")
    for name in (
        "X-SSL-Client-Cert",
        "x-ssl-client-cert",
        "X_SSL_CLIENT_CERT",
        "X-SSL_Client-Cert",
        "X-Forwarded-Client-Cert",
        "SSL-Client-Cert",
        "Ssl-Client-Cert",
    )
}


@pytest.mark.parametrize("name", FORGED)
def test_xc_020_a_header_from_outside_is_no_card(proxy, name):
    """With and without the proxy's own words, which an outsider might have learned."""
    _browser, path = proxy.set_out()
    seen = len(CardDouble.seen)
    for more in ({}, {"X-Sceau-Proxy": PROXY_SECRET, "X-Forwarded-For": "127.0.0.1"}):
        answer = proxy.get(path, headers={name: FORGED[name]} | more)
        # No card was shown; or the request made no sense at all.
        assert answer.problem == "card-missing" or answer.status == 400, answer.body
        assert not answer.location
    assert len(CardDouble.seen) == seen


@pytest.mark.parametrize("name", FORGED)
def test_xc_020_a_header_from_outside_changes_no_card(proxy, name):
    browser, path = proxy.set_out()
    answer = proxy.get(path, "stranger", headers={name: FORGED[name]})
    if answer.status == 400:
        assert not answer.location
        return
    browser.get(answer.location)
    assert CardDouble.seen[-1] == paper("stranger").der


@pytest.mark.parametrize("dropped", ["Client-Cert", "X-SSL-Client-Cert", "X-Sceau-Proxy"])
def test_xc_022_a_header_cannot_be_dropped_to_become_somebody_else(proxy, dropped):
    browser, path = proxy.set_out()
    forged = {"Connection": f"close, {dropped}", dropped: FORGED.get(dropped, PROXY_SECRET)}
    answer = proxy.get(path, "stranger", headers=forged)
    if answer.location:
        browser.get(answer.location)
        assert CardDouble.seen[-1] == paper("stranger").der
    else:
        assert answer.problem in {"card-missing", "card-not-by-proxy"} or answer.status == 400


def test_xc_022_what_comes_behind_a_body_is_no_header(proxy):
    _browser, path = proxy.set_out()
    received = exchange(proxy, with_trailer(proxy, path), "")
    assert b"card-missing" in received or received.startswith(b"HTTP/1.1 4"), received
    assert proxy.get(path).problem == "card-missing"


def test_xc_021_past_the_proxy_there_is_nothing(proxy):
    _browser, path = proxy.set_out()
    host = proxy.address.removeprefix("https://")
    forged = {"Host": host, "Client-Cert": FORGED["Client-Cert"]}
    answer = requests.get(f"http://127.0.0.1:{proxy.door_port}{path}", headers=forged, timeout=30)
    assert answer.status_code == 403
    assert "card-not-by-proxy" in answer.text


@pytest.mark.parametrize("version", FLAGS)
def test_xc_024_no_session_is_taken_up_again(proxy, version):
    flag = FLAGS[version]
    session = proxy.folder / f"session{flag}.pem"
    ask = f"GET /health/live HTTP/1.1\r\nHost: localhost:{proxy.port}\r\n\r\n"
    first = s_client(proxy, flag, "-sess_out", str(session), "-ign_eof", sent=ask)
    assert was_new(first) == [True], first
    assert "HTTP/1.1 200" in first
    assert first.lower().count("connection: close") == 1
    if session.exists():
        again = s_client(proxy, flag, "-sess_in", str(session), "-ign_eof", sent=ask)
        assert was_new(again) == [True], again
    for how in ([], ["-no_ticket"]) if version == "1.2" else ():
        assert was_new(s_client(proxy, flag, "-reconnect", *how)) == [True] * 6


def test_xc_024_a_connection_answers_once(proxy):
    ask = f"GET /health/live HTTP/1.1\r\nHost: localhost:{proxy.port}\r\n\r\n"
    told = s_client(proxy, "-ign_eof", sent=ask * 2)
    assert told.count("HTTP/1.1 200") == 1


def test_browsers_are_told_whose_cards_are_asked_for(proxy):
    told = s_client(proxy, "-tls1_3")
    assert "AUTHORITY OF CARDS" in told.partition("Acceptable client certificate CA names")[2]
