# SPDX-License-Identifier: Apache-2.0
"""A hand at the desk's card reader and calculette, and somebody who logs in beside it."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.pages import Visit

ANSWER = re.compile("[0-9]{4} [0-9]{4}")


class CardDesk:
    """The desk in a window of its own."""

    def __init__(self, visit: Visit) -> None:
        visit.open("/desk")
        self.page = visit.page
        expect(self.page.locator(".people-words button").first).to_be_visible()

    def card(self, name: str) -> Locator:
        """A card in the list."""
        return self.page.locator(f"[data-card-name='{name}']")

    def insert(self, name: str) -> None:
        """Put a card in."""
        self.card(name).locator("form[action$='/insert'] button").click()
        expect(self.page.locator(f"[data-reader='{name}']")).to_be_visible()

    def take_out(self) -> None:
        """Pull it out."""
        self.page.locator("form[action$='/reader/remove'] button").click()
        expect(self.page.locator("[data-reader='']")).to_be_visible()

    def choose(self, name: str, act: str) -> None:
        """Something that befalls a card: revoke, renew, unblock."""
        if not self.card(name).locator("details[open]").count():
            self.card(name).locator("summary").click()
        button = self.card(name).locator(f"form[action$='/{act}'] button")
        with self.page.expect_response(lambda one: one.url.endswith(f"/{act}")):
            button.click()

    def type_pin(self, pin: str) -> None:
        """Into the agent's window, once it asks."""
        window = self.page.locator("form[data-pin]")
        window.locator("#pin").fill(pin)
        window.locator("button:not([name]):not([data-key])").click()

    def have_meetings_ask(self, level: int) -> None:
        """Set what RCP asks for."""
        other = self.page.locator(f"button[name=level][value='{5 - level}']")
        wanted = self.page.locator(f"button[name=level][value='{level}']")
        expect(other.or_(wanted)).to_be_visible()
        if wanted.count():
            wanted.click()
        expect(other).to_be_visible()

    def calculate(self, name: str, pin: str, challenge: str) -> str:
        """What the calculette shows for a number of the login page, pressed on its keys."""
        form = self.page.locator("form.calculator")
        form.locator("select").select_option(name)
        for field, digits in (("pin", pin), ("challenge", challenge)):
            form.locator(f"[name={field}]").focus()
            for digit in digits.replace(" ", ""):
                form.locator(f"[data-key='{digit}']").click()
        form.locator("button[type=submit]").click()
        screen = self.page.locator("[data-screen]")
        expect(screen).to_have_text(ANSWER)
        return screen.inner_text()


def ask_card(somebody: Visit) -> None:
    """Have the agent asked on the login page, as soon as it has seen a card."""
    form = somebody.page.locator("form[data-card][data-state=present]")
    form.locator("button[name=way]").click()


def at_meetings(somebody: Visit) -> None:
    """From RCP to its login page, where the card reader is what is asked for."""
    somebody.open_example("rcp", "/meetings")
    if not somebody.page.locator("form[data-card]").count():
        somebody.follow(somebody.main.locator("a[href*='means=cps']"))
    expect(somebody.page.locator("form[data-card]")).to_be_visible()


def is_inside(somebody: Visit, key: str, path: str) -> bool:
    """Whether an application shows its page without going anywhere for it."""
    address = somebody.site.url(key) + path
    return somebody.context.request.get(address, max_redirects=0).status == 200


Opener = Callable[..., Visit]
