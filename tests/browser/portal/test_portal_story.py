# SPDX-License-Identifier: Apache-2.0
"""The imaging portal in `sceau demo`: a doctor and a patient come, and a session runs out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.portal.desk import TIMER, Opener, is_fine
from tests.demo.opened import Demo, demo

CODE = re.compile(r"\b\d{6}\b")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("portal") / "data") as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


def comes(somebody: Visit, opened: Demo, key: str, way: str) -> Page:
    """By password and a code that comes to the desk's telephone."""
    [person] = [one for one in opened.cast["people"] if one["key"] == key]
    page = somebody.page
    page.goto(opened.site.url("imaging") + "/")
    page.locator(f"#way-{way}").click()
    page.locator("input[name=identifier]").fill(person["identifier"])
    page.locator("input[name=password]").fill(person["password"])
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.locator("main form button[type=submit]").filter(has_text="SMS").click()
    page.locator("input[name=code]").wait_for()
    desk = page.context.new_page()
    desk.goto(opened.cast["desk"])
    newest = CODE.search(desk.locator("body").inner_text())
    assert newest
    desk.close()
    page.locator("input[name=code]").fill(newest.group())
    page.locator("form:has(input[name=code]) button[type=submit]").first.click()
    expect(page.locator(TIMER)).to_be_visible()
    is_fine(page)
    return page


def test_a_patient_comes_by_phone_and_leaves(visit: Opener, opened: Demo) -> None:
    page = comes(visit(width=390), opened, "patient", "patient")
    page.wait_for_url(opened.site.url("imaging") + "/patient")
    page.locator("#logout button").click()
    page.wait_for_url(opened.site.url("imaging") + "/logged-out*")
    expect(page.locator("#logged-out")).to_be_visible()
    page.goto(opened.site.url("imaging") + "/patient")
    expect(page.locator("input[name=password]")).to_be_visible()


def test_a_doctor_s_session_runs_out_with_the_desk_s_clock(visit: Opener, opened: Demo) -> None:
    page = comes(visit(), opened, "medecin", "professional")
    page.wait_for_url(opened.site.url("imaging") + "/professional")
    expect(page.locator(".person-name")).to_have_text("Claire Durand")
    desk = page.context.new_page()
    desk.goto(opened.cast["desk"])
    desk.locator("form[action$='/desk/clock'] button[value=day]").click()
    desk.wait_for_load_state()
    desk.close()
    # The page asks as soon as somebody looks at it again.
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/session-expired?next=%2Fprofessional*")
    expect(page.locator("#session-expired")).to_have_attribute("data-lives", "no")
