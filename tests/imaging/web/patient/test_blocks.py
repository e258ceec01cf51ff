# SPDX-License-Identifier: Apache-2.0
"""Keeping a professional out, letting them in again, and who is protected."""

import pytest

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.motives import Motive
from imaging_app.people.professionals import Professional
from tests.imaging.web.patient.conftest import RPPS, Space

DOCTOR = RPPS["doctor"]


def opens(space: Space, name: str = "doctor"):
    who, access = space.professional(name), space.rooms.access
    space.does(access.finding.say_why, who, space.patient, Motive.CONSULTATION)
    return access.doors.hold(who, exam(space.exams()[0].id), Action.EXAM_IMAGES)


def kept_out(space: Space) -> list[str]:
    page = space.inside().page("/patient/blocks")
    return [str(one["data-rpps"]) for one in page.select("#kept-out [data-rpps]")]


def found(space: Space, asked: str, path: str = "/patient/blocks/new") -> list[str]:
    page = space.inside().page(f"{path}?search=1&{asked}")
    return [str(one["data-rpps"]) for one in page.select("#found [data-rpps]")]


def test_a_block_acts_on_what_is_open_and_is_lifted_again(space: Space) -> None:
    assert isinstance(opens(space), Passage)
    browser = space.inside()
    question = browser.page(f"/patient/blocks/{DOCTOR}")
    assert question.select_one("[data-rpps]")["data-rpps"] == DOCTOR
    assert kept_out(space) == []
    answer = space.post(browser, f"/patient/blocks/{DOCTOR}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/patient/blocks?done=blocked")
    assert browser.page("/patient/blocks?done=blocked").select_one("#done")
    assert opens(space) == Refused(Reason.BLOCKED)
    assert kept_out(space) == [DOCTOR]
    # Once is enough.
    assert browser.get(f"/patient/blocks/{DOCTOR}").status_code == 303
    assert browser.page(f"/patient/blocks/{DOCTOR}/lift").select("form button")
    answer = space.post(browser, f"/patient/blocks/{DOCTOR}/lift")
    assert answer.headers["Location"] == "/patient/blocks?done=unblocked"
    assert isinstance(opens(space), Passage)
    assert kept_out(space) == []


def test_a_word_that_nobody_said_is_not_repeated(space: Space) -> None:
    assert space.inside().page("/patient/blocks?done=<b>").select("#done") == []


def test_they_are_looked_for_by_one_thing_at_least(space: Space) -> None:
    doctor = Professional(DOCTOR, "Durand", "Claire", "Médecin", "Oncologie", "0B0057881")
    space.scene.time.pass_by(1)
    space.does(space.rooms.access.professionals.note, doctor)
    assert found(space, "family=dur") == [DOCTOR]
    assert found(space, "given=claire&profession=M%C3%A9decin") == [DOCTOR]
    assert found(space, "speciality=Oncologie") == [DOCTOR]
    assert found(space, "establishment=0B0057881") == [DOCTOR]
    assert found(space, "family=zzz") == []
    assert found(space, "") == []
    page = space.inside().page("/patient/blocks/new?search=1")
    assert page.select_one("#faults a")["href"] == "#family"
    assert space.inside().page("/patient/blocks/new").select("#faults") == []


def test_whoever_nobody_knows_and_whoever_is_not_kept_out_are_refused_alike(space: Space) -> None:
    browser = space.inside()
    paths = ("/patient/blocks/999", "/patient/blocks/999/lift", f"/patient/blocks/{DOCTOR}/lift")
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == 403
        assert 'data-error="not_yours"' in answer.text
    assert space.post(browser, "/patient/blocks/999").status_code == 403
    assert kept_out(space) == []


def test_what_another_patient_decides_is_theirs(space: Space) -> None:
    space.post(space.inside("other"), f"/patient/blocks/{DOCTOR}")
    assert kept_out(space) == []
    assert isinstance(opens(space), Passage)
    assert space.post(space.inside(), f"/patient/blocks/{DOCTOR}/lift").status_code == 303
    assert opens(space, "doctor")
    with space.rooms.database.read() as tx:
        assert space.rooms.access.blocks.stands(tx, space.other, DOCTOR)


def test_the_medecin_traitant_is_named_changed_protected_and_forgotten(space: Space) -> None:
    browser = space.inside()
    assert found(space, "family=medecin", "/patient/traitant") == [DOCTOR]
    assert browser.page(f"/patient/traitant/{DOCTOR}").select("form button")
    answer = space.post(browser, f"/patient/traitant/{DOCTOR}")
    assert answer.headers["Location"] == "/patient/blocks?done=named"
    page = browser.page("/patient/blocks")
    assert page.select_one("#traitant [data-rpps]")["data-rpps"] == DOCTOR
    for answer in (
        browser.get(f"/patient/blocks/{DOCTOR}"),
        space.post(browser, f"/patient/blocks/{DOCTOR}"),
    ):
        assert answer.status_code == 409
        assert 'data-error="protected"' in answer.text
    space.post(browser, f"/patient/traitant/{RPPS['neurologist']}")
    page = browser.page("/patient/blocks")
    assert [one["data-rpps"] for one in page.select("#traitant [data-rpps]")] == [
        RPPS["neurologist"]
    ]
    assert browser.page("/patient/traitant/forget").select("form button")
    answer = space.post(browser, "/patient/traitant/forget")
    assert answer.headers["Location"] == "/patient/blocks?done=forgotten"
    assert browser.page("/patient/blocks").select("#traitant [data-rpps]") == []
    assert browser.get("/patient/traitant/forget").status_code == 303


def test_nobody_but_a_doctor_is_named(space: Space) -> None:
    nurse = Professional("10000009999", "Aubin", "Luc", "Infirmier")
    space.does(space.rooms.access.professionals.note, nurse)
    assert found(space, "family=aubin") == [nurse.rpps]
    assert found(space, "family=aubin", "/patient/traitant") == []
    assert found(space, "profession=M%C3%A9decin", "/patient/traitant") == []
    browser = space.inside()
    for rpps in (nurse.rpps, "999"):
        assert browser.get(f"/patient/traitant/{rpps}").status_code == 403
    assert space.post(browser, f"/patient/traitant/{nurse.rpps}").status_code == 409
    assert space.post(browser, "/patient/traitant/999").status_code == 403


def test_whoever_is_kept_out_is_not_named(space: Space) -> None:
    browser = space.inside()
    space.post(browser, f"/patient/blocks/{DOCTOR}")
    assert space.post(browser, f"/patient/traitant/{DOCTOR}").status_code == 409


@pytest.mark.parametrize("path", ["/patient/blocks/new", "/patient/traitant"])
def test_a_search_is_no_way_to_everybody(space: Space, path: str) -> None:
    assert found(space, "family=%25&given=+", path) == []
    assert found(space, "page=2", path) == []
