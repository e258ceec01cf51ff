# SPDX-License-Identifier: Apache-2.0
"""Codes that a patient gives: shown once, used, revoked; for all or for one exam."""

import re
from dataclasses import replace
from typing import Any

import pytest
import qrcode
from bs4 import BeautifulSoup
from qrcode.constants import ERROR_CORRECT_M

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.motives import Motive
from imaging_app.clock import DAY
from imaging_app.demo.cast import CLINIC
from imaging_app.people.professionals import Professional
from imaging_app.sharing.code import fold_code
from imaging_app.sharing.codes import Entered, Scope
from imaging_app.web.patient.picture import BORDER, path_of
from tests.imaging.web.patient.conftest import Space

BORN = "1948-11-30"
MIDWIFE = {"rpps": "10101234570", "name": "Zoé N’Guessan"}


def give(space: Space, path: str = "/patient/shares/new", **typed: str) -> tuple[Any, str]:
    answer = space.post(space.inside(), path, **{"days": "30", "comment": "", **typed})
    assert answer.status_code == 201, answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    return answer, page.select_one("#the-code").get_text(strip=True)


def enter(space: Space, code: str) -> Any:
    who = replace(space.professional(), **MIDWIFE, subject="sub-midwife", session="s-m")
    entered = space.does(space.rooms.access.finding.by_code, who, code, BORN, "Gaëtan")
    space.does(space.rooms.access.finding.say_why, who, space.patient, Motive.CONSULTATION)
    return who, entered


def listed(space: Space, who: str = "patient") -> list[tuple[str, str]]:
    page = space.inside(who).page("/patient/shares")
    return [(str(one["data-code"]), str(one["data-state"])) for one in page.select("[data-code]")]


def test_a_code_is_shown_once_opens_and_is_revoked(space: Space) -> None:
    answer, code = give(space, days="7", comment="Pour mardi")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    assert answer.headers["Cache-Control"] == "no-store"
    browser = space.inside()
    page = browser.page("/patient/shares")
    assert code not in page.get_text()
    assert "Pour mardi" in page.get_text()
    who, entered = enter(space, code)
    assert isinstance(entered, Entered)
    assert entered.expires_at == space.scene.time() + 7 * DAY
    newest, doors = exam(space.exams()[0].id), space.rooms.access.doors
    assert not isinstance(doors.hold(who, newest, Action.EXAM_IMAGES), Refused)
    # Who used it is told, in the list and on the first page.
    space.does(space.rooms.access.professionals.note, professional())
    [share] = browser.page("/patient/shares").select("[data-code]")
    assert "Zoé N’Guessan" in share.select_one(".uses").get_text()
    assert (
        "Zoé N’Guessan" in browser.page("/patient").select_one("[data-notice=code_used]").get_text()
    )
    name = str(share["data-code"])
    assert browser.page(f"/patient/shares/{name}/revoke").select("form button")
    assert listed(space) == [(name, "valid")]
    answer = space.post(browser, f"/patient/shares/{name}/revoke")
    assert answer.headers["Location"] == "/patient/shares?done=revoked"
    assert listed(space) == [(name, "revoked")]
    assert doors.hold(who, newest, Action.EXAM_IMAGES) == Refused(Reason.BASIS)


def professional() -> Professional:
    return Professional(MIDWIFE["rpps"], "N’Guessan", "Zoé", "Sage-femme")


def test_the_picture_holds_the_code_behind_the_sign_that_no_server_is_sent(space: Space) -> None:
    answer, code = give(space)
    page = BeautifulSoup(answer.text, "html.parser")
    home = space.scene.home
    expected = path_of(f"{home}/professional/codes/new#{fold_code(code)}")
    svg = page.select_one("svg.qr")
    assert svg.select_one("path")["d"] == expected.path
    assert f"0 0 {expected.size} {expected.size}" in str(svg)


