# SPDX-License-Identifier: Apache-2.0
"""The e-CPS in `sceau demo`: on the login page, answered on the desk's telephone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards_desk import Opener
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.demo.opened import Demo, entry

MEETINGS = ("rcp", "/meetings")
CODE = "1234"
NOT_YET = "899700000047"


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on the demo."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


def is_fine(page: Page) -> None:
    """No fault that a program finds, and nothing beside the screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def number_of(opened: Demo, key: str) -> str:
    return str(entry(opened.cast["people"], key)["national_id"])


def ask(somebody: Visit, identifier: str) -> str:
    """From the application to the number."""
    somebody.open_example(*MEETINGS)
    somebody.follow(somebody.main.locator("a[href*='means=ecps']"))
    is_fine(somebody.page)
    somebody.page.locator("#identifier").fill(identifier)
    somebody.follow(somebody.main.locator("#phone-ask button[type=submit]"))
    shown = somebody.page.locator("#phone-number")
    expect(shown).to_be_visible()
    is_fine(somebody.page)
    return shown.inner_text()


class Telephone:
    """The desk in a window of its own."""

    def __init__(self, visit: Visit) -> None:
        visit.open("/desk")
        self.page = visit.page

    def press(self, whose: str, number: str, code: str = CODE) -> None:
        """Choose a number, or none."""
        form = self.page.locator(f"form[data-ecps='{whose}']")
        form.locator("input[type=password]").fill(code)
        form.locator(f"button[value='{number}']").click()


def test_the_number_is_chosen_on_the_telephone_and_the_page_goes_on(
    visit: Opener, opened: Demo, shots
) -> None:
    telephone = Telephone(visit())
    claire = visit()
    whose = number_of(opened, "medecin")
    # As it is known by heart: without the 8, with spaces.
    number = ask(claire, f"{whose[1:4]} {whose[4:8]} {whose[8:]}")
    shots(claire.page, "ecps-number")
    form = telephone.page.locator(f"form[data-ecps='{whose}']")
    expect(form.locator("button[name=number]")).to_have_count(4)
    is_fine(telephone.page)
    shots(telephone.page, "ecps-desk")
    telephone.press(whose, number, "0000")
    expect(telephone.page.locator("#ecps [role=status]")).to_be_visible()
    telephone.press(whose, number)
    expect(form).to_have_count(0)
    claire.expect_application("rcp")


def test_a_refusal_is_told_on_a_small_screen_in_the_dark(
    visit: Opener, opened: Demo, shots
) -> None:
    nurse = visit(width=390, height=780, dark=True)
    whose = number_of(opened, "infirmiere")
    ask(nurse, whose)
    shots(nurse.page, "ecps-small")
    telephone = Telephone(visit(width=390, height=780))
    is_fine(telephone.page)
    telephone.press(whose, "")
    expect(nurse.page.locator("#form-error")).to_be_visible()
    is_fine(nurse.page)
    shots(nurse.page, "ecps-refused")
    expect(nurse.page.locator("#phone-ask")).to_be_visible()


def test_an_e_cps_is_activated_on_the_desk(visit: Opener) -> None:
    telephone = Telephone(visit())
    button = telephone.page.locator(f"form[data-enrol='{NOT_YET}'] button")
    button.click()
    expect(button).to_have_count(0)
    somebody = visit()
    number = ask(somebody, NOT_YET)
    telephone.press(NOT_YET, number)
    expect(somebody.page.locator("#phone-number")).to_have_count(0)


def test_nobody_needs_a_script_for_it(visit: Opener, opened: Demo) -> None:
    somebody = visit(javascript=False)
    whose = number_of(opened, "medecin")
    somebody.open_example(*MEETINGS)
    somebody.follow(somebody.main.locator("a[href*='means=ecps']"))
    somebody.page.locator("#identifier").fill(whose)
    somebody.follow(somebody.main.locator("#phone-ask button[type=submit]"))
    number = somebody.page.locator("#phone-number").inner_text()
    Telephone(visit()).press(whose, number)
    # The page comes again by itself, until there is something to press.
    somebody.page.locator("#phone-accepted button[name=go]").click()
    somebody.expect_application("rcp")
