# SPDX-License-Identifier: Apache-2.0
"""A doubtful image is put into a file by somebody who compared both identities, and taken back."""

import pytest
from bs4 import BeautifulSoup

from imaging_app.demo.cast import CLINIC
from imaging_app.exams.index import Wanted
from tests.imaging.dicom_files import image, written
from tests.imaging.web.establishment.kit import (
    CAMILLE,
    GAETAN,
    HERE,
    deeds,
    file_of,
    patient_of,
    send,
    soup,
    wrong_fields,
)
from tests.imaging.web.establishment.test_upload import upload

ASIDE = f"{HERE}/aside"
STUDY = "1.2.826.0.1.3680043.8.498.77"


def wrong(number: int = 0, **changes) -> bytes:
    """An image that names Gaëtan's file and another person."""
    told = {
        "PatientID": GAETAN,
        "PatientName": "Autre^Qui",
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": f"{STUDY}.1",
        "SOPInstanceUID": f"{STUDY}.1.{number}",
    }
    return written(image(**(told | changes)))


@pytest.fixture
def browser(filled):
    return filled.inside("secretary")


def waiting(browser) -> list[str]:
    return [one["data-aside"] for one in browser.page(ASIDE).select("#aside > li")]


def exams_of(filled, number: str):
    with filled.rooms.database.read() as tx:
        wanted = Wanted(file=file_of(filled, number))
        found, _more = filled.rooms.exams.index.exams(tx, wanted)
    return {one.uid: one for one in found}


def compared(browser, one: str, number: str) -> dict[str, str]:
    """What a form says that is sent with a yes."""
    answer = send(browser, f"{ASIDE}/{one}/put", {"number": number})
    assert answer.status_code == 200
    form = soup(answer).select_one("#sure")
    fields = {it["name"]: it["value"] for it in form.select("input[type=hidden]")}
    return {**fields, "compared": "1"}


def put(browser, one: str, number: str):
    return send(browser, f"{ASIDE}/{one}/put", compared(browser, one, number))


def back(browser):
    [form] = browser.page(ASIDE).select("#put form")
    return send(browser, form["action"])


def test_all_that_an_exam_says_alike_is_put_after_both_were_compared(filled, browser):
    stranger = wrong(9, PatientName="Tierce^Personne")
    upload(browser, ("a", wrong(1)), ("b", wrong(2)), ("c", stranger))
    [one, *_more] = waiting(browser)
    with filled.rooms.database.read() as tx:
        found = filled.rooms.exams.aside.waiting(tx, HERE.rpartition("/")[2])[0]
    one = next(it.id for it in found if it.name == "a")
    page = browser.page(f"{ASIDE}/{one}/put")
    assert page.select_one("#f-number")["value"] == GAETAN
    answer = send(browser, f"{ASIDE}/{one}/put", {"number": CAMILLE})
    lines = {it["data-trait"]: it for it in soup(answer).select("#sides [data-trait]")}
    assert list(lines) == ["name", "first_name", "birth_date", "sex", "number"]
    assert "Autre" in lines["name"].get_text()
    assert "differs" in lines["name"]["class"]
    assert soup(answer).select_one("#differs")
    # Nothing is moved by looking.
    assert len(waiting(browser)) == 3
    done = put(browser, one, CAMILLE)
    where = f"{HERE}/files/{file_of(filled, CAMILLE)}?done=put"
    assert (done.status_code, done.headers["Location"]) == (303, where)
    assert exams_of(filled, CAMILLE)[STUDY].images == 2
    assert STUDY not in exams_of(filled, GAETAN)
    # Who says otherwise of its patient still waits, and its exam is not parted.
    [left] = waiting(browser)
    answer = send(browser, f"{ASIDE}/{left}/put", {"number": GAETAN})
    assert answer.status_code == 422
    assert soup(answer).select_one("#f-number-error")
    assert ("file.put", "allowed") in deeds(filled)
    # The bytes are in the exam, and no more among what was set aside.
    assert len(list((filled.rooms.settings.store / "aside").iterdir())) == 1


def test_it_is_said_that_more_wait_than_are_put_at_once(filled, browser, monkeypatch):
    upload(browser, ("a", wrong(1)), ("b", wrong(2)))
    page = f"{ASIDE}/{waiting(browser)[0]}/put"
    for most, said in ((2, 0), (1, 1)):
        monkeypatch.setattr("imaging_app.access.putting.MOST", most)
        answer = send(browser, page, {"number": CAMILLE})
        assert len(soup(answer).select("#most")) == said


