# SPDX-License-Identifier: Apache-2.0
"""Ids of others, and of nothing: one answer, and nothing of anybody on it."""

import pytest

from imaging_app.demo.cast import SCANNER
from imaging_app.sharing.codes import Scope
from tests.imaging.web.professional.conftest import (
    CLINIC_ID,
    DOCTOR,
    HOSPITAL_ID,
    say_motive,
    submit,
)
from tests.unit.relying_parties.conftest import error_of

PATIENT = "/professional/patients/{patient}"
# What takes the id of something: by which method, and what else it is sent.
ADDRESSES = [
    ("GET", PATIENT, {}),
    ("GET", PATIENT + "/motive", {}),
    ("POST", PATIENT + "/motive", {"motive": "consultation"}),
    ("POST", "/professional/exams/{exam}/seen", {}),
    ("POST", "/professional/exams/{exam}/told", {}),
]
EMERGENCY = [
    ("GET", PATIENT + "/emergency", {}),
    ("POST", PATIENT + "/emergency", {"reason": "Patient inconscient"}),
]
NOTHING = {"patient": "0" * 32, "exam": "0" * 32}


def ask(browser, method, path, fields):
    return browser.get(path) if method == "GET" else submit(browser, path, **fields)


def plain(answer, path):
    """What is the same for all: the address and the session's own values taken out."""
    return answer.text.replace(path, "").replace(path.replace("/", "%2F"), "")


@pytest.fixture
def things(desk):
    patient = desk.patient("patient")
    return {"patient": patient, "exam": desk.exams(patient)[SCANNER].id}


def test_whoever_makes_ids_up_fills_no_trace(desk, things):
    """Each deed has its first, second, fourth time; all that is looked at has one row."""
    browser, count = desk.scene.inside("doctor"), 20

    def rows():
        with desk.rooms.database.read() as tx:
            asked = "SELECT action, outcome, detail FROM trace ORDER BY seq"
            return tx.exec_driver_sql(asked).all()

    before, posted = len(rows()), [one for one in ADDRESSES if one[0] == "POST"]
    for number in range(count):
        made_up = dict.fromkeys(NOTHING, f"{number:032x}")
        for method, path, fields in ADDRESSES:
            answer = ask(browser, method, path.format(**made_up), fields)
            assert (answer.status_code, error_of(answer)) == (403, "not_yours")
    told = rows()[before:]
    assert {one.outcome for one in told} == {"unknown"}
    most = count.bit_length()
    assert len(posted) < len(told) <= most * (len(posted) + 1) + 1
    assert any('"times":16' in (one.detail or "").replace(" ", "") for one in told)
    # What is done to what is there is a row, as ever.
    before = len(rows())
    for _time in range(3):
        submit(browser, f"/professional/exams/{things['exam']}/told")
    assert len(rows()) == before + 3


SHUT = [
    (*address, why)
    for address in ADDRESSES
    for why in ("stranger", "blocked", "withdrawn", "hidden")
    # An exam alone is masked.
    if why != "hidden" or "{exam}" in address[1]
]


@pytest.mark.parametrize(("method", "path", "fields", "why"), SHUT)
def test_what_is_not_mine_is_as_if_it_were_not(desk, things, method, path, fields, why):
    browser = desk.scene.inside("midwife" if why == "stranger" else "doctor")
    if why == "blocked":
        say_motive(browser, things["patient"])
        desk.block(things["patient"], DOCTOR)
    if why == "withdrawn":
        for house in (HOSPITAL_ID, CLINIC_ID):
            desk.withdraw(things["patient"], house)
    if why == "hidden":
        with desk.rooms.database.write() as tx:
            assert desk.rooms.exams.index.hide(tx, things["exam"], hidden=True)
    theirs, nobodys = path.format(**things), path.format(**NOTHING)
    foreign = ask(browser, method, theirs, fields)
    unknown = ask(browser, method, nobodys, fields)
    assert (foreign.status_code, error_of(foreign)) == (403, "not_yours")
    assert (unknown.status_code, error_of(unknown)) == (403, "not_yours")
    assert plain(foreign, theirs) == plain(unknown, nobodys)
    assert "BEAUPR" not in foreign.text
    with desk.rooms.database.read() as tx:
        assert desk.rooms.access.results.told(tx, things["exam"]) is None


