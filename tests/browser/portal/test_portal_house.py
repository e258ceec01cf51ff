# SPDX-License-Identifier: Apache-2.0
"""An establishment's day in the browser: a consent, an account, codes on paper, exams."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Route, expect

from imaging_app.dicom.door import Door
from imaging_app.enrolling.values import Account, NewAccount
from imaging_app.web.establishment import upload as taking
from tests.browser.portal.desk import Desk, Opener, inside, is_fine, portal
from tests.imaging.dicom_files import image, written
from tests.imaging.filled import fill

HERE = "/establishment/0B0057881"
PHONE = {"viewport": {"width": 390, "height": 844}}
WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}


class Making:
    """A login server that makes what is asked; the real one is in tests/functional."""

    def make(self, _establishment: str, _new: NewAccount, _once: str) -> Account:
        return Account("sub-new", "asorbier", "account-1")

    def find(self, _establishment: str, identifier: str, _birth_date: str) -> Account:
        return Account("sub-old", identifier, "account-2", known=True)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the demo fills it."""
    door = Door()
    try:
        return fill(tmp_path_factory.mktemp("house"), door)
    finally:
        door.close()


@pytest.fixture
def house(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(filled, tmp_path / "filled")
    with portal(tmp_path / "filled") as made:
        found = made.scene.app.extensions["imaging-portal"]
        object.__setattr__(found, "accounts", Making())
        yield made


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["desktop-dark", "phone"])
def test_a_desk_takes_a_consent_makes_an_account_and_prints_a_code(
    house: Desk, browser_of: Opener, tmp_path: Path, screen: dict
) -> None:
    page = inside(house, browser_of(accept_downloads=True, **screen), "secretary")
    is_fine(page)
    page.locator("#f-number").fill("N-100")
    page.locator(".finder button").click()
    page.locator("#no-file a").click()
    page.locator("#f-birth_name").fill("Sorbier")
    page.locator("main form.stack button").click()
    expect(page.locator("#summary")).to_be_visible()
    is_fine(page)
    # What was typed is there still.
    expect(page.locator("#f-birth_name")).to_have_value("Sorbier")
    page.locator("#f-first_names").fill("Aurore")
    page.locator("#f-birth_date").fill("02/03/1980")
    page.locator("#f-sex").select_option("F")
    page.locator("main form.stack button").click()
    expect(page.locator("main")).to_have_attribute("data-consent", "never")
    file = page.url.partition("?")[0]
    page.locator("#consent a.button").click()
    is_fine(page)
    page.locator("#say-given input[type=checkbox]").check()
    page.locator("#say-given button").click()
    expect(page.locator("main")).to_have_attribute("data-consent", "given")
    page.locator("#account a.button").click()
    is_fine(page)
    page.locator("#f-email").fill("aurore@courriel.example")
    page.locator("#make-account button").click()
    expect(page.locator("#identifier")).to_have_text("asorbier")
    page.goto(file)
    expect(page.locator("main")).to_have_attribute("data-account", "tied")
    is_fine(page)
    page.locator("#codes a.button").click()
    # A list at once: what can't be is said on its line.
    page.locator("#f-numbers").fill("N-100\n2026-003102\nX-9")
    page.locator("#issue button").click()
    expect(page.locator("#issued li")).to_have_count(3)
    expect(page.locator("#issued [data-why=unknown]")).to_have_count(1)
    is_fine(page)
    code = page.locator("#issued .code").first.inner_text()
    with page.expect_download() as taken:
        page.locator("#slips button").click()
    taken.value.save_as(tmp_path / "codes.pdf")
    paper = pypdfium2.PdfDocument(tmp_path / "codes.pdf")
    assert len(paper) == 2
    assert code in paper[0].get_textpage().get_text_bounded()
    paper.close()
    page.goto(f"{house.url}{HERE}/codes")
    expect(page.locator("#codes > li")).to_have_count(2)
    is_fine(page)
    page.locator("#codes > li summary").first.click()
    page.locator("#codes > li form button").first.click()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#codes > [data-state=revoked]")).to_have_count(1)


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["desktop-dark", "phone"])
def test_exams_are_brought_in_decided_about_and_accesses_taken_away(
    house: Desk, browser_of: Opener, tmp_path: Path, screen: dict
) -> None:
    page = inside(house, browser_of(accept_downloads=True, **screen), "manager")
    page.goto(f"{house.url}{HERE}/upload")
    is_fine(page)
    page.locator("#f-files").set_input_files(
        [
            {"name": "good.dcm", "mimeType": "application/dicom", "buffer": written(image())},
            {"name": "broken.dcm", "mimeType": "application/dicom", "buffer": b"broken"},
        ]
    )
    page.locator("#upload button").click()
    expect(page.locator("#result")).to_have_attribute("data-end", "done")
    expect(page.locator("#counts [data-fate=kept] dd")).to_have_text("1")
    expect(page.locator("#lines [data-fate=aside]")).to_have_attribute("data-reason", "not-dicom")
    is_fine(page)
    page.goto(f"{house.url}{HERE}/aside")
    is_fine(page)
    page.locator("#aside summary").click()
    page.locator("#aside details form button").click()
    expect(page.locator("#aside li")).to_have_count(0)
    page.goto(f"{house.url}{HERE}/accesses")
    expect(page.locator("#accesses tbody tr").first).to_be_visible()
    is_fine(page)
    with page.expect_download() as taken:
        page.locator("#export").click()
    taken.value.save_as(tmp_path / "accesses.csv")
    assert "house.upload" in (tmp_path / "accesses.csv").read_text("utf-8")
    page.goto(f"{house.url}{HERE}/downloads")
    page.locator("#f-rpps").fill("10101234572")
    page.locator("#permit button").click()
    is_fine(page)
    page.locator("#sure button").click()
    expect(page.locator("#permitted [data-rpps='10101234572']")).to_be_visible()
    is_fine(page)


def test_thousands_of_files_go_some_at_a_time_and_whoever_cancels_keeps_what_was_taken(
    house: Desk, browser_of: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "receive", lambda _ingest, _blocks, _origin: "unreadable")
    page = inside(house, browser_of(**PHONE), "manager")
    page.goto(f"{house.url}{HERE}/upload")
    forms: list[Route] = []

    def hold(route: Route) -> None:
        forms.append(route)
        if len(forms) < 3:
            route.continue_()

    page.route("**/upload", hold)
    files = [
        {"name": f"{number}.dcm", "mimeType": "application/dicom", "buffer": b"x"}
        for number in range(250)
    ]
    page.locator("#f-files").set_input_files(files)
    page.locator("#upload button").click()
    # The third form is on its way: of the first two all files are taken.
    expect(page.locator("#sending-files")).to_contain_text("200")
    expect(page.locator("#sending-bar")).to_have_attribute("role", "progressbar")
    expect(page.locator("#sending-title")).to_be_focused()
    is_fine(page)
    page.locator("#cancel").click()
    expect(page.locator("#result")).to_have_attribute("data-end", "cancelled")
    expect(page.locator("#result-title")).to_be_focused()
    expect(page.locator("#counts [data-fate=refused] dd")).to_have_text("200")
    # Two hundred at most are told one by one.
    expect(page.locator("#lines li")).to_have_count(200)
    expect(page.locator("#upload")).to_be_visible()
    is_fine(page)
    assert len(forms) == 3