def test_it_is_taken_back_as_it_came_and_an_open_page_closes(filled, browser):
    upload(browser, ("a", wrong(1)), ("b", wrong(2)))
    put(browser, waiting(browser)[0], GAETAN)
    [exam] = [one for uid, one in exams_of(filled, GAETAN).items() if uid == STUDY]
    patient = patient_of(filled, file_of(filled)).id
    with filled.rooms.database.write() as tx:
        filled.rooms.access.results.tell(tx, exam.id, patient, "10101234567", "Dr Durand", 0)
    gaetan = filled.inside("patient")
    assert gaetan.get(f"/exams/{exam.id}/alive").status_code == 204
    browser = filled.inside("secretary")
    assert back(browser).headers["Location"].endswith("?done=put-back")
    gaetan = filled.inside("patient")
    assert gaetan.get(f"/exams/{exam.id}/alive").status_code == 403
    browser = filled.inside("secretary")
    assert len(waiting(browser)) == 2
    assert not browser.page(ASIDE).select("#put")
    assert STUDY not in exams_of(filled, GAETAN)
    with filled.rooms.database.read() as tx:
        rows = tx.exec_driver_sql(
            "SELECT action FROM trace WHERE shown AND outcome = 'allowed' AND patient = ?"
            " AND action LIKE 'file.%' ORDER BY seq",
            (patient,),
        ).scalars()
        assert list(rows) == ["file.put", "file.take_out"]
    # And once more, into the right one.
    put(browser, waiting(browser)[0], CAMILLE)
    assert exams_of(filled, CAMILLE)[STUDY].images == 2


def test_without_a_yes_and_after_a_change_nothing_is_put(filled, browser):
    upload(browser, ("a", wrong(1)))
    [one] = waiting(browser)
    path, form = f"{ASIDE}/{one}/put", compared(browser, one, GAETAN)
    unsure = send(browser, path, {name: form[name] for name in ("number", "mark")})
    assert unsure.status_code == 422
    assert soup(unsure).select_one("#f-compared-error")
    # The mark is of one file: another number with it is another question.
    assert send(browser, path, {**form, "number": CAMILLE}).status_code == 409
    patient = patient_of(filled, file_of(filled))
    with filled.rooms.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE patients SET birth_date = '1950-01-01' WHERE id = ?", (patient.id,)
        )
    changed = send(browser, path, form)
    assert changed.status_code == 409
    assert soup(changed).select_one("#changed")
    assert waiting(browser) == [one]
    assert ("file.put", "allowed") not in deeds(filled)
    # What is shown now is compared anew.
    again = {it["name"]: it["value"] for it in soup(changed).select("#sure [type=hidden]")}
    assert send(browser, path, {**again, "compared": "1"}).status_code == 303


@pytest.mark.parametrize("number", ["", "nobody-has-it", "2024-118845"])
def test_a_file_that_is_not_here_is_told_at_its_field(filled, browser, number):
    """That of another establishment is none."""
    upload(browser, ("a", wrong(1)))
    [one] = waiting(browser)
    answer = send(browser, f"{ASIDE}/{one}/put", {"number": number})
    assert answer.status_code == 422
    assert soup(answer).select_one("#f-number-error")
    assert wrong_fields(answer) == set()


def test_what_is_in_doubt_for_another_reason_or_elsewhere_is_nobodys_question(filled, browser):
    upload(browser, ("words.txt", b"no image"))
    head = filled.inside("head")
    upload(head, ("theirs", wrong(1, PatientID="")), path=f"/establishment/{CLINIC[0]}/upload")
    with filled.rooms.database.read() as tx:
        [theirs], _more = filled.rooms.exams.aside.waiting(tx, CLINIC[0])
    browser = filled.inside("secretary")
    [words] = waiting(browser)
    assert not browser.page(ASIDE).select("#aside [data-put]")
    for one in (words, theirs.id, "nothing"):
        assert browser.get(f"{ASIDE}/{one}/put").headers["Location"].endswith("?done=unchanged")
        form = {"number": GAETAN, "mark": "x", "compared": "1"}
        answer = send(browser, f"{ASIDE}/{one}/put", form)
        assert answer.headers["Location"].endswith("?done=unchanged")
    # Of another's decision, and of none, the same.
    head = filled.inside("head")
    there = f"/establishment/{CLINIC[0]}/aside"
    [number] = [it.number for it in clinic_files(filled)][:1]
    form = compared_at(head, f"{there}/{theirs.id}/put", number)
    assert send(head, f"{there}/{theirs.id}/put", form).status_code == 303
    browser = filled.inside("secretary")
    for one in (theirs.id, "nothing", words):
        assert send(browser, f"{ASIDE}/{one}/back").status_code == 409


def clinic_files(filled):
    with filled.rooms.database.read() as tx:
        numbers = tx.exec_driver_sql(
            "SELECT id FROM files WHERE establishment = ?", (CLINIC[0],)
        ).scalars()
        return [filled.rooms.access.files.one(tx, one) for one in numbers]


def compared_at(browser, path: str, number: str) -> dict[str, str]:
    answer = send(browser, path, {"number": number})
    page = BeautifulSoup(answer.text, "html.parser")
    fields = {it["name"]: it["value"] for it in page.select("#sure input[type=hidden]")}
    return {**fields, "compared": "1"}
