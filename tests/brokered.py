# SPDX-License-Identifier: Apache-2.0
"""Everybody who comes from another provider: each way there and back, and what it is worth."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from idp.demo.sandbox.memory import PIN
from idp.providers.values import BY_NUMBER
from tests.phones import MEDECIN, Phones, number_on, open_phones
from tests.prosante import leave_for
from tests.providers import KIND, added, keep, link
from tests.world import Browser, StandingClock

CARD, PHONE = ("sc", "pin", "hwk", "mfa"), ("swk", "pin", "mfa")
UNTOLD, SEVERAL = ("user",), ("user", "mfa")
# What its ID token says, and what an administrator says that it is worth.
WORD = "eidas1"


@dataclass(frozen=True)
class Way:
    """One way to come from elsewhere."""

    name: str
    means: str
    # The most that the means can be worth: as far as this it is offered.
    most: int
    # What this login is worth, and how.
    level: int
    methods: tuple[str, ...]
    go: Callable[[Phones, Browser], Any]
    prepare: Callable[[Phones], None] = lambda _phones: None
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def by_card(phones: Phones, browser: Browser, means: str = "psc") -> Any:
    """To the other page, by the card in the reader, and back."""
    return browser.get(phones.there.log_in(sent_to(browser, means), MEDECIN))


def by_phone(phones: Phones, browser: Browser) -> Any:
    """To the other page, by the telephone that it asks, and back."""
    session = requests.Session()
    page = BeautifulSoup(session.get(sent_to(browser, "psc"), timeout=30).text, "html.parser")
    action = page.select_one("form[action$='/card']")["action"]  # type: ignore[index]
    here = phones.there.address + str(action).removesuffix("/card")
    shown = session.post(f"{here}/mobile", {"identifier": MEDECIN.national_id}, timeout=30)
    number = BeautifulSoup(shown.text, "html.parser").select_one("#number")
    assert number is not None, shown.text
    phones.answer(MEDECIN, number.get_text(strip=True), PIN)
    back = session.get(here, timeout=30, allow_redirects=False)
    return browser.get(back.headers["Location"])


def on_our_page(phones: Phones, browser: Browser) -> Any:
    """The e-CPS: whoever is known already types no number."""
    to(browser, "ecps")
    shown = browser.form("/ecps")[1]
    browser.submit(
        "/ecps", **({"identifier": MEDECIN.national_id} if "identifier" in shown else {})
    )
    number = number_on(browser)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.go_on(5)
    return browser.submit("/ecps", go="1")


def by_added(phones: Phones, browser: Browser) -> Any:
    """The same as by card, at one that an administrator added."""
    return by_card(phones, browser, KIND)


def sent_to(browser: Browser, means: str) -> str:
    """Press its button; where the browser is sent."""
    url = leave_for(browser, means)
    assert url, browser.last.get_data(as_text=True)
    return url


def to(browser: Browser, means: str) -> None:
    """Choose it on the login page."""
    shown = browser.page.select_one("form[action^='/login/']")
    assert shown is not None
    journey = str(shown["action"]).split("/")[2].partition("?")[0]
    browser.get(f"/login/{journey}?means={means}")


def adds(level: int, linked: int, **changes: Any) -> Callable[[Phones], None]:
    """Add it, worth so much; whoever is linked proved so much when they linked it."""

    def prepare(phones: Phones) -> None:
        provider = added(phones.there, levels={WORD: level} if level > 1 else {}, **changes)
        keep(phones.here, provider)
        if linked:
            link(phones.here, phones.there, "medecin", MEDECIN.subject, linked)

    return prepare


NUMBER = {"finding": BY_NUMBER, "national_id": "SubjectNameID"}
WAYS = (
    Way("psc-by-card", "psc", 3, 3, CARD, by_card),
    Way("psc-by-phone", "psc", 3, 3, PHONE, by_phone),
    # Told beside level 1, several factors would be taken for more.
    Way(
        "psc-below-its-class",
        "psc",
        3,
        1,
        ("sc", "pin", "hwk"),
        by_card,
        settings={"PSC_LOWEST_CLASS": "eidas2"},
    ),
    Way("ecps", "ecps", 3, 3, PHONE, on_our_page),
    Way("linked", KIND, 3, 3, SEVERAL, by_added, adds(3, 3)),
    Way("linked-at-low-level", KIND, 3, 1, UNTOLD, by_added, adds(3, 1)),
    Way("by-number", KIND, 2, 2, SEVERAL, by_added, adds(2, 0, **NUMBER)),
)


@contextmanager
def house_of(way: Way, url: str, patch: pytest.MonkeyPatch) -> Iterator[Phones]:
    """A server at which this way leads somewhere."""
    with open_phones(url, StandingClock(), patch, **way.settings) as phones:
        way.prepare(phones)
        yield phones


def offered(browser: Browser) -> set[str]:
    """The means that the login page lets somebody choose, or try; none on any other page."""
    links = browser.page.select("ul.means a[href*='means=']")
    if links:
        return {dict(parse_qsl(urlsplit(str(one["href"])).query))["means"] for one in links}
    form = browser.page.select_one("main form[action^='/login/']:not([action$='/cancel'])")
    return {urlsplit(str(form["action"])).path.rpartition("/")[2]} if form else set()