def test_a_picture_is_what_was_encoded_with_quiet_around_it() -> None:
    text = "https://imagerie.example/professional/codes/new#A0JSMY19"
    drawn = path_of(text)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.path)}
    judge = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    judge.add_data(text)
    modules = judge.get_matrix()
    assert dark == {
        (x + BORDER, y + BORDER)
        for y, row in enumerate(modules)
        for x, is_dark in enumerate(row)
        if is_dark
    }
    assert drawn.size == len(modules) + 2 * BORDER


def test_one_exam_alone_is_shared_once_it_was_told(space: Space) -> None:
    newest, oldest = (one.id for one in space.exams())
    path = f"/patient/exams/{newest}/share"
    browser = space.inside()
    assert browser.get(path).status_code == 403
    assert space.post(browser, path, days="7").status_code == 403
    assert listed(space) == []
    space.tell(newest)
    assert browser.page(path).select("form #days")
    _answer, code = give(space, path)
    who, entered = enter(space, code)
    assert entered.scope == Scope(space.patient, exam=newest)
    doors = space.rooms.access.doors
    assert not isinstance(doors.hold(who, exam(newest), Action.EXAM_IMAGES), Refused)
    assert doors.hold(who, exam(oldest), Action.EXAM_IMAGES) == Refused(Reason.BASIS)


@pytest.mark.parametrize("days", ["", "0", "366", "-1", "x", "1.5", "²", "99999"])
def test_days_that_can_not_be_are_said_at_the_field(space: Space, days: str) -> None:
    newest = space.exams()[0].id
    space.tell(newest)
    for path in ("/patient/shares/new", f"/patient/exams/{newest}/share"):
        answer = space.post(space.inside(), path, days=days, comment="Pour mardi")
        assert answer.status_code == 400
        page = BeautifulSoup(answer.text, "html.parser")
        assert page.select_one("#days")["aria-invalid"] == "true"
        assert page.select_one("#days")["value"] == days
        assert page.select_one("#comment")["value"] == "Pour mardi"
        assert page.select_one("#faults a")["href"] == "#days"
    assert listed(space) == []


@pytest.mark.parametrize("days", ["1", " 365 "])
def test_a_year_at_most_and_a_day_at_least(space: Space, days: str) -> None:
    give(space, days=days)
    assert len(listed(space)) == 1


def test_what_is_nobodys_and_what_is_somebody_elses_is_refused_alike(space: Space) -> None:
    [theirs] = space.exams(space.other)
    space.tell(theirs.id, space.other)
    space.post(space.inside("other"), "/patient/shares/new", days="7", comment="")
    [(code, _state)] = listed(space, "other")
    browser, told = space.inside(), set()
    for path in (
        f"/patient/shares/{code}/revoke",
        "/patient/shares/nothing/revoke",
        f"/patient/exams/{theirs.id}/share",
        "/patient/exams/nothing/share",
    ):
        for answer in (browser.get(path), space.post(browser, path, days="7")):
            page = BeautifulSoup(answer.text, "html.parser")
            main = page.select_one("main")
            told.add((answer.status_code, str(main["data-error"]), main.get_text()))
    assert len(told) == 1
    assert next(iter(told))[:2] == (403, "not_yours")
    assert listed(space, "other") == [(code, "valid")]


def test_a_code_that_an_establishment_gave_is_in_the_list_and_revoked_by_its_patient(
    space: Space,
) -> None:
    codes = space.rooms.access.codes
    issued = space.does(codes.issue, Scope(space.patient, CLINIC[0]), by="agent", days=7)
    assert listed(space) == [(issued.id, "valid")]
    assert "Clinique" in space.inside().page("/patient/shares").select_one("[data-code]").get_text()
    space.post(space.inside(), f"/patient/shares/{issued.id}/revoke")
    assert listed(space) == [(issued.id, "revoked")]


def test_nothing_is_given_where_nothing_is_shared(space: Space) -> None:
    browser = space.inside()
    for finess in ("0B0057881", CLINIC[0]):
        space.post(browser, f"/patient/consents/{finess}/withdraw")
    assert space.post(browser, "/patient/shares/new", days="7").status_code == 403
    assert listed(space) == []
