# SPDX-License-Identifier: Apache-2.0
"""Consents: what stands, its end with all that follows, its history; and emergencies."""

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.motives import Motive
from imaging_app.demo.cast import CLINIC, HOSPITAL
from tests.imaging.web.patient.conftest import WHY, Space

CHU = HOSPITAL[0]


def standing(space: Space) -> dict[str, str]:
    page = space.inside().page("/patient/consents")
    return {
        str(one["data-finess"]): str(one["data-state"])
        for one in page.select("#consents [data-finess]")
    }


def test_a_withdrawal_is_asked_for_twice_and_acts_at_once(space: Space) -> None:
    access, doctor = space.rooms.access, space.professional()
    newest = exam(space.exams()[0].id)
    space.does(access.finding.say_why, doctor, space.patient, Motive.CONSULTATION)
    assert not isinstance(access.doors.hold(doctor, newest, Action.EXAM_IMAGES), Refused)
    browser = space.inside()
    assert standing(space) == {CHU: "given", CLINIC[0]: "given"}
    assert browser.page(f"/patient/consents/{CHU}/withdraw").select(".points li")
    assert standing(space) == {CHU: "given", CLINIC[0]: "given"}
    answer = space.post(browser, f"/patient/consents/{CHU}/withdraw")
    assert answer.headers["Location"] == "/patient/consents?done=withdrawn"
    assert standing(space) == {CHU: "withdrawn", CLINIC[0]: "given"}
    assert access.doors.hold(doctor, newest, Action.EXAM_IMAGES) == Refused(Reason.CONSENT)
    page = browser.page("/patient/consents")
    assert page.select(f"[data-finess='{CHU}'] a") == []
    said = page.select("#consent-history li")
    assert len(said) == 3
    assert "CHU" in said[0].get_text()


def test_it_is_not_withdrawn_twice_nor_where_nothing_is_shared(space: Space) -> None:
    browser = space.inside()
    space.post(browser, f"/patient/consents/{CHU}/withdraw")
    for finess in (CHU, "690000009"):
        assert browser.get(f"/patient/consents/{finess}/withdraw").status_code == 403
        assert space.post(browser, f"/patient/consents/{finess}/withdraw").status_code == 409


def test_a_withdrawal_is_ones_own(space: Space) -> None:
    space.post(space.inside("other"), f"/patient/consents/{CLINIC[0]}/withdraw")
    assert standing(space) == {CHU: "given", CLINIC[0]: "given"}


def test_emergencies_are_opposed_and_allowed_again(space: Space) -> None:
    breaks_in = space.rooms.access.finding.break_in
    browser = space.inside()

    def opposes() -> str:
        return str(browser.page("/patient/consents").select_one("#emergency")["data-opposes"])

    assert opposes() == "no"
    assert browser.page("/patient/emergency").select_one("[name=opposes]")["value"] == "yes"
    answer = space.post(browser, "/patient/emergency", opposes="yes")
    assert answer.headers["Location"] == "/patient/consents?done=opposed"
    assert opposes() == "yes"
    refused = space.does(breaks_in, space.professional(), space.patient, WHY)
    assert refused == Refused(Reason.OPPOSED)
    assert browser.page("/patient/emergency").select_one("[name=opposes]")["value"] == "no"
    answer = space.post(browser, "/patient/emergency", opposes="no")
    assert answer.headers["Location"] == "/patient/consents?done=allowed"
    assert opposes() == "no"
    assert isinstance(space.does(breaks_in, space.professional(), space.patient, WHY), str)


def test_nothing_that_can_not_be_read_changes_it(space: Space) -> None:
    browser = space.inside()
    space.post(browser, "/patient/emergency", opposes="yes")
    assert space.post(browser, "/patient/emergency", opposes="maybe").status_code == 400
    assert space.post(browser, "/patient/emergency").status_code == 400
    page = browser.page("/patient/consents")
    assert page.select_one("#emergency")["data-opposes"] == "yes"
