# SPDX-License-Identifier: Apache-2.0
"""Why somebody opens a patient's exams: before anything is shown, once a day, and only onward."""

import pytest
from bs4 import BeautifulSoup

from imaging_app.access.motives import TO_CHOOSE
from imaging_app.clock import DAY
from tests.imaging.web.professional.conftest import DOCTOR, submit


@pytest.fixture
def patient(desk):
    return desk.patient("patient")


@pytest.fixture
def path(patient):
    return f"/professional/patients/{patient}/motive"


def test_it_is_asked_before_anything_is_shown(desk, patient, path):
    doctor = desk.scene.inside("doctor")
    answer = doctor.get(f"/professional/patients/{patient}?modality=CT")
    where = answer.headers["Location"]
    assert (answer.status_code, where.partition("?")[0]) == (303, path)
    page = doctor.page(where)
    assert not page.select("[data-exam]")
    offered = [one["value"] for one in page.select("input[name=motive]")]
    assert offered == [one.value for one in TO_CHOOSE]
    assert page.select_one(f"a[href='/professional/patients/{patient}/emergency']")
    onward = page.select_one("input[name=next]")["value"]
    answer = submit(doctor, path, motive="consultation", next=onward)
    assert answer.headers["Location"] == f"/professional/patients/{patient}?modality=CT"
    assert doctor.page(answer.headers["Location"]).select("[data-exam]")


def test_it_is_asked_once_a_day_and_the_first_one_stands(desk, patient, path):
    doctor = desk.scene.inside("doctor")
    submit(doctor, path, motive="consultation")
    submit(doctor, path, motive="hospitalisation")
    with desk.rooms.database.read() as tx:
        assert desk.rooms.access.motives.today(tx, DOCTOR, patient).value == "consultation"
    # Who comes to it again goes on.
    assert doctor.get(path).headers["Location"] == f"/professional/patients/{patient}"
    desk.scene.time.pass_by(DAY)
    assert desk.scene.inside("doctor").get(path).status_code == 200


@pytest.mark.parametrize("motive", ["", "urgence", "nothing"])
def test_only_the_three_are_taken(desk, path, motive):
    answer = submit(desk.scene.inside("doctor"), path, motive=motive, next="/exams/1")
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert page.select_one("#wrong a")["href"] == "#motive"
    assert page.select_one("input[name=next]")["value"] == "/exams/1"


@pytest.mark.parametrize(
    ("told", "onward"),
    [
        ("/exams/1?series=2", "/exams/1?series=2"),
        ("https://elsewhere.example/", None),
        ("//elsewhere.example", None),
        ("/\\elsewhere.example", None),
        ("", None),
        ("self", None),
    ],
)
def test_one_goes_on_only_within_the_portal(desk, patient, path, told, onward):
    told = path if told == "self" else told
    answer = submit(desk.scene.inside("doctor"), path, motive="traitant", next=told)
    assert answer.headers["Location"] == (onward or f"/professional/patients/{patient}")
