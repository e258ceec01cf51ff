# SPDX-License-Identifier: Apache-2.0
"""Nomad readers for tests: a card, its secret, and what the reader would show."""

import re
from dataclasses import dataclass

from connectors.calculette.ocra import Given, hash_pin, respond
from connectors.calculette.suite import Suite, read_suite
from idp.credentials.calculettes import Added, Batch, NewCalculette
from idp.credentials.cards import Card, Kind
from tests.world import Browser, World

COUNTED = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
PLAIN = "OCRA-1:HOTP-SHA256-8:QN08"
TIMED = "OCRA-1:HOTP-SHA512-8:QN08-T1M"
SECRET = bytes(range(32))
PIN = "1234"
CARD = "2600301752"
YEAR = 365 * 86_400
EIGHT = re.compile(r"[0-9]{4} [0-9]{4}")


@dataclass
class Reader:
    """A reader in somebody's hand."""

    suite: Suite
    card: str = CARD
    counter: int = 0
    secret: bytes = SECRET
    pin: str = PIN
    # Seconds by which its clock is off.
    ahead: int = 0

    def show(self, challenge: str, at: int) -> str:
        """What it shows, in two groups; its counter goes up."""
        hashed = hash_pin(self.suite.pin, self.pin) if self.suite.pin else b""
        given = Given(challenge.replace(" ", ""), self.counter, hashed, at=at + self.ahead)
        digits = respond(self.suite, self.secret, given)
        self.counter += 1
        return f"{digits[:4]} {digits[4:]}"


def bind(
    world: World,
    who: str = "medecin",
    suite: str = COUNTED,
    card: str = CARD,
    valid: int = YEAR,
    secret: bytes = SECRET,
) -> Reader:
    """Give somebody of the cast a card with a reader."""
    core, account = world.core, world.cast[who].id
    read = read_suite(suite)
    assert isinstance(read, Suite)
    pin = hash_pin(read.pin, PIN) if read.pin else b""
    with core.database.write() as tx:
        core.cards.add(tx, Card(card, account, Kind.CPS, core.clock.now() + valid))
        new = NewCalculette(card, Batch(f"batch of {suite}", "ocra", suite), secret, pin)
        assert core.calculettes.add(tx, new) is Added.ADDED
    return Reader(read, card, secret=secret)


def name_oneself(browser: Browser, typed: str = CARD) -> str:
    """Say who one is on the page shown; the challenge that comes."""
    browser.submit("/calculette", identifier=typed)
    return challenge_on(browser)


def challenge_on(browser: Browser) -> str:
    """The number shown, or nothing."""
    shown = browser.page.find(id="calc-challenge")
    return shown.get_text() if shown else ""


def answer(browser: Browser, response: str):
    """Copy an answer back."""
    return browser.submit("/calculette", response=response)


def log_in(world: World, browser: Browser, reader: Reader, typed: str = CARD):
    """The whole way, from the login page."""
    browser.get("/login")
    browser.get(f"{browser.last.request.path}?means=calculette")
    shown = name_oneself(browser, typed)
    return answer(browser, reader.show(shown, world.clock.now()))


def revoke(world: World, card: str = CARD) -> None:
    """End a card."""
    with world.core.database.write() as tx:
        assert world.core.cards.revoke(tx, card)
