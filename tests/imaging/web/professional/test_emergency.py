# SPDX-License-Identifier: Apache-2.0
"""« Accès en urgence »: proven anew, with a reason, told, for an hour, and ended by hand."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from imaging_app.clock import MINUTE
from imaging_app.notices.models import NoticeRow
from imaging_app.notices.outbox import What
from tests.imaging.web.professional.conftest import HOSPITAL_ID, MIDWIFE, submit
from tests.unit.relying_parties.conftest import asked

WHO = "/professional/emergency/patient"
CAMILLE = {"birth_name": "martin", "first_name": "Camille", "birth_date": "14/5/1972"}
REASON = "Patiente inconsciente, suspicion d’AVC"


@pytest.fixture
def camille(desk):
    return desk.file(HOSPITAL_ID, "2026-003102").patient


def found(answer):
    page = BeautifulSoup(answer.text, "html.parser")
    return [one["data-patient"] for one in page.select("#found [data-patient]")]


def break_in(browser, patient, reason=REASON):
    return submit(browser, f"/professional/patients/{patient}/emergency", reason=reason)


def test_from_the_name_to_an_hour_that_is_flagged_and_ended(desk, camille):
    midwife = desk.scene.inside("midwife")
    assert midwife.page("/professional/emergency").select_one("#go-on")["href"] == WHO
    assert found(submit(midwife, WHO, **CAMILLE)) == [camille]
    page = midwife.page(f"/professional/patients/{camille}/emergency")
    assert page.select_one("#identity")["data-patient"] == camille
    answer = break_in(midwife, camille)
    where = answer.headers["Location"]
    assert (answer.status_code, where) == (303, f"/professional/patients/{camille}?done=broken-in")
    # It is its own motive.
    page = midwife.page(where)
    assert page.select_one("#emergency")["data-minutes"] == "60"
    assert page.select("[data-exam]")
    desk.scene.time.pass_by(14 * MINUTE)
    assert midwife.page(where).select_one("#emergency")["data-minutes"] == "46"
    with desk.rooms.database.read() as tx:
        told = tx.execute(select(NoticeRow.to_kind, NoticeRow.what)).all()
    assert {tuple(one) for one in told} == {
        ("patient", What.EMERGENCY.value), ("establishment", What.EMERGENCY.value)
    }  # fmt: skip
    ended = submit(midwife, f"/professional/patients/{camille}/emergency/end")
    assert ended.headers["Location"] == "/professional?done=emergency-ended"
    assert midwife.get(f"/professional/patients/{camille}").status_code == 403
    flagged = [action for action, _outcome, flag in desk.trace() if flag]
    assert flagged[0] == "patient.emergency"
    assert flagged[-1] == "emergency.end"
    assert "patient.open" in flagged


def test_it_ends_by_itself(desk, camille):
    midwife = desk.scene.inside("midwife")
    break_in(midwife, camille)
    for _quarter in range(6):
        desk.scene.time.pass_by(10 * MINUTE)
        last = midwife.get(f"/professional/patients/{camille}")
    assert last.status_code == 403


@pytest.mark.parametrize("reason", ["", "trop court", "   a   b   c   d   e   "])
def test_without_a_reason_nothing_opens_and_the_form_comes_back(desk, camille, reason):
    midwife = desk.scene.inside("midwife")
    answer = break_in(midwife, camille, reason)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert page.select_one("#reason")["aria-invalid"] == "true"
    assert page.select_one("#reason").get_text().strip() == reason.strip()
    assert midwife.get(f"/professional/patients/{camille}").status_code == 403


def test_an_older_login_proves_itself_again_first(desk, camille):
    midwife = desk.scene.inside("midwife")
    desk.scene.time.pass_by(6 * MINUTE)
    for path in (WHO, f"/professional/patients/{camille}/emergency"):
        answer = midwife.get(path)
        assert answer.status_code == 303
        assert "max_age" in asked(answer.headers["Location"])
    # A form that comes too late opens nothing, and leads to a login that comes back.
    for path, fields, back in (
        (WHO, CAMILLE, WHO),
        (
            f"/professional/patients/{camille}/emergency",
            {"reason": REASON},
            f"/professional/patients/{camille}/emergency",
        ),
    ):
        answer = submit(midwife, path, **fields)
        assert answer.status_code == 403
        again = BeautifulSoup(answer.text, "html.parser").select_one("#error .button")["href"]
        assert again.startswith("/login?")
        assert back.replace("/", "%2F") in again
        assert "MARTIN" not in answer.text
    assert midwife.get(f"/professional/patients/{camille}").status_code == 403


def come_again(browser, name):
    browser.come_as(name)
    assert browser.log_in("/login?level=2&max_age=300&next=/professional").status_code == 303


def typed(browser, path, name):
    return browser.page(path).select_one(f"#{name}")


def test_what_was_typed_is_there_again_after_the_login(desk, camille):
    midwife, path = desk.scene.inside("midwife"), f"/professional/patients/{camille}/emergency"
    desk.scene.time.pass_by(6 * MINUTE)
    answer = break_in(midwife, camille)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "draft" in one)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    # Sealed, and of one form alone.
    assert "inconsciente" not in cookie
    come_again(midwife, "midwife")
    assert not typed(midwife, WHO, "birth_name").get("value")
    assert typed(midwife, path, "reason").get_text().strip() == REASON
    assert break_in(midwife, camille).status_code == 303
    assert typed(midwife, path, "reason").get_text().strip() == ""


def test_whom_one_was_looking_for_is_there_again(desk):
    midwife = desk.scene.inside("midwife")
    desk.scene.time.pass_by(6 * MINUTE)
    submit(midwife, WHO, **CAMILLE)
    come_again(midwife, "midwife")
    for name, value in CAMILLE.items():
        assert typed(midwife, WHO, name)["value"] == value
    assert found(submit(midwife, WHO, **CAMILLE))
    assert not typed(midwife, WHO, "birth_name").get("value")


def test_what_was_typed_is_its_authors_and_not_for_long(desk, camille):
    midwife, path = desk.scene.inside("midwife"), f"/professional/patients/{camille}/emergency"
    desk.scene.time.pass_by(6 * MINUTE)
    break_in(midwife, camille)
    come_again(midwife, "neurologist")
    assert typed(midwife, path, "reason").get_text().strip() == ""
    desk.scene.time.pass_by(5 * MINUTE)
    come_again(midwife, "midwife")
    assert typed(midwife, path, "reason").get_text().strip() == REASON
    desk.scene.time.pass_by(6 * MINUTE)
    come_again(midwife, "midwife")
    assert typed(midwife, path, "reason").get_text().strip() == ""


def test_what_is_too_long_to_be_held_is_not_said_to_be(desk, camille):
    midwife = desk.scene.inside("midwife")
    desk.scene.time.pass_by(6 * MINUTE)
    long = dict.fromkeys(CAMILLE, "🚑" * 600) | {"birth_date": CAMILLE["birth_date"]}
    held, lost = submit(midwife, WHO, **CAMILLE), submit(midwife, WHO, **long)
    assert [one.status_code for one in (held, lost)] == [403, 403]
    kept = [
        any("draft" in each for each in one.headers.getlist("Set-Cookie")) for one in (held, lost)
    ]
    said = [BeautifulSoup(one.text, "html.parser").select_one(".lead").text for one in (held, lost)]
    assert kept == [True, False]
    assert said[0] != said[1]


def test_who_opposes_or_is_unknown_is_not_there(desk, camille):
    midwife = desk.scene.inside("midwife")
    assert found(submit(midwife, WHO, **CAMILLE)) == [camille]
    nobody = submit(midwife, WHO, **{**CAMILLE, "first_name": "Zoé"})
    desk.oppose(camille)
    opposed = submit(midwife, WHO, **CAMILLE)
    for one in (nobody, opposed):
        assert (one.status_code, found(one)) == (200, [])
        assert BeautifulSoup(one.text, "html.parser").select_one("#nobody")
    for patient in (camille, "0" * 32):
        path = f"/professional/patients/{patient}/emergency"
        answers = [midwife.get(path), break_in(midwife, patient)]
        assert [one.status_code for one in answers] == [403, 403]
        assert not any("MARTIN" in one.text for one in answers)


def test_who_is_kept_out_breaks_in_nowhere(desk, camille):
    midwife = desk.scene.inside("midwife")
    break_in(midwife, camille)
    desk.block(camille, MIDWIFE)
    assert found(submit(midwife, WHO, **CAMILLE)) == []
    assert break_in(midwife, camille).status_code == 403
    assert midwife.get(f"/professional/patients/{camille}").status_code == 403


def test_every_trait_is_needed(desk):
    midwife = desk.scene.inside("midwife")
    answer = submit(midwife, WHO, birth_name=" ", birth_date="1972")
    page = BeautifulSoup(answer.text, "html.parser")
    named = [one["href"] for one in page.select("#wrong a")]
    assert (answer.status_code, named) == (422, ["#birth_name", "#first_name", "#birth_date"])


def test_nothing_to_end_is_no_fault(desk, camille):
    midwife = desk.scene.inside("midwife")
    answer = submit(midwife, f"/professional/patients/{camille}/emergency/end")
    assert answer.headers["Location"] == "/professional"
    assert desk.trace() == []
