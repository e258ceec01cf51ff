# SPDX-License-Identifier: Apache-2.0
"""A patient is found by name among one's own, or by a file's number; two of one name stay two."""

import pytest
from bs4 import BeautifulSoup

from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    HOSPITAL_ID,
    MIDWIFE,
    NEUROLOGIST,
    say_motive,
    submit,
)

SEARCH, FILES = "/professional/search", "/professional/files"
CAMILLE = ("2026-003102", "14/05/1972")


def found(browser, typed):
    page = browser.page(f"{SEARCH}?q={typed}")
    return [one["data-patient"] for one in page.select("#found [data-patient]")]


@pytest.mark.parametrize("typed", ["éb", "EB", "ga", "ebeaupre g", "gaetan%20eb"])
def test_two_letters_find_a_patient_of_mine(desk, typed):
    assert found(desk.scene.inside("doctor"), typed) == [desk.patient("patient")]


def test_two_of_one_name_are_told_apart(desk):
    page = desk.scene.inside("neurologist").page(f"{SEARCH}?q=martin")
    rows = [one.get_text(" ", strip=True) for one in page.select("#found [data-patient]")]
    assert len(rows) == 2
    assert all("MARTIN Camille" in one for one in rows)
    assert ["14/05/1972" in one for one in rows] == [True, False]
    assert ["02/09/1989" in one for one in rows] == [False, True]


@pytest.mark.parametrize("typed", ["", "e", "%20", "-", "%25%25", "e%20b"])
def test_less_than_two_letters_look_for_nobody(desk, typed):
    page = desk.scene.inside("doctor").page(f"{SEARCH}?q={typed}")
    assert page.select_one("#too-short")
    assert desk.trace() == []


def test_nobody_of_mine_leads_to_the_other_ways(desk):
    midwife = desk.scene.inside("midwife")
    known, unknown = (midwife.page(f"{SEARCH}?q={one}") for one in ("ebeaupre", "zzzzzzzz"))
    for page in (known, unknown):
        ways = [one["href"] for one in page.select("#nobody a")]
        assert ways == [FILES, "/professional/codes/new", "/professional/emergency"]
    desk.block(desk.patient("patient"), NEUROLOGIST)
    assert found(desk.scene.inside("neurologist"), "ebeaupre") == []


def typed(number=CAMILLE[0], birth_date=CAMILLE[1], **other):
    told = {"establishment": HOSPITAL_ID, "number": number, "birth_date": birth_date}
    return {**told, **other}


def test_a_file_s_number_and_birth_date_open_that_file_alone(desk):
    midwife = desk.scene.inside("midwife")
    gaetan = desk.patient("patient")
    fields = typed("2026-004417", "30/11/1948")
    answer = submit(midwife, FILES, **fields)
    where = answer.headers["Location"]
    assert (answer.status_code, where.partition("?")[0]) == (
        303,
        f"/professional/patients/{gaetan}",
    )
    say_motive(midwife, gaetan)
    shown = [one["data-exam"] for one in midwife.page(where).select("[data-exam]")]
    theirs = [one for one in desk.exams(gaetan).values() if one.establishment == HOSPITAL_ID]
    assert shown == [one.id for one in theirs]
    # After its hours it is shut again.
    desk.scene.time.pass_by(13 * 3600)
    assert desk.scene.inside("midwife").get(where).status_code == 403


def test_what_does_not_go_together_is_answered_alike(desk):
    midwife = desk.scene.inside("midwife")
    desk.block(desk.file(CLINIC_ID, "L-0412").patient, MIDWIFE)
    answers = [
        submit(midwife, FILES, **fields)
        for fields in (
            typed("nothing"),
            typed(birth_date="15/05/1972"),
            typed(birth_date="", birth_date_unknown="1"),
            typed(establishment=CLINIC_ID),
            typed(establishment="nowhere"),
            typed("L-0412", "28/02/1939", establishment=CLINIC_ID),
        )
    ]
    assert {one.status_code for one in answers} == {422}
    pages = [BeautifulSoup(one.text, "html.parser") for one in answers]
    assert len({one.select_one("#wrong").get_text() for one in pages}) == 1
    assert pages[0].select_one("#number")["value"] == "nothing"
    assert pages[0].select_one("option[selected]")["value"] == HOSPITAL_ID
    assert submit(midwife, FILES, **typed()).status_code == 303


def test_a_missing_field_is_named_and_counts_as_no_try(desk):
    midwife = desk.scene.inside("midwife")
    for _again in range(25):
        answer = submit(midwife, FILES, number="  ", birth_date="hier")
        assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    named = [one["href"] for one in page.select("#wrong a")]
    assert named == ["#establishment", "#number", "#birth_date"]
    assert submit(midwife, FILES, **typed()).status_code == 303


def test_too_many_tries_are_said(desk):
    midwife = desk.scene.inside("midwife")
    for number in range(20):
        submit(midwife, FILES, **typed(str(number)))
    assert submit(midwife, FILES, **typed()).status_code == 429


def test_a_file_of_whom_the_birth_date_is_unknown(desk):
    midwife = desk.scene.inside("midwife")
    fields = typed("X-0007", "", establishment=CLINIC_ID, birth_date_unknown="1")
    assert submit(midwife, FILES, **fields).status_code == 303
