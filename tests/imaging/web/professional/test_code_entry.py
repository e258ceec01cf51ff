# SPDX-License-Identifier: Apache-2.0
"""A code is entered: what it opens, one answer to all that is wrong, and its limits."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from imaging_app.clock import DAY, HOUR
from imaging_app.demo.cast import FILM
from imaging_app.notices.models import NoticeRow
from imaging_app.notices.outbox import To
from imaging_app.sharing.codes import Scope
from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    HOSPITAL_ID,
    MIDWIFE,
    say_motive,
    submit,
)

ENTER = "/professional/codes/new"


@pytest.fixture
def gaetan(desk):
    return desk.patient("patient")


@pytest.fixture
def code(desk, gaetan):
    """To what the clinic has: one of two exams."""
    return desk.issue(Scope(gaetan, CLINIC_ID))


def typed(code, /, **other):
    return {"code": code.code, "birth_date": "30/11/1948", "first_name": "Gaëtan", **other}


def said(answer):
    """What a refused form says; the values that it keeps."""
    page = BeautifulSoup(answer.text, "html.parser")
    fields = {one["name"]: one.get("value", "") for one in page.select("#code-form input[id]")}
    return page.select_one("#wrong").get_text(" ", strip=True), fields


@pytest.mark.parametrize(
    "other",
    [{}, {"first_name": "gaetan"}, {"birth_date": "30111948"}, {"birth_date": "30-11-1948"}],
)
def test_a_code_opens_what_it_is_of_and_stays_in_the_list(desk, gaetan, code, other):
    midwife = desk.scene.inside("midwife")
    answer = submit(midwife, ENTER, **typed(code, **other))
    where = answer.headers["Location"]
    assert (answer.status_code, where.partition("?")[0]) == (
        303,
        f"/professional/patients/{gaetan}",
    )
    # The motive comes before any exam.
    assert "/motive?" in midwife.get(where).headers["Location"]
    say_motive(midwife, gaetan)
    page = midwife.page(where)
    assert [one["data-exam"] for one in page.select("[data-exam]")] == [desk.exams(gaetan)[FILM].id]
    assert page.select_one("#by-code")
    rows = midwife.page("/professional/codes").select("[data-code]")
    assert [one["data-code"] for one in rows] == [code.code[-4:]]


def test_written_by_hand_it_is_the_same_code(desk, code):
    by_hand = f" {code.code[:4].lower()} - {code.code[4:]} "
    answer = submit(desk.scene.inside("midwife"), ENTER, **typed(code, code=by_hand))
    assert answer.status_code == 303


def test_all_that_is_wrong_is_answered_alike(desk, gaetan, code):
    midwife = desk.scene.inside("midwife")
    expired = desk.issue(Scope(gaetan, CLINIC_ID), days=1)
    revoked = desk.issue(Scope(gaetan, CLINIC_ID))
    closed = desk.issue(Scope(gaetan, HOSPITAL_ID))
    desk.scene.time.pass_by(DAY + 1)
    desk.revoke(revoked, gaetan)
    desk.withdraw(gaetan, HOSPITAL_ID)
    midwife = desk.scene.inside("midwife")
    answers = [
        submit(midwife, ENTER, **fields)
        for fields in (
            typed(code, code="ZZZZ-ZZZZ"),
            typed(code, code="?"),
            typed(code, birth_date="29/11/1948"),
            typed(code, birth_date="", birth_date_unknown="1"),
            typed(code, first_name="Gaston"),
            typed(expired),
            typed(revoked),
            typed(closed),
        )
    ]
    assert {one.status_code for one in answers} == {422}
    assert len({said(one)[0] for one in answers}) == 1
    # What was typed comes back, and nothing else.
    assert said(answers[4])[1] == {
        "code": code.code, "birth_date": "30/11/1948", "first_name": "Gaston"
    }  # fmt: skip
    desk.block(gaetan, MIDWIFE)
    assert said(submit(midwife, ENTER, **typed(code)))[0] == said(answers[0])[0]


def test_what_is_missing_or_no_date_counts_as_no_try(desk, code):
    midwife = desk.scene.inside("midwife")
    for fields, named in (
        (typed(code, code=" "), ["#code"]),
        (typed(code, birth_date=""), ["#birth_date"]),
        (typed(code, birth_date="31/02/1948"), ["#birth_date"]),
        ({}, ["#code", "#first_name", "#birth_date"]),
    ):
        for _again in range(6):
            answer = submit(midwife, ENTER, **fields)
            assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        assert [one["href"] for one in page.select("#wrong a")] == named
        for name in named:
            field = page.select_one(name)
            assert field["aria-invalid"] == "true"
            assert page.select_one(f"{name}-error")["id"] in field["aria-describedby"].split()
    assert submit(midwife, ENTER, **typed(code)).status_code == 303


def test_wrong_tries_shut_a_code_and_tell_its_owner(desk, gaetan, code):
    midwife = desk.scene.inside("midwife")
    for _try in range(5):
        submit(midwife, ENTER, **typed(code, first_name="Gaston"))
    assert submit(midwife, ENTER, **typed(code)).status_code == 422
    with desk.rooms.database.read() as tx:
        rows = tx.execute(select(NoticeRow.to_kind, NoticeRow.to_id)).all()
    assert {tuple(row) for row in rows} == {
        (To.ESTABLISHMENT.value, CLINIC_ID),
        (To.PATIENT.value, gaetan),
    }
    desk.scene.time.pass_by(HOUR)
    assert submit(desk.scene.inside("midwife"), ENTER, **typed(code)).status_code == 303


def test_too_many_tries_are_said_with_everything_typed(desk, code):
    midwife = desk.scene.inside("midwife")
    for number in range(20):
        submit(midwife, ENTER, **typed(code, code=f"ZZZZ-ZZ{number:02}"))
    answer = submit(midwife, ENTER, **typed(code))
    assert answer.status_code == 429
    assert said(answer)[1]["code"] == code.code
    # A colleague is not held up.
    assert submit(desk.scene.inside("nurse"), ENTER, **typed(code)).status_code == 303


def test_a_slip_leads_to_a_login_that_does_not_lose_the_code(desk):
    page = desk.scene.browser().page(ENTER)
    assert page.select_one("#code-door .button")["href"] == f"/login?next={ENTER}"
    assert page.select_one("script[src*='professional.js']")
    assert desk.scene.inside("patient").get(ENTER).status_code == 403
    assert desk.scene.browser().post(ENTER, {"code": "x"}).status_code in {303, 401, 403}


def test_an_unknown_birth_date_is_said_and_goes_with_its_code(desk):
    anne = desk.file(CLINIC_ID, "X-0007").patient
    code = desk.issue(Scope(anne, CLINIC_ID))
    midwife = desk.scene.inside("midwife")
    fields = {"code": code.code, "first_name": "Anne", "birth_date": "", "birth_date_unknown": "1"}
    assert submit(midwife, ENTER, **fields).status_code == 303
    page = midwife.page(f"/professional/patients/{anne}/motive")
    born = page.select_one("#identity dl dd").get_text()
    assert born
    assert "0000" not in born
