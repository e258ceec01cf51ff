# SPDX-License-Identifier: Apache-2.0
"""A certificate in a header: the proxy's alone, in one writing, at the card's address alone."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from idp.http.client_certificates import byte_sequence, pem
from tests.card_kit import (
    CARD_ADDRESS,
    PROXY,
    PROXY_SECRET,
    CardDouble,
    CardWorld,
    Paper,
    card_of,
    offer_card,
    open_cards,
)
from tests.world import ISSUER

ALIASES = (
    "X-SSL-Client-Cert",
    "X-SSL-Cert",
    "X-Client-Cert",
    "X-Forwarded-Client-Cert",
    "SSL-Client-Cert",
    "Ssl-Client-Cert",
    "Client-Cert-Chain",
    "X-Forwarded-Tls-Client-Cert",
    "X-ARR-ClientCert",
)


@pytest.fixture(scope="module")
def opened(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardWorld]:
    """Both addresses; the card of the doctor is believed."""
    file = tmp_path_factory.mktemp("headers") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        opened = open_cards(f"sqlite:///{file}")
        opened.believe(card_of())
        yield opened
        opened.door.close()
        opened.world.provider.close()


@pytest.fixture
def cards(opened: CardWorld) -> CardWorld:
    """The same, where no card was seen yet."""
    CardDouble.seen.clear()
    return opened


def escaped(paper: Paper) -> str:
    """As nginx writes a certificate."""
    return paper.pem.replace("\n", "%0A").replace(" ", "%20").replace("+", "%2B")


def spaced(paper: Paper) -> str:
    """As Apache does."""
    return paper.pem.replace("\n", " ")


def written(der: bytes) -> str:
    """As RFC 9440 writes these bytes."""
    return f":{base64.b64encode(der).decode()}:"


def is_unread(cards: CardWorld, address: str) -> bool:
    """Whether the handover still waits: nothing was taken for a certificate."""
    return cards.request(address).status_code == 400 and cards.problem == "card-missing"


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("how", ["value", "verified"])
def test_xc_020_only_the_header_that_is_configured_is_read(cards, alias, how):
    address = cards.leave(cards.world.browser())
    headers = {alias: card_of().header if how == "value" else escaped(card_of())}
    headers |= {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-S-DN": "CN=somebody"}
    cards.request(address, headers=headers)
    assert cards.problem == "card-missing"


def test_xc_020_variables_of_the_server_itself_are_not_read(cards):
    address = cards.leave(cards.world.browser())
    cards.last = cards.client.get(
        address.removeprefix(CARD_ADDRESS),
        base_url=CARD_ADDRESS,
        headers={"X-Sceau-Proxy": PROXY_SECRET},
        environ_base={
            "REMOTE_ADDR": PROXY,
            "SSL_CLIENT_CERT": card_of().pem,
            "HTTPS_CLIENT_CERTIFICATE": card_of().der.decode("latin-1"),
            "SSL_CLIENT_VERIFY": "SUCCESS",
        },
    )
    assert cards.problem == "card-missing"


@pytest.mark.parametrize(
    ("peer", "secret"),
    [
        pytest.param("203.0.113.9", PROXY_SECRET, id="another-address"),
        pytest.param(PROXY, "", id="no-secret"),
        pytest.param(PROXY, PROXY_SECRET[:-1], id="a-shorter-secret"),
        pytest.param(PROXY, PROXY_SECRET.upper(), id="another-secret"),
        pytest.param("", PROXY_SECRET, id="no-address"),
        pytest.param("127.0.0.1", PROXY_SECRET, id="this-machine"),
    ],
)
def test_xc_021_whoever_comes_past_the_proxy_is_refused(cards, peer, secret):
    address = cards.leave(cards.world.browser())
    answer = cards.request(address, card_of(), peer=peer, secret=secret)
    assert (answer.status_code, cards.problem) == (403, "card-not-by-proxy")
    # An address that the forger writes down is not where they come from.
    forwarded = {"X-Forwarded-For": PROXY, "X-Real-IP": PROXY, "Forwarded": f"for={PROXY}"}
    if peer != PROXY:
        cards.request(address, card_of(), peer=peer, secret=secret, headers=forwarded)
        assert cards.problem == "card-not-by-proxy"
    assert is_unread(cards, address)


def test_xc_020_no_certificate_is_read_on_the_main_address(cards):
    browser = cards.world.browser(PROXY)
    cards.world.client("carded").ask(browser)
    url, fields = browser.form("/card")
    forged = {"Client-Cert": card_of().header, "X-Sceau-Proxy": PROXY_SECRET}
    journey = url.removesuffix("/card")
    for path in (f"{journey}/cps", url, f"{journey}/card/{'x' * 43}"):
        for method in ("GET", "POST"):
            browser.request(method, path, data=fields, headers=forged)
    assert CardDouble.seen in ([], [b""] * len(CardDouble.seen))
    assert not cards.world.events("login.proved")
    # Nor is the card's own path served there, whatever the Host header says.
    assert browser.request("GET", f"/card/{'x' * 43}", headers=forged).status_code == 404


WRONG = {
    "quoted": lambda p: f'"{p.header}"',
    "bare": lambda p: p.header.strip(":"),
    "half": lambda p: p.header[:-1],
    "with-parameters": lambda p: p.header + ";a=1",
    "two": lambda p: f"{p.header}, {p.header}",
    "two-joined": lambda p: f"{p.header},{card_of('somebody').header}",
    "two-in-one": lambda p: written(p.der + card_of("somebody").der),
    "something-behind": lambda p: written(p.der + b"0"),
    "half-of-it": lambda p: written(p.der[:-1]),
    "no-certificate": lambda _p: written(b"certificate"),
    "nearly-nothing": lambda _p: written(b"0"),
    "escaped": lambda p: p.header.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    "url-safe": lambda p: p.header.replace("+", "-").replace("/", "_"),
    "a-space-inside": lambda p: p.header[:40] + " " + p.header[40:],
    "a-break-inside": lambda p: p.header[:40] + "\t" + p.header[40:],
    "pem": spaced,
    "empty": lambda _p: "::",
    "padding-alone": lambda _p: ":====:",
    "too-large": lambda _p: written(b"\x30\x82\x40\x00" + bytes(16_384)),
    "spare-bits": lambda _p: ":TQ=:",
    "other-letters": lambda p: p.header[:-3] + "é:",
}


@pytest.mark.parametrize("how", WRONG)
def test_xc_020_what_is_no_single_byte_sequence_is_refused(cards, how):
    paper = card_of()
    address = cards.leave(cards.world.browser())
    value = WRONG[how](paper)
    if how == "url-safe" and value == paper.header:
        value = ":-_-_:"
    answer = cards.request(address, headers={"Client-Cert": value})
    assert (answer.status_code, cards.problem) == (400, "card-unreadable")
    assert is_unread(cards, address)


def test_xc_020_both_writings_of_pem_are_read_and_no_other():
    paper, other = card_of(), card_of("somebody")
    assert pem(escaped(paper)) == pem(spaced(paper)) == paper.der
    assert byte_sequence(paper.header) == paper.der
    body = paper.pem.split("-----")[2]
    for wrong in (
        escaped(paper) + escaped(other),
        f"{escaped(paper)},{escaped(other)}",
        f"{spaced(paper)}, {spaced(other)}",
        spaced(paper) + spaced(other),
        "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE----- ==== -----END CERTIFICATE-----",
        spaced(paper).replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        spaced(paper).replace("CERTIFICATE", "X509 CERTIFICATE"),
        paper.key_pem.replace("\n", " "),
        f"subject=CN {spaced(paper)}",
        body,
        paper.header,
        escaped(paper).replace("%0A", "%250A"),
        "%ff%fe",
        "%",
    ):
        assert pem(wrong) is None, wrong


@pytest.mark.parametrize("writing", [escaped, spaced])
def test_the_header_of_nginx_and_apache_opens_the_application(sqlite_url, monkeypatch, writing):
    offer_card(monkeypatch)
    cards = open_cards(sqlite_url, CARDS_PROXY_HEADER="x-ssl-client-cert")
    try:
        paper, browser = cards.believe(card_of()), cards.world.browser()
        address = cards.leave(browser)
        # Apache says so where there is no certificate; and the other header counts for nothing.
        for nothing in ("", "(null)"):
            cards.request(address, card_of(), headers={"X-SSL-Client-Cert": nothing})
            assert cards.problem == "card-missing"
        answer = cards.request(address, headers={"X-SSL-Client-Cert": writing(paper)})
        answer = browser.get(answer.headers["Location"])
        assert "code" in cards.world.client("carded").answered(answer)
    finally:
        cards.door.close()
        cards.world.provider.close()


def test_xc_023_what_a_proxy_says_of_a_certificate_counts_for_nothing(cards):
    stranger, browser = card_of("somebody"), cards.world.browser()
    address = cards.leave(browser)
    verified = {
        "X-SSL-Client-Verify": "SUCCESS",
        "SSL-Client-Verify": "SUCCESS",
        "X-Client-Verify": "0",
    }
    back = cards.request(address, stranger, headers=verified).headers["Location"]
    browser.get(back)
    # Handed to the means as it is, and refused there.
    assert CardDouble.seen == [stranger.der]
    assert not cards.world.events("login.proved")
    assert cards.world.events("login.failed")


def test_xc_021_a_server_that_asks_itself_reads_no_header(sqlite_url, monkeypatch, tmp_path):
    offer_card(monkeypatch)
    for name in ("certificate", "key"):
        (tmp_path / name).touch(0o600)
    changes = {
        "CARDS_PROXY_HEADER": "none",
        "CARDS_TLS_CERTIFICATE": str(tmp_path / "certificate"),
        "CARDS_TLS_KEY": str(tmp_path / "key"),
    }
    cards = open_cards(sqlite_url, **changes)
    try:
        address = cards.leave(cards.world.browser())
        cards.request(address, card_of())
        assert cards.problem == "card-not-by-proxy"
    finally:
        cards.door.close()
        cards.world.provider.close()


@pytest.mark.parametrize("host", [ISSUER, "https://elsewhere.example", CARD_ADDRESS + ":8443"])
def test_xc_026_no_other_host_is_served_at_the_card(cards, host):
    answer = Client(cards.door.app).get("/health/live", base_url=host)
    assert answer.status_code == 400
