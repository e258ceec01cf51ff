# SPDX-License-Identifier: Apache-2.0
"""Cards in software, a window that plays a script, and an agent that answers on a free port."""

import http.client
import json
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.limits import Rate
from connectors.cps_card.agent.presence import Presence
from connectors.cps_card.agent.server import Door, Listening
from connectors.cps_card.agent.signing import Signer
from connectors.cps_card.agent.software import SoftwareCards, describe, virtual_reader
from connectors.cps_card.agent.window import Unanswered
from connectors.cps_card.statement import Statement, write_statement
from idp.demo.pki import authority_name
from idp.demo.pki_authority import Issued, root
from idp.demo.pki_cards import Card, Use, issue

NOW = 1_800_000_000
DAY = 86400
PERIOD = (NOW - 900 * DAY, NOW + 3000 * DAY)
ORIGIN = "https://sceau.example"
CLAIRE = Card("899700000010", "DURAND", "CLAIRE", "2600301752", profession=10, title="Médecin")
MARC = Card("899700000028", "PETIT", "MARC", "2600301760", profession=21, title="Pharmacien")


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def issued(card: Card = CLAIRE, use: Use = Use.AUTHENTICATION) -> Issued:
    """A card's certificate, under an authority that nobody needs to believe here."""
    return made(card, use)


@cache
def made(card: Card, use: Use) -> Issued:
    return issue_with(key(f"{card.serial} {use.value}"), card, use)


def issue_with(own, card: Card = CLAIRE, use: Use = Use.AUTHENTICATION) -> Issued:
    """The same for a key of any kind."""
    name = authority_name("TEST AC", "TESTS")
    authority = root("TEST", name, PERIOD, "http://localhost:9", key("authority"))
    return issue(authority, card, PERIOD, use, own)


@cache
def packed(card: Card, pin: str) -> bytes:
    return issued(card).pkcs12(pin)


def put_card(folder: Path, name: str, card: Card = CLAIRE, pin: str = "1234", tries: int = 3):
    """A software card's two files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.p12").write_bytes(packed(card, pin))
    (folder / f"{name}.json").write_text(describe(issued(card).der, tries), "utf-8")
    return folder / f"{name}.p12"


def new_reader(folder: Path) -> Path:
    """A virtual reader's folder, with nothing in it but two cards beside it."""
    folder.mkdir(mode=0o700)
    put_card(folder / "cards", "claire")
    put_card(folder / "cards", "marc", MARC, "9876")
    return folder


def insert(folder: Path, name: str) -> None:
    (folder / "inserted").write_text(name, "utf-8")


def remove(folder: Path) -> None:
    (folder / "inserted").unlink()


@contextmanager
def workstations(reader: Path):
    """Makes agents on one virtual reader, with Claire's card in it."""
    insert(reader, "claire")
    made = []

    def make(**parts):
        made.append(Workstation(reader, **parts))
        return made[-1]

    try:
        yield make
    finally:
        for each in made:
            each.close()


class Script:
    """A window that answers what it was told to, and notes what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    @contextmanager
    def open(self):
        yield self

    def ask(self, question, pointless):
        self.asked.append(question)
        answer = self.answers.pop(0) if self.answers else Unanswered.CANCELLED
        if callable(answer):
            answer = answer(question, pointless)
        return Pin(answer) if isinstance(answer, str) else answer


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Workstation:
    """An agent on a free port, with a virtual reader and a scripted window."""

    def __init__(
        self,
        folder,
        *,
        window=None,
        post=None,
        is_mine=None,
        clock=None,
        a_minute=100,
        more_origins=(),
    ):
        self.folder = folder
        self.window = window or Script()
        self.posted = []
        self.cards = SoftwareCards(virtual_reader(folder))
        self.presence = Presence(self.cards, post or self._note)
        self.clock = clock or Clock()
        origins = frozenset({ORIGIN, "http://localhost:8000", *more_origins})
        rate = Rate(a_minute, self.clock)
        signer = Signer(origins, self.cards, self.window, self.presence, rate)
        mine = is_mine or (lambda client, server: True)
        self.door = Listening(0, Door(origins, self.cards, signer, mine), pause=0.02)
        self.port = self.door.port
        self.door.start()

    def _note(self, issuer, text):
        self.posted.append((issuer, json.loads(text)))

    def close(self):
        self.door.close()
        self.presence.close()
        self.cards.close()

    def call(self, path, members=None, **changes):
        """Status and members of the answer to a request as the login page sends it."""
        status, _, body = self.raw("POST", path, json.dumps(members or {}).encode(), changes)
        return status, json.loads(body) if body else None

    def raw(self, method, path, body=b"", changes=None, host="127.0.0.1"):
        """A request with some headers changed, or left out where they are None."""
        headers = {
            "Host": f"localhost:{self.port}",
            "Origin": ORIGIN,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in (changes or {}).items()},
        }
        connection = http.client.HTTPConnection(host, self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def sign(self, **changes):
        return self.call("/v1/sign", {"statement": asked(**changes)})


def asked(**changes) -> str:
    """A statement as the server writes it."""
    usual = {
        "issuer": ORIGIN,
        "origin": ORIGIN,
        "site": "Sceau, Région Centre",
        "nonce": "n" * 22,
        "journey": "j-1",
        "at": NOW,
        "purpose": "login",
    }
    return write_statement(Statement(**{**usual, **changes}))


def wait_until(holds, seconds: float = 30.0) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return bool(found)
