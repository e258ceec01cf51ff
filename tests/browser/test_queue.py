# SPDX-License-Identifier: Apache-2.0
"""The queue of requests in Chromium: looked at, decided on, and the next one."""

from typing import Any

from playwright.sync_api import expect

from idp.cli.place import installation
from tests.administration.requests_kit import CARD, ask, someone
from tests.browser.clerks import HOUSE, enter
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.reliability.requests import numbers

PATH = "/admin/requests"


def waiting(somebody: Visit, count: int = 2, **changes: Any) -> list[str]:
    """Requests in the queue; the ids, the oldest first."""
    with installation(somebody.site.settings) as place:
        clock = place.core.clock.now()
        made = []
        for number in range(count):
            person = someone(900 + next(numbers), establishment=HOUSE.key, **changes)
            since = clock - 86_400 + number
            made.append(ask(place.core, submitted_at=since, card=CARD, **person).id)
    return made


def accessible(somebody: Visit) -> None:
    page = somebody.page
    page.evaluate(UNDRESS)
    faults = examine(page, somebody.path)
    page.emulate_media(color_scheme="dark")
    faults += examine(page, f"{somebody.path} dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 480})
    if beyond := somebody.sideways():
        faults.append(f"{somebody.path}: scrolls sideways by {beyond} px")
    page.set_viewport_size({"width": 1280, "height": 860})
    assert faults == [], "\n".join(faults)


def test_requests_are_decided_on_one_after_the_other(visit) -> None:
    somebody = visit()
    first, second = waiting(somebody)
    enter(somebody, PATH)
    page = somebody.page
    accessible(somebody)
    # The oldest row is opened from the keyboard.
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert somebody.path == f"{PATH}/{first}"
    accessible(somebody)
    with page.expect_navigation():
        page.locator("#approve button[type=submit]").click()
    assert somebody.path == f"{PATH}/{second}"
    expect(page.locator(".news")).to_be_visible()
    page.locator("#reason").fill("Numéro inconnu du répertoire.")
    with page.expect_navigation():
        page.locator("#refuse button[type=submit]").click()
    expect(page.locator(".news")).to_be_visible()
    somebody.open(f"{PATH}/figures")
    expect(page.locator(".chart")).to_be_visible()


def test_several_are_refused_at_once_with_one_reason(visit) -> None:
    somebody = visit()
    waiting(somebody, 2, last_name="Plusieurs")
    enter(somebody, f"{PATH}?text=plusieurs")
    page = somebody.page
    expect(page.locator("[data-pick]")).to_have_count(2)
    page.locator("[data-pick-all]").check()
    with page.expect_navigation():
        page.locator("button[value=refuse]").click()
    accessible(somebody)
    page.locator("#reason").fill("Hors de la région.")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator(".pill-bad")).to_have_count(2)
    accessible(somebody)
