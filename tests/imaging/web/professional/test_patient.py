# SPDX-License-Identifier: Apache-2.0
"""A patient's page: who it is, what the decision allows of theirs, and what is done from it."""

import pytest

from imaging_app.demo.cast import FILM, SCANNER
from imaging_app.exams.reports import TEXT, Written
from imaging_app.sharing.codes import Scope
from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    DOCTOR,
    HOSPITAL_ID,
    NEUROLOGIST,
    say_motive,
    submit,
)


@pytest.fixture
def gaetan(desk):
    return desk.patient("patient")


@pytest.fixture
def doctor(desk, gaetan):
    """Who has said why."""
    browser = desk.scene.inside("doctor")
    say_motive(browser, gaetan)
    return browser


def exams(browser, patient, query=""):
    page = browser.page(f"/professional/patients/{patient}?{query}")
    return [one["data-exam"] for one in page.select("[data-exam]")]


def test_who_it_is_stands_first(desk, gaetan, doctor):
    page = doctor.page(f"/professional/patients/{gaetan}")
    strip = page.select_one("#identity")
    assert strip["data-patient"] == gaetan
    assert strip.h1.get_text(" ", strip=True) == "ÉBEAUPRÉ Gaëtan"
    assert "30/11/1948" in strip.get_text()
    # The number itself stands on no page.
    assert "1481141018042" not in page.get_text()
    noted = page.select_one("#remember")
    assert (noted["data-text"], noted["data-more"]) == ("ÉBEAUPRÉ Gaëtan", "30/11/1948")


def test_visits_are_in_order_with_what_each_exam_offers(desk, gaetan, doctor):
    page = doctor.page(f"/professional/patients/{gaetan}")
    known = desk.exams(gaetan)
    assert len(page.select(".visit")) == 2
    first, last = page.select("[data-exam]")
    assert (first["data-exam"], last["data-exam"]) == (known[SCANNER].id, known[FILM].id)
    assert first.select_one("[data-new]")
    assert not last.select_one("[data-new]")
    assert [one["href"] for one in first.select(".actions a")] == [
        f"/exams/{known[SCANNER].id}/reports/1",
        f"/exams/{known[SCANNER].id}",
        # Of the hospital alone somebody has permitted it.
        f"/exams/{known[SCANNER].id}/download",
    ]
    assert not last.select("a[href$='/download']")


def test_only_what_the_decision_allows_is_there(desk, gaetan, doctor):
    known = desk.exams(gaetan)
    assert exams(doctor, gaetan) == [known[SCANNER].id, known[FILM].id]
    desk.withdraw(gaetan, HOSPITAL_ID)
    assert exams(doctor, gaetan) == [known[FILM].id]
    with desk.rooms.database.write() as tx:
        desk.rooms.exams.index.hide(tx, known[FILM].id, hidden=True)
    page = doctor.page(f"/professional/patients/{gaetan}")
    assert page.select_one(".empty")
    desk.block(gaetan, DOCTOR)
    assert doctor.get(f"/professional/patients/{gaetan}").status_code == 403


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("modality=CT", [SCANNER]),
        ("modality=MR", []),
        # One word for two: CR and DX.
        ("modality=CR", [FILM]),
        ("modality=DX", [FILM]),
        ("modality=nothing", [SCANNER, FILM]),
        ("since=01/11/2026", [SCANNER]),
        ("until=01112026", [FILM]),
        ("since=2025-01-01&until=2025-12-31", [FILM]),
        ("page=2", []),
    ],
)
def test_the_list_is_narrowed(desk, gaetan, doctor, query, titles):
    known = desk.exams(gaetan)
    assert exams(doctor, gaetan, query) == [known[one].id for one in titles]


def test_a_day_that_is_none_is_said_at_its_field(desk, gaetan, doctor):
    page = doctor.page(f"/professional/patients/{gaetan}?since=hier&modality=CT")
    assert page.select_one("#since-error")
    assert page.select_one("#since")["value"] == "hier"
    assert page.select_one("#exams details")["open"] == ""


def test_pages_of_a_list_are_one_look_at_the_patient(desk, gaetan, doctor):
    before = len(desk.trace())
    for query in ("", "page=2", "modality=CT", "done=told"):
        exams(doctor, gaetan, query)
    assert desk.trace()[before:] == [("patient.open", "allowed", False)]


def test_a_result_is_told_once_and_who_and_when_are_kept(desk, gaetan, doctor):
    exam = desk.exams(gaetan)[SCANNER].id
    path = f"/professional/exams/{exam}/told"
    answer = submit(doctor, path, version="1")
    where = f"/professional/patients/{gaetan}?done=told#exam-{exam}"
    assert (answer.status_code, answer.headers["Location"]) == (303, where)
    shown = doctor.page(f"/professional/patients/{gaetan}?done=told")
    article = shown.select_one(f"#exam-{exam}")
    assert "Claire Durand" in article.select_one("[data-told]").get_text()
    assert not article.select("form")
    again = submit(doctor, path, version="1")
    assert "done=told-before" in again.headers["Location"]
    with desk.rooms.database.read() as tx:
        told = desk.rooms.access.results.told(tx, exam)
    assert (told.by_rpps, told.at) == (DOCTOR, desk.scene.time())


