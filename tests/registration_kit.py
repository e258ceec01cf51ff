# SPDX-License-Identifier: Apache-2.0
"""Somebody who asks for an account: fills in the four steps, reads their letters.

applicant = Applicant(world.browser())
applicant.send()                     # all four steps
applicant.confirm()                  # the link of the letter
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from idp.registration.values import Request
from tests.outbox import waiting
from tests.world import Browser, World

# 10003456786 has a check digit that fits (Luhn); nobody of the cast has it.
NUMBER = "10003456786"
EMAIL = "elodie.lefevre@chu.example"
TYPED = {
    "number": NUMBER,
    "profession": "10",
    "speciality": "",
    "visibility": "professionals",
    "title": "DR",
    "civility": "MME",
    "last_name": "Lefèvre",
    "first_name": "Élodie",
    "birth_name": "Müller",
    "birth_date": "29/02/1980",
    "country": "France",
    "street": "2 boulevard Tonnellé",
    "post_code": "37000",
    "city": "Tours",
    "phone": "02 47 47 47 47",
    "mobile": "06 39 98 01 02",
    "email": EMAIL,
    "email_again": EMAIL,
}


@dataclass
class Applicant:
    """One person, in one browser."""

    browser: Browser
    typed: dict[str, str] = field(default_factory=lambda: dict(TYPED))

    @property
    def world(self) -> World:
        return self.browser.world

    def begin(self) -> TestResponse:
        """Accept the terms."""
        self.browser.get("/registration")
        return self.browser.submit("/registration", terms="yes")

    def say_no_card(self) -> TestResponse:
        self.browser.get("/registration/card")
        return self.browser.submit("/registration/card", has_card="no")

    def fill(self, **changes: str) -> TestResponse:
        """Step 2, as it is typed."""
        self.browser.get("/registration/details")
        return self.post_details(**changes)

    def post_details(self, **changes: str) -> TestResponse:
        """The form of step 2 on the page shown; choices are those typed, not those shown."""
        url, fields = self.browser.form("/registration/details")
        kept = {name: fields[name] for name in ("csrf", "version")}
        return self.browser.post(url, kept | self.typed | changes)

    def wish(self, **ticked: list[str]) -> TestResponse:
        """Step 3: what is ticked, by name of the boxes."""
        self.browser.get("/registration/wishes")
        url, fields = self.browser.form("/registration/wishes")
        sent: dict[str, Any] = {name: fields[name] for name in ("csrf", "version")}
        return self.browser.post(url, sent | ticked)

    def finish(self, answer: str | None = None) -> TestResponse:
        """Step 4, with the right letters where nothing else is said."""
        self.browser.get("/registration/summary")
        return self.answer(self.letters() if answer is None else answer)

    def answer(self, text: str) -> TestResponse:
        """The form of step 4 on the page shown."""
        form = self.browser.page.find("form", action="/registration/summary")
        assert form is not None
        fields = {one["name"]: one.get("value", "") for one in form.find_all("input")}
        return self.browser.post("/registration/summary", fields | {"answer": text})

    def steps(self, **changes: str) -> "Applicant":
        """The first three."""
        self.begin()
        self.say_no_card()
        self.fill(**changes)
        self.wish()
        return self

    def send(self, **changes: str) -> TestResponse:
        """All four."""
        return self.steps(**changes).finish()

    def letters(self) -> str:
        """What stands in the picture: read where it is kept, as no program should read it."""
        with self.world.core.database.read() as tx:
            puzzle = self.world.core.registration.puzzles.find(tx, self.request.id)
        assert puzzle is not None
        return puzzle.letters

    @property
    def request(self) -> Request:
        """The request that this browser holds."""
        found = self.held()
        assert found is not None
        return found

    def held(self) -> Request | None:
        core = self.world.core
        with core.database.read() as tx:
            return core.registration.drafts.held(tx, self.browser.cookie("registration"))

    def confirm(self, browser: Browser | None = None) -> TestResponse:
        """Open the newest letter's link, and press its button."""
        browser = browser or self.browser
        browser.get(link_of(self.world, "registration-confirm"))
        return browser.submit("/registration/confirm")


def link_of(world: World, purpose: str, recipient: str = EMAIL) -> str:
    """The path of the link in the newest letter of a purpose."""
    found = [one for one in waiting(world, purpose) if one.recipient == recipient]
    return urlsplit(str(found[-1].values["link"])).path


def faults_of(browser: Browser) -> set[str]:
    """The fields that the page shows a fault beside."""
    return {one["id"].removesuffix("-error") for one in browser.page.find_all(class_="field-error")}
