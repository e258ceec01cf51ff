# SPDX-License-Identifier: Apache-2.0
"""An exam in the portal itself: looked at, read, taken away, and closed while somebody looks."""

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from imaging_app.access.visitor import Kind, Visitor
from imaging_app.dicom.door import Door
from tests.browser.portal.desk import MINUTES, TIMER, Desk, Opener, is_fine, portal, wait_a_while
from tests.demo.processes import wait_until
from tests.imaging.filled import fill
from tests.imaging.web.exam.conftest import Ward

DESKTOP, PHONE = (1280, 800), (390, 844)
RPPS = "10101234567"
# What is asked for before the script is there.
WORDS = ("/first", "series.json", "metadata", "/frames/")
# Whoever cares for the patients of these.
SEEN_BY = (("neurologist", "IRM"), ("doctor", "Mammo"), ("neurologist", "Écho"))


@dataclass
class Reading:
    """The portal, what lies behind it, and an exam that a doctor may look at."""

    desk: Desk
    ward: Ward
    exam: str

    @property
    def url(self) -> str:
        """Where it is looked at."""
        return f"{self.desk.url}/exams/{self.exam}"


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the demo fills, small."""
    door = Door(children=1)
    yield fill(tmp_path_factory.mktemp("exams"), door)
    door.close()


@pytest.fixture
def reading(exams: Path, tmp_path: Path) -> Iterator[Reading]:
    folder = tmp_path / "portal"
    shutil.copytree(exams, folder)
    with portal(folder) as desk:
        ward = Ward(desk.scene)
        ward.say_why("doctor")
        yield Reading(desk, ward, ward.exam())


def open_viewer(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".pane[data-at]")).to_be_attached()
    expect(page.locator("[data-first]")).to_have_count(0)
    expect(page.locator(TIMER)).to_be_visible()


def test_the_patient_blocks_and_the_open_viewer_shows_nothing_any_more(
    reading: Reading, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    reading.desk.enter(context, "doctor")
    page = context.new_page()
    open_viewer(page, reading.url)
    first = page.locator(".pane").get_attribute("data-at")
    page.locator("[data-picture]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".pane")).not_to_have_attribute("data-at", first or "")
    frames = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/frames/'))"
        ".length"
    )
    assert frames == 6
    patient = Visitor(
        kind=Kind.PATIENT, subject="sub-patient", session="s", level=2, auth_at=reading.desk.time()
    )
    rooms = reading.ward.rooms
    with rooms.database.write() as tx:
        assert rooms.access.choosing.block(tx, patient, reading.ward.patient(), RPPS) is True
    # All six pictures are here already; the next scroll asks all the same.
    page.keyboard.press("ArrowDown")
    expect(page.locator("#viewer")).to_have_attribute("data-state", "closed")
    expect(page.locator("[data-closed=refused]")).to_be_focused()
    expect(page.locator("canvas")).to_have_count(0)
    assert "BEAUPR" not in page.locator("body").inner_text()
    page.reload()
    expect(page.locator("[data-error=not_yours]")).to_be_visible()
    context.close()


FETCHED = """performance.getEntriesByType("resource").map((one) => ({
    path: new URL(one.name).pathname, by: one.initiatorType,
    sent: one.transferSize, packed: one.encodedBodySize, whole: one.decodedBodySize }))"""


def test_the_first_picture_comes_beside_the_script_and_the_script_packed_and_once(
    reading: Reading, browser_of: Opener
) -> None:
    context = browser_of()
    reading.desk.enter(context, "doctor")
    for again in (False, True):
        page = context.new_page()
        open_viewer(page, reading.url)
        asked = page.evaluate(FETCHED)
        ahead = [one["path"] for one in asked if one["by"] == "link" and "exams" in one["path"]]
        kinds = [next((word for word in WORDS if word in one), one) for one in ahead]
        assert sorted(kinds) == sorted(WORDS)
        # Nothing of it is asked for a second time by the script.
        paths = [one["path"] for one in asked]
        assert [one for one in ahead if paths.count(one) != 1] == []
        [script] = [one for one in asked if "/viewer/assets/main" in one["path"]]
        assert 0 < script["packed"] * 3 < script["whole"]
        assert (script["sent"] == 0) is again
        page.close()


def test_the_end_of_the_session_empties_the_viewer(reading: Reading, chromium: Browser) -> None:
    context = chromium.new_context()
    reading.desk.enter(context, "doctor")
    page = context.new_page()
    open_viewer(page, reading.url)
    reading.desk.time.pass_by(16 * 60)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/session-expired*")
    context.close()


def let_go(asked: Request) -> Request | Response:
    """What a login server answers a logout."""
    if asked.path != "/end-session":
        return asked
    way = asked.args["post_logout_redirect_uri"]
    return redirect(f"{way}?{urlencode({'state': asked.args['state']})}")


def test_whoever_is_asked_whether_they_are_there_may_log_out(
    reading: Reading, browser_of: Opener
) -> None:
    context = browser_of()
    reading.desk.enter(context, "doctor")
    page = context.new_page()
    page.clock.install()
    reading.desk.scene.double.twists.before = let_go
    open_viewer(page, reading.url)
    wait_a_while(reading.desk, 14 * MINUTES, page)
    page.locator("#session-warning button[form=logout]").click()
    page.wait_for_url("**/logged-out*")
    expect(page.locator("#logged-out")).to_be_visible()


def test_compressed_pictures_are_unpacked_under_the_pages_own_policy(
    reading: Reading, browser_of: Opener
) -> None:
    """JPEG 2000, JPEG-LS, JPEG: by programs that the worker alone may compile."""
    context = browser_of()
    for who, title in SEEN_BY:
        reading.desk.enter(context, who)
        page = context.new_page()
        exam = reading.ward.find(title)
        reading.ward.say_why(who, exam=exam)
        open_viewer(page, f"{reading.desk.url}/exams/{exam}")
        for button in page.locator("[data-series]").all():
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            expect(page.locator(".pane canvas")).to_be_visible()
            expect(page.locator(".pane[data-failed]")).to_have_count(0)
        page.close()


@pytest.mark.parametrize(
    ("size", "shade"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_it_is_looked_at_read_and_taken_away(
    reading: Reading, browser_of: Opener, tmp_path: Path, size: tuple[int, int], shade: str
) -> None:
    context = browser_of(
        viewport={"width": size[0], "height": size[1]}, color_scheme=shade, accept_downloads=True
    )
    reading.desk.enter(context, "doctor")
    page = context.new_page()
    open_viewer(page, reading.url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = """() => [...document.querySelectorAll(".viewer-top > *")].filter((one) =>
        one.checkVisibility() && one.getBoundingClientRect().right > innerWidth).length"""
    assert page.evaluate(outside) == 0
    page.locator(f"a[href='/exams/{reading.exam}/reports']").click()
    page.wait_for_url("**/reports/1")
    expect(page.locator("#report-open")).to_be_visible()
    is_fine(page)
    with page.expect_download() as paper:
        page.locator("#report-save").click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF-")
    page.goto(f"{reading.url}/download")
    is_fine(page)
    with page.expect_download() as taken:
        page.locator("#exam-download form button").click()
    target = tmp_path / "exam.zip"
    taken.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert "DICOMDIR" in archive.namelist()
    assert wait_until(lambda: len(reading.ward.rows("exam.download")) == 1)