def test_a_later_version_is_told_anew(desk, gaetan, doctor):
    exam = desk.exams(gaetan)[SCANNER].id
    path, listed = f"/professional/exams/{exam}/told", f"/professional/patients/{gaetan}"
    submit(doctor, path, version="1")
    with desk.rooms.database.write() as tx:
        desk.rooms.exams.reports.add(tx, exam, Written(TEXT, "", b"juste"), by="agent")
    article = doctor.page(listed).select_one(f"#exam-{exam}")
    assert article.select("[data-told]")
    assert article.select_one("form [name=version]")["value"] == "2"
    assert "done=told#" in submit(doctor, path, version="2").headers["Location"]
    assert not doctor.page(listed).select_one(f"#exam-{exam}").select("form")


def without_report(desk, exam):
    with desk.rooms.database.write() as tx:
        tx.exec_driver_sql(f"DELETE FROM reports WHERE exam = '{exam}'")


def test_what_was_not_on_the_page_is_not_told(desk, gaetan, doctor):
    exam, reported = desk.exams(gaetan)[SCANNER].id, desk.exams(gaetan)[FILM].id
    without_report(desk, exam)
    for more in ({}, {"version": "1"}, {"version": "-1"}, {"version": "x"}, {"version": ""}):
        assert submit(doctor, f"/professional/exams/{exam}/told", **more).status_code == 409
    with desk.rooms.database.write() as tx:
        desk.rooms.exams.reports.add(tx, reported, Written(TEXT, "", b"juste"), by="agent")
    # The page said that there was none, and one has come since.
    path = f"/professional/exams/{reported}/told"
    assert submit(doctor, path, version="0").status_code == 409
    with desk.rooms.database.read() as tx:
        assert desk.rooms.access.results.told(tx, exam) is None
        assert desk.rooms.access.results.told(tx, reported) is None


def test_an_exam_without_a_report_is_told_itself_and_a_later_report_waits(desk, gaetan, doctor):
    exam = desk.exams(gaetan)[SCANNER].id
    without_report(desk, exam)
    patient, listed = desk.scene.inside("patient"), f"/professional/patients/{gaetan}"
    assert patient.get(f"/exams/{exam}/first").status_code == 403
    doctor = desk.scene.inside("doctor")
    asked = doctor.page(listed).select_one(f"#exam-{exam} form [name=version]")["value"]
    answer = submit(doctor, f"/professional/exams/{exam}/told", version=asked)
    assert "done=told#" in answer.headers["Location"]
    article = doctor.page(listed).select_one(f"#exam-{exam}")
    assert article.select_one("[data-told][data-bare]")
    assert not article.select("form")
    patient = desk.scene.inside("patient")
    assert patient.get(f"/exams/{exam}/first").status_code == 200
    shown = patient.page("/patient").select_one(f"[data-exam='{exam}']")
    assert "Claire Durand" in shown.get_text()
    assert not shown.select("a[href$='/reports']")
    with desk.rooms.database.write() as tx:
        desk.rooms.exams.reports.add(tx, exam, Written(TEXT, "", b"lu"), by="agent")
    patient = desk.scene.inside("patient")
    assert patient.get(f"/exams/{exam}/reports/1").status_code == 404
    assert patient.get(f"/exams/{exam}/first").status_code == 200
    doctor = desk.scene.inside("doctor")
    article = doctor.page(listed).select_one(f"#exam-{exam}")
    assert article.select_one("form [name=version]")["value"] == "1"
    submit(doctor, f"/professional/exams/{exam}/told", version="1")
    assert not doctor.page(listed).select_one(f"#exam-{exam}").select("form, [data-bare]")
    patient = desk.scene.inside("patient")
    assert patient.get(f"/exams/{exam}/reports/1").status_code == 200


def test_without_a_motive_nothing_is_told(desk, gaetan):
    exam = desk.exams(gaetan)[SCANNER].id
    answer = submit(desk.scene.inside("doctor"), f"/professional/exams/{exam}/told", version="1")
    assert answer.status_code == 403
    assert f"/professional/patients/{gaetan}/motive?next=" in answer.text
    with desk.rooms.database.read() as tx:
        assert desk.rooms.access.results.told(tx, exam) is None


def test_a_file_of_one_exam_shows_that_exam(desk, gaetan):
    midwife = desk.scene.inside("midwife")
    exam = desk.exams(gaetan)[FILM].id
    code = desk.issue(Scope(gaetan, CLINIC_ID, exam=exam))
    fields = {"code": code.code, "birth_date": "30/11/1948", "first_name": "Gaëtan"}
    submit(midwife, "/professional/codes/new", **fields)
    say_motive(midwife, gaetan)
    assert exams(midwife, gaetan) == [exam]
    assert exams(midwife, gaetan, f"code={code.id}") == [exam]


def test_a_block_shuts_the_page_that_is_open(desk, gaetan):
    neurologist = desk.scene.inside("neurologist")
    say_motive(neurologist, gaetan)
    assert exams(neurologist, gaetan)
    desk.block(gaetan, NEUROLOGIST)
    assert neurologist.get(f"/professional/patients/{gaetan}").status_code == 403
