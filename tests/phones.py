# SPDX-License-Identifier: Apache-2.0
"""Logins by e-CPS: a phone of the sandbox, and whoever asks about it, round by round."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from bs4 import BeautifulSoup

from idp.background import phone_calls
from idp.demo.sandbox.memory import PIN
from idp.demo.sandbox.people import Professional
from idp.login.phone_calls import PhoneCalls
from tests import cast
from tests.cast import SECRET, application
from tests.prosante import NEWCOMER, Sandbox, known, running_sandbox
from tests.world import Browser, StandingClock, World, open_world

# RPPS numbers with the right key: a wrong one is told at once.
MEDECIN_ID = "810101234564"
INFIRMIERE_ID = "810107654328"
MEDECIN = known("medecin", national_id=MEDECIN_ID)
INFIRMIERE = known("infirmiere", national_id=INFIRMIERE_ID)
# The provider knows them, and they have no application on their phone.
NO_PHONE = Professional("899700000013", "SANS", "TELEPHONE", mobile=False)
NOBODY_ID = "899700000021"
APPLICATIONS = {
    "phone": application("phone", policy={"means": ["ecps"], "level": 3}),
    "phoned": application(
        "phoned", policy={"means": ["ecps"], "level": 3, "card_accounts": "create"}
    ),
    "lifted": application("lifted", policy={"means": ["ecps", "password"], "level": 3}),
    "plain": application("plain", policy={"means": ["password", "ecps"], "level": 1}),
}


@dataclass
class Phones:
    """A provider, the sandbox, and whoever asks."""

    here: World
    there: Sandbox
    calls: PhoneCalls = field(init=False)

    def __post_init__(self) -> None:
        self.calls = asks(self.here)

    def arrive(self, key: str = "phone", **changes: str) -> Browser:
        """Before the login page."""
        browser = self.here.browser()
        self.here.client(key).ask(browser, **changes)
        return browser

    def ask(self, browser: Browser, typed: str = MEDECIN_ID) -> str:
        """Type the identifier, press the button; the number that is shown then."""
        browser.submit("/ecps", identifier=typed)
        return number_on(browser)

    def go_on(self, seconds: float = 0) -> None:
        """So much later, one look at all that is due."""
        self.here.clock.pass_by(seconds)
        self.calls.go_on()

    def answer(self, person: Professional, number: str, pin: str = PIN) -> None:
        """What somebody does on their phone: choose this number, or none to refuse."""
        url = self.requests_of(person)[0]
        requests.post(url, {"number": number, "pin": pin}, timeout=30, allow_redirects=False)

    def requests_of(self, person: Professional) -> list[str]:
        """Addresses of what lies on a phone, the newest first."""
        page = requests.get(f"{self.there.address}/phone/{person.national_id}", timeout=30)
        forms = BeautifulSoup(page.text, "html.parser").select("form[action*='/phone/']")
        return [self.there.address + str(one["action"]) for one in forms]

    def accepted(self, browser: Browser, person: Professional = MEDECIN) -> None:
        """All of it, up to the answer that waits for the browser."""
        number = self.ask(browser, person.national_id)
        self.go_on()
        self.answer(person, number)
        self.go_on(5)

    def states(self) -> list[str]:
        """How all requests stand, the oldest first."""
        with self.here.core.database.read() as tx:
            rows = tx.exec_driver_sql("SELECT state FROM phone_requests ORDER BY created_at, id")
            return [row.state for row in rows]


def asks(world: World) -> PhoneCalls:
    """Another one who asks, as another process has."""
    found = phone_calls(world.provider.services, world.provider.steering)
    assert found is not None
    return found


def number_on(browser: Browser) -> str:
    """The number that the page shows; nothing where it shows none."""
    shown = browser.page.select_one("#phone-number")
    return shown.get_text(strip=True) if shown else ""


def standing(browser: Browser) -> bool:
    """Whether the page's own script is told to wait on."""
    form = browser.page.select_one("form[data-standing]")
    assert form is not None
    shown = browser.last
    answer = browser.request("GET", str(form["data-standing"]))
    browser.last = shown
    found: bool = answer.get_json()["waiting"]
    return found


@contextmanager
def open_phones(
    url: str, clock: StandingClock, patch: pytest.MonkeyPatch, **changes: str
) -> Iterator[Phones]:
    """A provider whose people have phones."""
    with running_sandbox(clock, NEWCOMER, MEDECIN, INFIRMIERE, NO_PHONE) as there:
        for key, document in APPLICATIONS.items():
            patch.setitem(cast.APPLICATIONS, key, document)
        here = open_world(url, clock, **there.changes(PSC_CIBA="true") | changes)
        core = here.core
        with core.database.write() as tx:
            for document in APPLICATIONS.values():
                core.applications.register(tx, document)
                core.applications.set_secret(tx, document["key"], SECRET)
            for who, number in (("medecin", MEDECIN_ID), ("infirmiere", INFIRMIERE_ID)):
                assert core.accounts.renumber(tx, here.cast[who].id, number, None) is None
        phones = Phones(here, there)
        try:
            yield phones
        finally:
            phones.calls.close()
            here.close()
