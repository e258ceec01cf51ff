# SPDX-License-Identifier: Apache-2.0
"""The patient's space in Chromium: an emergency and a block; a consent and a code, on a phone."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.demo.cast import HOSPITAL
from imaging_app.dicom.door import Door
from tests.browser.portal.desk import Desk, Opener, inside, is_fine, portal
from tests.imaging.conftest import ROOMY
from tests.imaging.filled import fill
from tests.imaging.web.patient.conftest import RPPS, WHY, Space

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo brings, drawn once."""
    with closing(Door(ROOMY, children=1)) as door:
        return fill(tmp_path_factory.mktemp("filled"), door)


@pytest.fixture
def filled_desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    """The portal over what the demo has filled; both results of its patient are told."""
    shutil.copytree(filled, tmp_path / "filled")
    with portal(tmp_path / "filled") as made:
        space = Space(made.scene)
        for one in space.exams():
            space.tell(one.id)
        yield made


def go(page: Page, path: str) -> None:
    page.locator(f".sections a[href='{path}']").click()
    expect(page.locator(".sections [aria-current]")).to_have_attribute("href", path)
    is_fine(page)


def test_an_emergency_is_told_and_who_opened_it_is_kept_out(
    filled_desk: Desk, browser_of: Opener
) -> None:
    space = Space(filled_desk.scene)
    doors, finding = space.rooms.access.doors, space.rooms.access.finding
    nurse, newest = space.professional("nurse"), exam(space.exams()[0].id)
    space.does(finding.break_in, nurse, space.patient, WHY)
    assert isinstance(doors.hold(nurse, newest, Action.EXAM_IMAGES), Passage)
    page = inside(filled_desk, browser_of(), "patient")
    is_fine(page)
    notice = page.locator("[data-notice=emergency]")
    expect(notice).to_have_attribute("data-read", "no")
    page.locator("#notices button").click()
    expect(notice).to_have_attribute("data-read", "yes")
    for path in ("exams", "shares", "blocks", "consents", "help"):
        go(page, f"/patient/{path}")
    go(page, "/patient/accesses")
    expect(page.locator("[data-action]")).to_have_count(2)
    asked = page.locator("[data-action='patient.emergency'][data-emergency=yes]")
    asked.locator("a").click()
    expect(page.locator("#question [data-rpps]")).to_have_attribute("data-rpps", RPPS["nurse"])
    is_fine(page)
    assert isinstance(doors.hold(nurse, newest, Action.EXAM_IMAGES), Passage)
    page.locator("#question button[type=submit]").click()
    expect(page.locator(f"#kept-out [data-rpps='{RPPS['nurse']}']")).to_be_visible()
    assert doors.hold(nurse, newest, Action.EXAM_IMAGES) == Refused(Reason.BLOCKED)
    # By the search, and by the keyboard alone.
    page.locator("a[href='/patient/blocks/new']").click()
    page.locator("#family").fill("medecin")
    page.keyboard.press("Enter")
    expect(page.locator(f"#found [data-rpps='{RPPS['doctor']}'] a")).to_be_visible()
    is_fine(page)


def test_a_code_is_given_and_revoked_and_a_consent_withdrawn_on_a_phone(
    filled_desk: Desk, browser_of: Opener
) -> None:
    space = Space(filled_desk.scene)
    page = inside(filled_desk, browser_of(**PHONE), "patient")
    is_fine(page)
    expect(page.locator("[data-exam]")).to_have_count(2)
    page.locator("a.tile[href='/patient/shares']").click()
    page.locator("a[href='/patient/shares/new']").click()
    page.locator("#days").fill("400")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#days")).to_have_attribute("aria-invalid", "true")
    is_fine(page)
    page.locator("#days").fill("7")
    page.locator("main form button[type=submit]").click()
    code = page.locator("#the-code")
    expect(code).to_be_visible()
    is_fine(page)
    told = code.inner_text()
    expect(page.locator("#print")).to_be_visible()
    page.emulate_media(media="print")
    # Whoever finds the sheet has the code, and not the first name that it asks for.
    assert "Gaëtan" not in page.locator("body").inner_text()
    page.emulate_media(media="screen")
    page.locator("a[href='/patient/shares']:visible").last.click()
    share = page.locator("[data-code]")
    expect(share).to_have_attribute("data-state", "valid")
    expect(share).to_contain_text(told[-4:])
    is_fine(page)
    share.locator("a").click()
    page.locator("#question button[type=submit]").click()
    expect(page.locator("[data-code]")).to_have_attribute("data-state", "revoked")
    page.locator(".sections-back a").click()
    page.locator("a.tile[href='/patient/consents']").click()
    is_fine(page)
    page.locator(f"[data-finess='{HOSPITAL[0]}'] a").click()
    is_fine(page)
    page.locator("#question button[type=submit]").click()
    state = page.locator(f"#consents [data-finess='{HOSPITAL[0]}']")
    expect(state).to_have_attribute("data-state", "withdrawn")
    newest = exam(space.exams()[0].id)
    answer = space.rooms.access.doors.hold(space.professional(), newest, Action.EXAM_IMAGES)
    assert answer == Refused(Reason.CONSENT)
    page.locator(".sections-back a").click()
    expect(page.locator("[data-exam]")).to_have_count(1)
