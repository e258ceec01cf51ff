# SPDX-License-Identifier: Apache-2.0
"""« Hôpital Manager » in `sceau demo`: straight into a patient's dossier, and a question first."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards_desk import Opener
from tests.browser.conftest import visiting
from tests.demo.opened import Demo

KNOWN, UNKNOWN = "2026-0417", "2026-0999"


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


def press(page: Page, opened: Demo, file: str, way: str = "push") -> None:
    """« Ouvrir dans le DCC », beside one of the patients."""
    page.goto(opened.site.url("hospital") + "/")
    is_fine(page)
    row = page.locator("form", has=page.locator(f"input[value='{file}']"))
    row.locator(f"button[value={way}]").click()


def is_open(page: Page, opened: Demo, file: str) -> None:
    """In DCC, in front of this file."""
    page.wait_for_url(opened.site.url("dcc") + f"/opened/{file}")
    expect(page.locator("#launched")).to_have_attribute("data-file", file)
    is_fine(page)


def test_straight_into_a_patient_s_dossier(visit: Opener, opened: Demo) -> None:
    page = visit().page
    press(page, opened, KNOWN)
    is_open(page, opened, KNOWN)
    expect(page.locator("h1")).to_contain_text("AUBÉPINE")
    # And from the next one into the next.
    press(page, opened, UNKNOWN)
    is_open(page, opened, UNKNOWN)


def test_by_a_form_of_the_browser(visit: Opener, opened: Demo) -> None:
    page = visit().page
    press(page, opened, KNOWN, "form")
    page.locator("form[action$='/launch'] button").click()
    is_open(page, opened, KNOWN)


def test_somebody_else_is_asked_first(visit: Opener, opened: Demo) -> None:
    page = visit().page
    page.goto(opened.site.url("hospital") + "/")
    page.locator("nav a").click()
    page.locator("form button[value=push]").first.click()
    is_open(page, opened, KNOWN)
    # At the same workstation, the other one opens a patient's file.
    press(page, opened, KNOWN)
    expect(page.locator("#launch-question")).to_be_visible()
    expect(page.locator("#launch-named")).to_have_text("Claire Durand")
    is_fine(page)
    page.reload()
    page.locator("form[action$='/cancel'] button").click()
    page.goto(opened.site.url("dcc") + "/dossiers")
    expect(page.locator("body")).to_contain_text("Villeneuve")
    press(page, opened, KNOWN)
    page.locator("form[action$='/launch'] button").click()
    is_open(page, opened, KNOWN)
    expect(page.locator("body")).to_contain_text("Durand")
