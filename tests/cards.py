# SPDX-License-Identifier: Apache-2.0
"""Cards for tests: certificates of a demo infrastructure, and a workstation that signs with them.

desk = Desk.at(world)                       # what the world believes from now on
card = desk.card("medecin")                 # a card of somebody of the cast
log_in_by_card(browser, desk, card)         # on the login page that is shown
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
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
from connectors.ports import Distrust, Trusted
from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from tests import pki
from tests.cast import PEOPLE, SECRET, application
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


class Believing:
    """A trust store that believes the authorities of an infrastructure, as one family each."""

    def __init__(self, clock: Any, families: dict[str, Pki]) -> None:
        self.clock = clock
        self.families = families
        self.revoked: set[int] = set()
        self.certain = True
        # Every certificate judged: nothing is asked for what was not signed.
        self.judged: list[bytes] = []

    def judge(self, certificate: bytes, application: str | None) -> Trusted | Distrust:
        self.judged.append(certificate)
        found = x509.load_der_x509_certificate(certificate)
        for family, known in self.families.items():
            for authority in known.people:
                if not _is_below(found, authority.certificate):
                    continue
                if found.serial_number in self.revoked:
                    return Distrust.REVOKED
                if found.not_valid_after_utc.timestamp() < self.clock.now():
                    return Distrust.EXPIRED
                if found.not_valid_before_utc.timestamp() > self.clock.now():
                    return Distrust.NOT_YET_VALID
                key = authority.certificate.public_key().public_bytes(
                    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
                )
                until = int(found.not_valid_after_utc.timestamp())
                return Trusted(family, hashlib.sha256(key).hexdigest(), until, self.certain)
        return Distrust.UNKNOWN_AUTHORITY


@dataclass
class Desk:
    """A workstation with a reader, before a provider that believes its cards."""

    world: World
    pki: Pki
    believing: Believing
    numbers: list[int] = field(default_factory=lambda: [2_600_301_752])

    @classmethod
    def at(cls, world: World) -> "Desk":
        """Make a world believe cards, and register the applications that ask for one."""
        made = pki.new_pki(world.clock.now())
        believing = Believing(world.clock, {"cps": made})
        connector = world.provider.services.connectors["cps"]
        connector._trust = believing
        core = world.core
        with core.database.write() as tx:
            for document in APPLICATIONS.values():
                core.applications.register(tx, document)
                core.applications.set_secret(tx, document["key"], SECRET)
        return cls(world, made, believing)

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
        known = self.believing.families[changes.get("family", "cps")]
        return known.issue(pki.card(**facts), period, key=pki.key(name))

    def other_family(self, name: str = "other") -> None:
        """Believe another set of authorities, which speaks of people of its own."""
        self.believing.families[name] = pki.new_pki(self.world.clock.now(), family=name)


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


def _is_below(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
