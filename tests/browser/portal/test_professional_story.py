# SPDX-License-Identifier: Apache-2.0
"""How professionals come to a patient, on desktop and phone: a code, two letters, an emergency."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug.utils import redirect

from imaging_app.demo.cast import FILM, SCANNER
from imaging_app.dicom.door import Door
from imaging_app.dicom.limits import Limits
from imaging_app.sharing.codes import Scope
from tests.browser.portal.desk import MINUTES, Desk, Opener, inside, is_fine, portal
from tests.imaging.filled import fill
from tests.imaging.web.professional.conftest import CLINIC_ID
from tests.imaging.web.professional.conftest import Desk as Known

SIZES = [
    pytest.param({"viewport": {"width": 1280, "height": 900}}, id="desktop"),
    pytest.param({"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}, id="phone"),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo fills, drawn once."""
    door = Door(Limits(cpu_seconds=60, seconds=240), children=1)
    try:
        return fill(tmp_path_factory.mktemp("filled"), door)
    finally:
        door.close()


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    """The portal over a copy of it; its provider logs in at once whom it was told of."""
    with portal(Path(shutil.copytree(filled, tmp_path / "filled"))) as made:
        double = made.scene.double

        def answer(request: Any) -> Any:
            is_login = request.path == "/authorize"
            return redirect(double.authorize(request.url), 303) if is_login else request

        double.twists.before = answer
        yield made


def titles(page: Page) -> list[str]:
    """The exams that a patient's page shows."""
    return [one.split("\n")[0].strip() for one in page.locator(".exam h3").all_inner_texts()]


def say_why(page: Page) -> None:
    """The motive, once."""
    page.locator("input[name=motive][value=consultation]").check()
    page.locator("#motive-form button[type=submit]").click()


@pytest.mark.parametrize("size", SIZES)
def test_a_slip_is_scanned_and_its_exams_are_there(
    desk: Desk, browser_of: Opener, size: dict[str, Any]
) -> None:
    known = Known(desk.scene)
    gaetan = known.patient("patient")
    code = known.issue(Scope(gaetan, CLINIC_ID)).code
    desk.scene.browser().come_as("midwife")
    page = browser_of(**size).new_page()
    page.goto(f"{desk.url}/professional/codes/new#{code}")
    expect(page.locator("#code-door")).to_be_visible()
    assert code not in page.url
    is_fine(page)
    # The code waits in this tab, on no server, until somebody is logged in.
    page.locator("#code-door .button").click()
    expect(page.locator("#code")).to_have_value(code)
    expect(page.locator("#birth_date")).to_be_focused()
    page.locator("#birth_date").fill("30111948")
    page.locator("#code-form button[type=submit]").click()
    expect(page.locator("#first_name")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#code")).to_have_value(code)
    is_fine(page)
    page.locator("#first_name").fill("gaetan")
    page.locator("#code-form button[type=submit]").click()
    expect(page.locator("#identity")).to_have_attribute("data-patient", gaetan)
    is_fine(page)
    say_why(page)
    expect(page.locator("#by-code")).to_be_visible()
    assert [one.startswith(FILM) for one in titles(page)] == [True]
    is_fine(page)
    page.goto(f"{desk.url}/professional/codes")
    expect(page.locator("[data-code]")).to_have_attribute("data-code", code[-4:])
    page.locator("#narrow summary").click()
    is_fine(page)
    # It was taken once: the next form is empty.
    page.goto(f"{desk.url}/professional/codes/new")
    expect(page.locator("#code")).to_have_value("")


@pytest.mark.parametrize("size", SIZES)
def test_a_patient_is_found_by_two_letters_and_a_result_leaves_the_new_ones(
    desk: Desk, browser_of: Opener, size: dict[str, Any]
) -> None:
    known = Known(desk.scene)
    gaetan = known.patient("patient")
    scanner = known.exams(gaetan)[SCANNER].id
    context = browser_of(**size)
    page = inside(desk, context, "doctor")
    expect(page.locator(f"#new-results [data-exam='{scanner}']")).to_be_visible()
    is_fine(page)
    page.locator("#q").fill("éb")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_visible()
    is_fine(page)
    page.locator(f"#found [data-patient='{gaetan}'] a").click()
    say_why(page)
    exam = page.locator(f"#exam-{scanner}")
    report = f"/exams/{scanner}/reports/1"
    expect(exam.locator(".actions a").first).to_have_attribute("href", report)
    exam.locator("summary").click()
    is_fine(page)
    exam.locator("form button").click()
    expect(exam.locator("[data-told]")).to_contain_text("Claire Durand")
    expect(page.locator("#done")).to_be_visible()
    page.goto(f"{desk.url}/professional")
    expect(page.locator("#recent-list a")).to_have_attribute(
        "href", f"/professional/patients/{gaetan}"
    )
    page.locator("#new-results form button").click()
    expect(page.locator("#new-results .empty")).to_be_visible()
    # Without a network, who was looked for is still there, and no page of theirs.
    page.wait_for_function("navigator.serviceWorker.ready.then((one) => !!one.active)")
    page.reload()
    context.set_offline(True)
    page.goto(f"{desk.url}/professional/patients/{gaetan}")
    expect(page.locator("#recent-list li")).to_have_text(["ÉBEAUPRÉ Gaëtan · 30/11/1948"])
    context.set_offline(False)


@pytest.mark.parametrize("size", SIZES)
def test_an_emergency_asks_who_it_is_and_why_and_is_ended(
    desk: Desk, browser_of: Opener, size: dict[str, Any]
) -> None:
    context = browser_of(**size)
    page = inside(desk, context, "midwife")
    # The login is no longer fresh.
    desk.time.pass_by(6 * MINUTES)
    page.goto(f"{desk.url}/professional/emergency")
    is_fine(page)
    asked = desk.scene.double.calls["/authorize"]
    page.locator("#go-on").click()
    expect(page.locator("#birth_name")).to_be_visible()
    assert desk.scene.double.calls["/authorize"] == asked + 1
    for field, typed in (("birth_name", "martin"), ("first_name", "camille")):
        page.locator(f"#{field}").fill(typed)
    page.locator("#birth_date").fill("14/05/1972")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#found")).to_be_visible()
    is_fine(page)
    page.locator("#found a").click()
    expect(page.locator("#identity h1")).to_contain_text("MARTIN")
    page.locator("#reason").fill("trop court")
    page.locator("#emergency-form button").click()
    expect(page.locator("#reason-error")).to_be_visible()
    is_fine(page)
    page.locator("#reason").fill("Patiente inconsciente, suspicion d’AVC")
    page.locator("#emergency-form button").click()
    expect(page.locator("#emergency")).to_have_attribute("data-minutes", "60")
    assert titles(page)
    is_fine(page)
    opened = page.url
    page.locator("#emergency button").click()
    page.wait_for_url("**/professional?done=emergency-ended")
    page.goto(opened)
    expect(page.locator("#error")).to_have_attribute("data-error", "not_yours")
