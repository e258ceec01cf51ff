# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect in `sceau demo`: both tabs of its page, turning back, and a trouble."""

import re
from collections.abc import Iterator

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards_desk import CardDesk, Opener
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.demo.opened import Demo, entry

MEETINGS = ("rcp", "/meetings")
APP_CODE = "1234"


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on the demo."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


@pytest.fixture
def desk(visit: Opener) -> CardDesk:
    """The desk, with the doctor's card in its reader."""
    made = CardDesk(visit())
    if not made.page.locator("[data-reader='']").count():
        made.take_out()
    made.insert("medecin")
    return made


def is_fine(page: Page) -> None:
    """No fault that a program finds, and nothing beside the screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def leave(somebody: Visit) -> None:
    """From RCP to Pro Santé Connect."""
    somebody.open_example(*MEETINGS)
    somebody.follow(somebody.main.locator("a[href*='means=psc']"))
    is_fine(somebody.page)
    somebody.follow(somebody.main.locator("form[action$='/psc'] button"))
    somebody.page.wait_for_url(somebody.site.url("psc") + "/auth/**")
    is_fine(somebody.page)


def number_of(opened: Demo, key: str) -> str:
    return str(entry(opened.cast["people"], key)["national_id"])


def ask_the_phone(somebody: Visit, opened: Demo, key: str) -> str:
    """By the other tab; the number to compare."""
    somebody.follow(somebody.page.get_by_role("link", name="Application e‑CPS"))
    somebody.page.locator("#identifier").fill(number_of(opened, key))
    somebody.follow(somebody.page.get_by_role("button", name="Se connecter"))
    return somebody.page.locator("#number").inner_text()


@pytest.mark.usefixtures("desk")
def test_both_tabs_lead_into_the_application(visit: Opener, opened: Demo, shots) -> None:
    claire = visit()
    leave(claire)
    shots(claire.page, "psc-card")
    claire.page.locator("#pin").fill("0000")
    claire.follow(claire.page.get_by_role("button", name="Valider"))
    expect(claire.page.get_by_role("alert")).to_be_visible()
    claire.page.locator("#pin").fill("1234")
    claire.page.get_by_role("button", name="Valider").click()
    claire.expect_application("rcp")
    assert claire.path == "/meetings"
    # The other tab, by the phone; on one, in the dark.
    nurse = visit(width=390, height=780, dark=True)
    leave(nurse)
    number = ask_the_phone(nurse, opened, "infirmiere")
    shots(nurse.page, "psc-waiting")
    phone = visit(width=390, height=780)
    phone.page.goto(nurse.site.url("psc") + f"/phone/{number_of(opened, 'infirmiere')}")
    is_fine(phone.page)
    phone.page.locator("input[type=password]").fill(APP_CODE)
    phone.page.get_by_role("button", name=number, exact=True).click()
    nurse.expect_application("rcp")


@pytest.mark.usefixtures("desk")
def test_turning_back_is_told_without_alarm_and_a_trouble_in_words(visit: Opener, shots) -> None:
    somebody = visit()
    leave(somebody)
    somebody.page.get_by_role("button", name="Annuler").click()
    somebody.expect_at("sceau")
    expect(somebody.page.locator("#form-error")).to_contain_text("sans vous connecter")
    is_fine(somebody.page)
    shots(somebody.page, "psc-turned-back")
    there = somebody.site.url("psc")
    requests.post(f"{there}/sandbox/trouble/broken", timeout=60)
    try:
        leave(somebody)
        somebody.page.locator("#pin").fill("1234")
        somebody.page.get_by_role("button", name="Valider").click()
        somebody.expect_at("sceau")
        expect(somebody.page.locator("#form-error")).to_contain_text("ne répond pas")
        is_fine(somebody.page)
    finally:
        requests.post(f"{there}/sandbox/trouble/none", timeout=60)


def enter_by_card(somebody: Visit) -> None:
    """Into RCP."""
    leave(somebody)
    somebody.page.locator("#pin").fill("1234")
    somebody.page.get_by_role("button", name="Valider").click()
    somebody.expect_application("rcp")


@pytest.mark.usefixtures("desk")
def test_a_logout_here_leads_there_on_wish_and_one_there_ends_ours(visit: Opener, shots) -> None:
    claire = visit()
    enter_by_card(claire)
    there = claire.site.url("psc")
    claire.page.goto(claire.site.url("sceau") + "/logout")
    claire.follow(claire.main.locator("form[action='/logout'] button"))
    told = claire.page.locator("[data-provider=waiting]")
    expect(told).to_contain_text("Pro Santé Connect")
    is_fine(claire.page)
    shots(claire.page, "psc-logged-out-here")
    claire.main.locator(".actions a[href*='/ask/']").click()
    claire.page.wait_for_url(claire.site.url("sceau") + "/logout/*")
    expect(claire.page.locator("[data-provider=reached]")).to_be_visible()
    is_fine(claire.page)
    shots(claire.page, "psc-logged-out-there")
    # The other way round.
    enter_by_card(claire)
    other = visit()
    other.page.goto(there)
    is_fine(other.page)
    newest = other.page.locator("[data-login]").first
    name = newest.get_attribute("data-login")
    newest.get_by_role("button").click()
    expect(other.page.locator(f"[data-login='{name}']")).to_have_count(0)
    claire.page.goto(claire.site.url("sceau") + "/account")
    expect(claire.page).to_have_url(re.compile("/login/"))
