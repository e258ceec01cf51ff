# SPDX-License-Identifier: Apache-2.0
"""The back channel: applications with a SOAP address are told by us, whoever ended the session."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from idp.post_office import open_delivery, tellers_of
from tests.messages.kit import work
from tests.protocol.kit import session_of, settled
from tests.saml_kit import NS, SamlParty, verified
from tests.saml_logout import (
    Known,
    answer_of,
    ask,
    ask_by_soap,
    enter,
    logout_request,
    logout_response,
    party_with_slo,
    soap_answer,
)
from tests.world import ISSUER, Browser, World, open_world

ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
Answer = Callable[[SamlParty, str], bytes]


@dataclass
class Servers:
    """The servers of applications, by path: what each was told, and how it answers."""

    port: int = 0
    told: dict[str, list[bytes]] = field(default_factory=dict)
    answers: dict[str, Callable[[bytes], bytes | None]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    found = Servers()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.told.setdefault(self.path, []).append(body)
            if self.path == "/silent":
                found.closing.wait(120)
                return
            answer = found.answers[self.path](body)
            self.send_response(500 if answer is None else 200)
            self.send_header("Content-Length", str(len(answer or b"")))
            self.end_headers()
            self.wfile.write(answer or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def told_world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, servers: Servers
) -> Iterator[World]:
    """A provider that may reach them, and has patience: the machine may be busy."""
    file = tmp_path_factory.mktemp("told") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    opened = open_world(
        f"sqlite:///{file}", OUTGOING_ALLOW=f"127.0.0.1:{servers.port}", OUTGOING_TIMEOUT="30"
    )
    yield opened
    opened.provider.close()


def listening(
    world: World, servers: Servers, key: str, answer: Answer | None = None, **saml: Any
) -> SamlParty:
    """An application told by SOAP, and asked by Redirect."""
    slo = [
        {"url": servers.url(f"/{key}"), "binding": "soap"},
        {"url": f"https://{key}.example/slo/redirect", "binding": "redirect"},
    ]
    party = party_with_slo(world, key=key, slo=slo, **saml)
    made = answer or (lambda party, request: party.signed(logout_response(party, request)))

    def respond(body: bytes) -> bytes:
        request = etree.fromstring(body)[0][0]
        return ENVELOPE.format(made(party, request.get("ID")).decode()).encode()

    servers.answers[f"/{key}"] = respond
    return party


def told(party: SamlParty, servers: Servers) -> list[Any]:
    """The requests that an application received, by our signature."""
    bodies = servers.told.get(f"/{party.key}", [])
    inside = [etree.tostring(etree.fromstring(body)[0][0]) for body in bodies]
    return [verified(etree.fromstring(one), party.idp_certificates()) for one in inside]


def log_out(party: SamlParty, browser: Browser, known: Known) -> list[str]:
    ask(party, browser, logout_request(party, known.name, known.index))
    return answer_of(party, browser).codes


@pytest.mark.parametrize("written", ["persistent", "transient", "email", "unspecified"])
def test_each_is_told_in_its_own_words(told_world: World, servers: Servers, written: str) -> None:
    one = listening(told_world, servers, f"one-{written}", subject_format=written)
    two = listening(told_world, servers, f"two-{written}", subject_format=written)
    browser = settled(told_world)
    mine, theirs = enter(one, browser), enter(two, browser)
    assert log_out(one, browser, mine) == ["Success"]
    # Whoever asked is answered, and not told.
    assert told(one, servers) == []
    (request,) = told(two, servers)
    name = request.find("saml:NameID", NS)
    assert (name.text, name.get("Format")) == (theirs.name, theirs.format)
    assert request.findtext("samlp:SessionIndex", None, NS) == theirs.index
    assert request.findtext("saml:Issuer", None, NS) == f"{ISSUER}/saml/metadata"
    assert request.get("Destination") == servers.url(f"/{two.key}")
    assert request.get("NotOnOrAfter") > request.get("IssueInstant")


ANSWERS: dict[str, tuple[Answer, bool]] = {
    "signed": (lambda p, r: p.signed(logout_response(p, r)), True),
    # The connection vouches for it.
    "plain": (logout_response, True),
    "failed": (lambda p, r: p.signed(logout_response(p, r, "Responder")), False),
    "other": (lambda p, r: p.signed(logout_response(p, "_of-another-request")), False),
    "thief": (
        lambda p, r: SamlParty(p.world, p.document, "saml evil").signed(logout_response(p, r)),
        False,
    ),
    "nothing": (lambda p, r: b"", False),
    "noise": (lambda p, r: b"<x/>", False),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_only_its_own_word_counts(told_world: World, servers: Servers, how: str) -> None:
    answer, done = ANSWERS[how]
    asking = party_with_slo(told_world)
    told_one = listening(told_world, servers, f"says-{how}", answer)
    browser = settled(told_world)
    known = enter(asking, browser)
    enter(told_one, browser)
    message = logout_request(asking, known.name, known.index, Destination=None)
    codes = soap_answer(asking, ask_by_soap(asking, message)).codes
    assert codes == (["Success"] if done else ["Success", "PartialLogout"])
    assert session_of(told_world, browser) is None


def test_openid_connect_and_saml_end_together(told_world: World, servers: Servers) -> None:
    """Asked by OpenID Connect, the SAML application is told."""
    party = listening(told_world, servers, "mail")
    browser = settled(told_world)
    known = enter(party, browser)
    hint = told_world.client("plain").tokens(browser)["id_token"]
    browser.request("GET", f"/oidc/logout?id_token_hint={hint}")
    (request,) = told(party, servers)
    assert request.findtext("samlp:SessionIndex", None, NS) == known.index


def test_who_was_not_reached_is_told_again(told_world: World, servers: Servers) -> None:
    asking = party_with_slo(told_world)
    late = listening(told_world, servers, "late")
    answers, servers.answers["/late"] = servers.answers["/late"], lambda _body: None
    browser = settled(told_world)
    known = enter(asking, browser)
    theirs = enter(late, browser)
    message = logout_request(asking, known.name, known.index, Destination=None)
    assert "PartialLogout" in soap_answer(asking, ask_by_soap(asking, message)).codes
    servers.answers["/late"] = answers
    provider = told_world.provider
    worker = open_delivery(told_world.core, tellers_of(provider.edge.teller, provider.saml.teller))
    told_world.clock.pass_by(5)
    assert work(worker) >= 1
    first, again = told(late, servers)
    assert again.findtext("samlp:SessionIndex", None, NS) == theirs.index
    # Another request: the first one may have been taken, and its answer lost.
    assert first.get("ID") != again.get("ID")
    told_world.clock.pass_by(3600)
    work(worker)
    assert len(told(late, servers)) == 2
