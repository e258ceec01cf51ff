# SPDX-License-Identifier: Apache-2.0
"""Ways into the demo's applications, as somebody at a browser goes them."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.cards_desk import CardDesk
from tests.browser.pages import Visit
from tests.browser.test_demo_story import log_in
from tests.demo.opened import Demo, entry

FILES = ("dcc", "/dossiers")


def with_password(somebody: Visit, opened: Demo) -> None:
    """Into DCC, by the password."""
    person = entry(opened.cast["people"], "medecin")
    somebody.open_example(*FILES)
    log_in(somebody, person["identifier"], person["password"])
    somebody.expect_application("dcc")


def with_calculette(
    somebody: Visit, desk: CardDesk, opened: Demo, *, javascript: bool = True
) -> None:
    """Through what Messagerie asks for, by the number that the calculette answers."""
    card = entry([one | {"key": one["name"]} for one in opened.cast["cards"]], "medecin")
    somebody.follow(somebody.main.locator("a[href*='means=calculette']"))
    serial = somebody.page.locator("#identifier")
    if serial.count():
        serial.fill(card["serial"])
        somebody.follow(somebody.page.locator("form.calc button[type=submit]"))
    challenge = somebody.page.locator("#calc-challenge").inner_text()
    somebody.page.locator("#response").fill(desk.calculate("medecin", card["pin"], challenge))
    somebody.follow(somebody.page.locator("form.calc button[type=submit]"))
    choose_if_asked(somebody)
    # With JavaScript the answer sends itself, and its button is gone before it could be pressed.
    if not javascript:
        somebody.page.locator("form#post button").click()
    somebody.expect_application("messagerie")


def choose_if_asked(somebody: Visit, wanted: int = 0) -> None:
    """One press, where nobody chose yet in which activity they come."""
    ways = somebody.page.locator("#activities button")
    on = somebody.page.locator(".person-name, form#post button")
    expect(ways.or_(on).first).to_be_visible()
    if ways.count():
        somebody.follow(ways.nth(wanted))


def is_fine(page: Page) -> None:
    """No fault that a program finds, and nothing beside the screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