@pytest.mark.parametrize(("method", "path", "fields"), EMERGENCY)
@pytest.mark.parametrize("why", ["blocked", "withdrawn", "opposes"])
def test_no_emergency_opens_what_is_shut(desk, things, method, path, fields, why):
    browser = desk.scene.inside("doctor")
    if why == "blocked":
        desk.block(things["patient"], DOCTOR)
    if why == "withdrawn":
        for house in (HOSPITAL_ID, CLINIC_ID):
            desk.withdraw(things["patient"], house)
    if why == "opposes":
        desk.oppose(things["patient"])
    theirs, nobodys = path.format(**things), path.format(**NOTHING)
    foreign = ask(browser, method, theirs, fields)
    unknown = ask(browser, method, nobodys, fields)
    assert (foreign.status_code, error_of(foreign)) == (403, "not_yours")
    assert plain(foreign, theirs) == plain(unknown, nobodys)


@pytest.mark.parametrize("who", ["patient", "other", "manager", "secretary"])
@pytest.mark.parametrize(("method", "path", "fields"), [*ADDRESSES, *EMERGENCY])
def test_no_other_space_has_these_pages(desk, things, who, method, path, fields):
    answer = ask(desk.scene.inside(who), method, path.format(**things), fields)
    assert (answer.status_code, error_of(answer)) == (403, "not-your-space")


@pytest.mark.parametrize(
    "path",
    ["/professional/search?q=eb", "/professional/files", "/professional/codes",
     "/professional/emergency", "/professional/emergency/patient"],
)  # fmt: skip
def test_nor_have_they_what_finds_people(desk, path):
    for who in ("patient", "manager"):
        answer = desk.scene.inside(who).get(path)
        assert (answer.status_code, error_of(answer)) == (403, "not-your-space")
    assert desk.scene.browser().get(path).status_code == 303


FORMS = [one[1:] for one in (*ADDRESSES, *EMERGENCY) if one[0] == "POST"]


@pytest.mark.parametrize(("path", "fields"), FORMS)
def test_a_form_without_its_token_does_nothing(desk, things, path, fields):
    doctor = desk.scene.inside("doctor")
    answer = doctor.post(path.format(**things), fields)
    assert error_of(answer) == "form-expired"
    assert desk.trace() == []


def test_a_code_to_one_file_opens_no_other(desk, things):
    midwife = desk.scene.inside("midwife")
    code = desk.issue(Scope(things["patient"], CLINIC_ID))
    fields = {"code": code.code, "birth_date": "30/11/1948", "first_name": "Gaëtan"}
    submit(midwife, "/professional/codes/new", **fields)
    say_motive(midwife, things["patient"])
    # The scanner is the hospital's.
    for deed in ("seen", "told"):
        answer = submit(midwife, f"/professional/exams/{things['exam']}/{deed}")
        assert (answer.status_code, error_of(answer)) == (403, "not_yours")


def test_when_a_code_is_revoked_what_it_opened_is_shut(desk, things):
    midwife = desk.scene.inside("midwife")
    code = desk.issue(Scope(things["patient"], CLINIC_ID))
    fields = {"code": code.code, "birth_date": "30/11/1948", "first_name": "Gaëtan"}
    submit(midwife, "/professional/codes/new", **fields)
    say_motive(midwife, things["patient"])
    path = PATIENT.format(**things)
    assert midwife.get(path).status_code == 200
    desk.revoke(code, things["patient"])
    assert midwife.get(path).status_code == 403
    assert midwife.get(f"{path}?code={code.id}").status_code == 403


def test_whoever_tries_names_fills_no_trace(desk):
    browser = desk.scene.inside("midwife")
    tried = ["0" * 32, "1" * 32, "A" * 32, "x", "a" * 3000]
    for name in tried:
        for path in (PATIENT.format(patient=name), PATIENT.format(patient=name) + "/motive"):
            answer = browser.get(path)
            assert (answer.status_code, error_of(answer)) == (403, "not_yours")
        assert browser.get(f"/exams/{name}").status_code == 403
    assert [outcome for _action, outcome, _flag in desk.trace()] == ["unknown"]
