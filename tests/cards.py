# SPDX-License-Identifier: Apache-2.0
"""Cards for tests: certificates of a demo infrastructure, and a workstation that signs with them.

desk = Desk.at(world)                       # what the world believes from now on
card = desk.card("medecin")                 # a card of somebody of the cast
log_in_by_card(browser, desk, card)         # on the login page that is shown
"""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.test import TestResponse

from connectors.cps_card.statement import (
    Signed,
    Statement,
    read_statement,
    signed_bytes,
    write_answer,
)
from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from tests import pki
from tests.cast import PEOPLE, SECRET, application
from tests.trusting import Bench, lose_lists, put_lists
from tests.world import Browser, World

DAY = 86_400
# Applications that open to a card, beside those of the cast.
APPLICATIONS: dict[str, dict[str, Any]] = {
    "card": application("card", policy={"means": ["password", "cps"], "level": 3}),
    "newcomers": application(
        "newcomers", policy={"means": ["cps"], "level": 3, "card_accounts": "create"}
    ),
    "either": application("either", policy={"means": ["password", "cps"], "level": 1}),
}


@dataclass
class Desk:
    """A workstation with a reader, before a provider whose own trust store believes its cards."""

    world: World
    pki: Pki
    # Authorities by the name of their family: those of `believe` are known to the provider.
    families: dict[str, Pki] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=lambda: [2_600_301_752])
    told: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def at(cls, world: World) -> "Desk":
        """Make a world believe cards, and register the applications that ask for one."""
        core = world.core
        with core.database.write() as tx:
            for document in APPLICATIONS.values():
                core.applications.register(tx, document)
                core.applications.set_secret(tx, document["key"], SECRET)
        desk = cls(world, pki.new_pki(world.clock.now()))
        desk.believe("cps", desk.pki)
        return desk

    def card(self, who: str = "medecin", name: str = "card", **changes: Any) -> Issued:
        """A card of somebody of the cast, with a number of its own."""
        person = PEOPLE[who]
        self.numbers[0] += 1
        facts = {
            "national_id": person.national_id,
            "last_name": person.last_name.upper(),
            "first_name": person.first_name.upper(),
            "serial": str(self.numbers[0]),
        } | {key: value for key, value in changes.items() if key not in {"days", "since", "family"}}
        period = pki.period(
            self.world.clock.now(), changes.get("days", 900), changes.get("since", 30)
        )
        known = self.families[changes.get("family", "cps")]
        return known.issue(pki.card(**facts), period, key=pki.key(name))

    def other_family(self, name: str = "other") -> None:
        """Believe another set of authorities, which speaks of people of its own."""
        self.believe(name, pki.new_pki(self.world.clock.now(), family=name))

    def believe(self, family: str, known: Pki) -> None:
        """Add authorities as an operator does, with the lists of this moment."""
        self.families[family] = known
        self._bench(known).believe(known, family)
        self.tell(family)

    def tell(self, family: str = "cps") -> None:
        """The lists of this moment have come."""
        put_lists(self._bench(self.families[family]), next(self.told))

    def say_nothing(self) -> None:
        """No list is there, and none can be had from where cards say that it is."""
        lose_lists(self._bench(self.pki))

    def revoke(self, issued: Issued) -> None:
        """Its authority takes a card back, and the next list says so."""
        self.pki.revoke(issued.certificate, self.world.clock.now())
        self.tell()

    def _bench(self, known: Pki) -> Bench:
        core = self.world.core
        return Bench(core.database, self.world.clock, known, core.trust)


def sign(
    issued: Issued, text: str, *, algorithm: str = "PS256", presence_key: str = "", **said: Any
) -> str:
    """What an agent answers to a statement; `said` changes what is signed."""
    statement = read_statement(text)
    assert statement is not None, text
    return answer(issued, replace(statement, **said), algorithm, presence_key)


def answer(issued: Issued, statement: Statement, algorithm: str, presence_key: str = "") -> str:
    """The signature of a card over a statement, as an agent writes it."""
    data = signed_bytes(statement, algorithm, presence_key)
    scheme = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(padding.MGF1(SHA256()), 32)
    signature = issued.key.sign(data, scheme, SHA256())
    return write_answer(Signed(issued.der, algorithm, presence_key, signature))


def statement_on(browser: Browser) -> str:
    """What the page asks to have signed, as its script fetches it."""
    form = browser.page.find("form", attrs={"data-statement": True})
    shown, told = browser.last, browser.request("GET", str(form["data-statement"]))
    browser.last = shown
    return str(told.get_json()["statement"])


def show_card_page(browser: Browser) -> TestResponse:
    """On a login page, choose the card."""
    path = browser.last.request.path
    return browser.get(f"{path}?means=cps")


def log_in_by_card(browser: Browser, issued: Issued, **fields: str) -> TestResponse:
    """Choose the card on the login page shown, sign, and send the form."""
    show_card_page(browser)
    statement = statement_on(browser)
    return send(browser, statement=statement, answer=sign(issued, statement), **fields)


def send(browser: Browser, **fields: str) -> TestResponse:
    """Send the card's form; its box is ticked only where the test says so."""
    url, shown = browser.form("/cps")
    shown.pop("account", None)
    return browser.post(url, shown | fields)


def new_presence_key() -> str:
    """A key of an agent, as it is written."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def said_on(browser: Browser) -> str:
    """The error that the login page tells."""
    found = browser.page.find(id="form-error")
    return found.get_text(" ", strip=True) if found else ""


def why(world: World) -> str:
    """The reason of the last failed login, in the audit."""
    return str(json.loads(world.events("login.failed")[-1].detail)["why"])
