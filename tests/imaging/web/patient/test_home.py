# SPDX-License-Identifier: Apache-2.0
"""The first page: whose it is, what they are told, and whoever has no file yet."""

import pytest
from sqlalchemy import func, select

from imaging_app.clock import DAY
from imaging_app.notices.outbox import To, What
from imaging_app.trace.record import table
from tests.imaging.web.conftest import Scene
from tests.imaging.web.patient.conftest import WHY, Space

PAGES = (
    "/patient", "/patient/exams", "/patient/accesses", "/patient/blocks", "/patient/blocks/new",
    "/patient/traitant", "/patient/consents", "/patient/emergency", "/patient/shares",
    "/patient/shares/new", "/patient/help",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_the_patients_own_and_marks_its_place(space: Space, path: str) -> None:
    page = space.inside().page(path)
    assert len(page.select(".sections [aria-current]")) == (
        path != "/patient/traitant" and path != "/patient/emergency"
    )
    for who in ("doctor", "manager"):
        assert space.inside(who).get(path).status_code == 403
    assert space.scene.browser().get(path).status_code in {302, 303}


@pytest.mark.parametrize("path", PAGES[1:])
def test_an_account_of_no_patient_is_led_to_what_to_do(scene: Scene, path: str) -> None:
    browser = scene.inside("patient")
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patient")
    assert browser.page("/patient").select_one("main")["id"] == "untied"


def test_nor_does_it_do_anything_by_a_form(scene: Scene) -> None:
    browser = scene.inside("patient")
    answer = browser.post("/patient/shares/new", {"form_token": browser.form_token(), "days": "7"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patient")


def test_a_form_without_its_token_does_nothing(space: Space) -> None:
    answer = space.inside().post("/patient/emergency", {"opposes": "yes"})
    assert answer.status_code in {400, 403}
    with space.rooms.database.read() as tx:
        assert not space.rooms.access.patients.find(tx, space.patient).opposes_emergency


def test_it_says_whose_it_is(space: Space) -> None:
    lead = space.inside().page("/patient").select_one(".lead").get_text()
    assert "ÉBEAUPRÉ Gaëtan" in lead
    assert "1948" in lead


def test_an_emergency_is_told_until_it_was_read_and_a_month_longer(space: Space) -> None:
    rooms, doctor = space.rooms, space.professional()
    space.does(rooms.access.finding.break_in, doctor, space.patient, WHY)
    browser = space.inside()
    page = browser.page("/patient")
    [notice] = page.select("[data-notice]")
    assert (notice["data-notice"], notice["data-read"]) == ("emergency", "no")
    assert "Claire Durand" in notice.get_text()
    assert WHY not in page.get_text()
    until = page.select_one("#notices [name=until]")["value"]
    space.scene.time.pass_by(1)
    space.does(
        rooms.access.outbox.put, To.PATIENT, space.patient, What.CODE_LOCKED,
        {"tail": "MY19", "until": space.scene.time()},
    )  # fmt: skip
    assert space.post(browser, "/patient/notices", until=until).status_code == 303
    # What came after the page was shown is still to be read.
    told = [
        (one["data-notice"], one["data-read"])
        for one in browser.page("/patient").select("[data-notice]")
    ]
    assert told == [("code_locked", "no"), ("emergency", "yes")]
    space.scene.time.pass_by(31 * DAY)
    later = space.inside().page("/patient").select("[data-notice]")
    assert [one["data-notice"] for one in later] == ["code_locked"]
    space.post(space.inside(), "/patient/notices", until=str(space.scene.time()))
    assert space.inside().page("/patient").select("[data-notice]") == []


@pytest.mark.parametrize("until", ["", "x", "-1", "²", "9" * 11, "9" * 40])
def test_whatever_is_sent_reads_nothing_of_others_and_nothing_to_come(
    space: Space, until: str
) -> None:
    put = space.rooms.access.outbox.put
    told = {"who": "Claire Durand", "profession": "", "tail": "MY19"}
    space.does(put, To.PATIENT, space.other, What.CODE_USED, told)
    assert space.post(space.inside(), "/patient/notices", until=until).status_code == 303
    with space.rooms.database.read() as tx:
        [one] = space.rooms.access.outbox.of(tx, To.PATIENT, space.other)
    assert one.read_at is None
    assert space.inside().page("/patient").select("[data-notice]") == []


def test_a_stay_is_one_row_of_the_trace(space: Space) -> None:
    count = select(func.count()).where(table.c.action == "patient.self")
    browser = space.inside()
    for path in PAGES:
        browser.page(path)
    with space.rooms.database.read() as tx:
        assert tx.execute(count).scalar_one() == 1
