# SPDX-License-Identifier: Apache-2.0
"""The first page: what is new, until it was seen; who is new here is told how to begin."""

import pytest

from imaging_app.clock import DAY
from imaging_app.demo.cast import BRAIN, SCANNER
from imaging_app.sharing.codes import Scope
from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    DOCTOR,
    HOSPITAL_ID,
    NURSE,
    submit,
)

NEW = "#new-results [data-exam]"


def new_exams(browser):
    return [one["data-exam"] for one in browser.page("/professional").select(NEW)]


def test_a_new_result_stands_there_until_it_was_marked_as_seen(desk):
    doctor = desk.scene.inside("doctor")
    scanner = desk.exams(desk.patient("patient"))[SCANNER]
    [row] = doctor.page("/professional").select(NEW)
    assert row["data-exam"] == scanner.id
    # Birth name, first names, birth date, and the way to the report's newest version.
    assert "ÉBEAUPRÉ Gaëtan" in row.get_text()
    assert "30/11/1948" in row.get_text()
    assert row.select_one(".row-deeds a")["href"] == f"/exams/{scanner.id}/reports/1"
    assert row.select_one("a.row-link")["href"].startswith("/professional/patients/")
    form = row.select_one("form")["action"]
    after = submit(doctor, form)
    assert (after.status_code, after.headers["Location"]) == (303, "/professional?done=seen")
    assert new_exams(doctor) == []
    assert doctor.page("/professional?done=seen").select_one("#done")
    assert doctor.page("/professional?done=whatever").select_one("#done") is None
    # Each for themselves.
    assert scanner.id in new_exams(desk.scene.inside("nurse"))


def test_what_is_not_mine_to_see_is_not_new(desk):
    nurse, gaetan = desk.scene.inside("nurse"), desk.patient("patient")
    scanner = desk.exams(gaetan)[SCANNER].id
    with desk.rooms.database.read() as tx:
        before = {one.exam for one in desk.rooms.access.telling.new(tx, NURSE).results}
    assert set(new_exams(nurse)) == before
    assert len(before) == 2
    desk.block(gaetan, NURSE)
    assert set(new_exams(nurse)) == before - {scanner}
    with desk.rooms.database.write() as tx:
        [camille] = before - {scanner}
        assert desk.rooms.exams.index.hide(tx, camille, hidden=True)
    assert new_exams(nurse) == []


def test_what_is_withdrawn_or_old_is_not_new(desk):
    doctor, gaetan = desk.scene.inside("doctor"), desk.patient("patient")
    desk.withdraw(gaetan, HOSPITAL_ID)
    assert new_exams(doctor) == []
    neurologist = desk.scene.inside("neurologist")
    assert new_exams(neurologist)
    desk.scene.time.pass_by(31 * DAY)
    assert new_exams(desk.scene.inside("neurologist")) == []


def test_who_has_nobody_is_told_how_to_begin(desk):
    page = desk.scene.inside("midwife").page("/professional")
    assert page.select_one("#first-steps")
    assert page.select("#new-results .empty")
    assert page.select("#shared .empty")
    assert not desk.scene.inside("doctor").page("/professional").select("#first-steps")


def test_codes_that_hold_are_on_the_first_page(desk):
    therese, midwife = desk.patient("other"), desk.scene.inside("midwife")
    code = desk.issue(Scope(therese, CLINIC_ID), comment="Avis")
    fields = {"code": code.code, "birth_date": "28/02/1939", "first_name": "therese"}
    assert submit(midwife, "/professional/codes/new", **fields).status_code == 303
    page = midwife.page("/professional")
    [row] = page.select("#shared [data-code]")
    assert row["data-code"] == code.code[-4:]
    assert code.code not in page.get_text()
    assert not page.select("#first-steps")
    desk.revoke(code, therese)
    assert not midwife.page("/professional").select("#shared [data-code]")


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "²", ""])
def test_any_page_number_is_a_page(desk, number):
    assert desk.scene.inside("doctor").get(f"/professional?page={number}").status_code == 200


def test_seen_comes_back_to_where_it_was_said(desk):
    doctor, gaetan = desk.scene.inside("doctor"), desk.patient("patient")
    exam = desk.exams(gaetan)[SCANNER].id
    for back, to in (
        (f"/professional/patients/{gaetan}", f"/professional/patients/{gaetan}"),
        ("https://elsewhere.example/", "/professional?done=seen"),
        ("//elsewhere.example/", "/professional?done=seen"),
        ("/logout", "/professional?done=seen"),
    ):
        answer = submit(doctor, f"/professional/exams/{exam}/seen", back=back)
        assert answer.headers["Location"] == to


def test_a_form_of_another_page_changes_nothing(desk):
    doctor = desk.scene.inside("doctor")
    exam = desk.exams(desk.patient("patient"))[SCANNER].id
    assert doctor.post(f"/professional/exams/{exam}/seen").status_code == 403
    assert new_exams(doctor) == [exam]


def test_the_page_is_one_look_at_no_patient(desk):
    desk.scene.inside("doctor").page("/professional")
    assert desk.trace() == []
    with desk.rooms.database.read() as tx:
        assert not desk.rooms.access.results.seen_among(tx, DOCTOR, [BRAIN])
