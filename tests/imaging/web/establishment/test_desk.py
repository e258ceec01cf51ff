# SPDX-License-Identifier: Apache-2.0
"""The desk: files found and made, consents, who cares, reports."""

import io

import pytest

from imaging_app.consents.consent import State
from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.exams import index
from imaging_app.exams.index import Wanted
from imaging_app.people.involvement import Role
from tests.imaging.exams.test_reports import CDA, RIGHT, WHO
from tests.imaging.web.establishment.kit import (
    CAMILLE,
    GAETAN,
    HERE,
    NEW,
    deeds,
    file_of,
    patient_of,
    send,
    soup,
    wrong_fields,
)

SECTIONS = ("", "/desk", "/desk/new", "/codes", "/codes/new", "/upload", "/aside")
ADMINISTERED = ("/accesses", "/accesses.csv", "/downloads")


def test_who_acts_for_one_establishment_begins_there(filled):
    browser = filled.inside("secretary")
    page = browser.page("/establishment")
    assert page.select_one("main")["data-finess"] == HOSPITAL[0]
    assert browser.page(HERE).main.text == page.main.text
    links = {one["href"] for one in page.select(".sections a")}
    # What only who administers it may open is not offered to others.
    assert not links & {f"{HERE}{one}" for one in ADMINISTERED}
    manager = filled.inside("manager").page(HERE)
    assert {f"{HERE}/accesses", f"{HERE}/downloads"} <= {
        one["href"] for one in manager.select(".sections a")
    }


@pytest.mark.parametrize("who", ["doctor", "patient", "midwife"])
def test_nobody_else_sees_any_of_it(filled, who):
    browser = filled.inside(who)
    file = file_of(filled)
    paths = [f"{HERE}{one}" for one in (*SECTIONS, *ADMINISTERED)]
    for path in (*paths, *(f"{HERE}/files/{file}{one}" for one in ("", "/consent", "/account"))):
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert soup(answer).select_one("#error")["data-error"] == "not-your-space"


def test_another_establishments_things_are_as_unknown_ones(filled):
    """IDOR: house and file in the address, of somebody else or of nobody: one answer."""
    browser, theirs = filled.inside("secretary"), file_of(filled, "E-1187", CLINIC[0])
    foreign = f"/establishment/{CLINIC[0]}"
    mine = file_of(filled)
    pages = [f"{foreign}{one}" for one in SECTIONS + ADMINISTERED]
    pages += [f"{HERE}/files/{one}{end}" for one in (theirs, "nothing")
              for end in ("", "/consent", "/account", "/care")]  # fmt: skip
    pages += [f"{foreign}/files/{one}" for one in (theirs, mine)]
    pages += ["/establishment/999999999", "/establishment/x/desk"]
    told = set()
    for path in pages:
        answer = browser.get(path)
        told.add((answer.status_code, soup(answer).select_one("#error")["data-error"]))
        assert "BEAUPR" not in answer.text
    assert told == {(403, "not_yours")}
    forms = [
        (f"{HERE}/files/{one}/{verb}", {"state": "withdrawn", "heard": "1", "rpps": "10101234570",
                                        "role": "traitant", "way": "make"})
        for one in (theirs, "nothing")
        for verb in ("consent", "care", "care/x/end", "account", "reports")
    ]  # fmt: skip
    forms += [(f"{foreign}/{one}", {"number": "1"}) for one in ("desk/new", "codes/new", "upload")]
    before = deeds(filled, "file.consent", "file.involve")
    for path, form in forms:
        answer = send(browser, path, form)
        told.add((answer.status_code, soup(answer).select_one("#error")["data-error"]))
    assert told == {(403, "not_yours")}
    after = deeds(filled, "file.consent", "file.involve")[len(before) :]
    assert {outcome for _action, outcome in after} == {"basis", "unknown"}


def test_a_file_is_found_by_its_number_and_opening_it_is_traced(filled):
    browser, file = filled.inside("secretary"), file_of(filled)
    answer = browser.get(f"{HERE}/desk?number={GAETAN}")
    assert answer.headers["Location"].endswith(f"/files/{file}")
    page = browser.page(f"{HERE}/files/{file}")
    assert page.h1.text == "ÉBEAUPRÉ Gaëtan"
    assert page.select_one("main")["data-consent"] == "given"
    assert page.select_one("main")["data-account"] == "tied"
    assert len(page.select("#care li")) == 3
    assert deeds(filled)[-1] == ("file.desk", "allowed")
    page = browser.page(f"{HERE}/desk?number=N-1")
    assert page.select_one("#no-file a")["href"] == f"{HERE}/desk/new?number=N-1"


def test_a_new_file_is_made_and_one_that_is_known_says_what_differs(filled):
    browser = filled.inside("secretary")
    assert wrong_fields(send(browser, f"{HERE}/desk/new")) == {
        "number", "birth_name", "first_names", "birth_date", "sex",
    }  # fmt: skip
    wrong = NEW | {"birth_date": "31/02/1980", "birth_place": "x", "ins": "123"}
    answer = send(browser, f"{HERE}/desk/new", wrong)
    assert (answer.status_code, wrong_fields(answer)) == (
        422, {"birth_date", "birth_place", "ins"},
    )  # fmt: skip
    # What was typed comes back.
    assert soup(answer).select_one("#f-birth_name")["value"] == "Sorbier"
    made = send(browser, f"{HERE}/desk/new", NEW)
    file = file_of(filled, "N-100")
    assert made.headers["Location"].endswith(f"/files/{file}?done=made")
    page = browser.page(f"{HERE}/files/{file}?done=made")
    assert page.select_one("#done")
    assert page.select_one("main")["data-consent"] == "never"
    assert patient_of(filled, file).traits.first_names == ("Aurore", "Lise")
    # The same person again is the same file; somebody else is told apart, by which traits.
    assert send(browser, f"{HERE}/desk/new", NEW).status_code == 303
    other = send(browser, f"{HERE}/desk/new", NEW | {"sex": "M", "birth_date": "03/03/1980"})
    assert (other.status_code, wrong_fields(other)) == (422, {"sex", "birth_date"})
    assert soup(other).select_one("#mismatch")


def test_a_birth_date_that_nobody_knows_is_said_to_be_so(filled):
    browser = filled.inside("secretary")
    unknown = NEW | {"birth_date": "", "unknown": "1"}
    assert send(browser, f"{HERE}/desk/new", unknown).status_code == 303
    assert patient_of(filled, file_of(filled, "N-100")).traits.birth_date == ""


def test_a_known_number_is_completed_and_what_is_not_taken_is_said(filled):
    browser = filled.inside("secretary")
    unknown = NEW | {"birth_date": "", "unknown": "1", "birth_place": "69123"}
    send(browser, f"{HERE}/desk/new", unknown)
    file = file_of(filled, "N-100")
    answer = send(browser, f"{HERE}/desk/new", NEW | {"birth_place": "75056", "used_name": "Houx"})
    traits = patient_of(filled, file).traits
    assert (traits.birth_date, traits.used_name, traits.birth_place) == (
        "1980-03-02", "Houx", "69123",
    )  # fmt: skip
    page = browser.page(answer.headers["Location"])
    assert len(page.select("#kept li")) == 1
    assert not browser.page(f"{HERE}/files/{file}?kept=nothing").select_one("#kept")


def test_only_a_qualified_identity_joins_two_files(filled):
    browser = filled.inside("secretary")
    gaetan = patient_of(filled, file_of(filled))
    same = {
        "birth_name": "Ébeaupré", "first_names": "Gaëtan", "birth_date": "30/11/1948", "sex": "M",
        "ins": gaetan.traits.ins.number, "ins_kind": "test",
    }  # fmt: skip
    assert send(browser, f"{HERE}/desk/new", same | {"number": "N-1"}).status_code == 303
    assert patient_of(filled, file_of(filled, "N-1")).id != gaetan.id
    qualified = same | {"number": "N-2", "qualified": "1"}
    assert send(browser, f"{HERE}/desk/new", qualified).status_code == 303
    assert patient_of(filled, file_of(filled, "N-2")).id == gaetan.id
    # One identity of two people: somebody has to look at it.
    other = qualified | {"number": "N-3", "birth_name": "Autre"}
    assert wrong_fields(send(browser, f"{HERE}/desk/new", other)) == {"ins", "birth_name"}


def test_consent_is_given_withdrawn_and_given_again(filled):
    browser = filled.inside("secretary")
    send(browser, f"{HERE}/desk/new", NEW)
    file = file_of(filled, "N-100")
    here = f"{HERE}/files/{file}/consent"
    assert browser.page(here).select_one("#say-given")
    unheard = send(browser, here, {"state": "given"})
    assert unheard.status_code == 422
    assert soup(unheard).select_one("#heard-given-error")
    for state, next_one in (("given", "withdrawn"), ("withdrawn", "renewed"), ("renewed", None)):
        answer = send(browser, here, {"state": state, "heard": "1"})
        assert answer.headers["Location"].endswith(f"/files/{file}?done={state}")
        forms = [one["id"] for one in browser.page(here).select("form.stack")]
        assert forms == [f"say-{next_one or 'withdrawn'}"]
    # What does not follow from what stands is refused; so is what is no state.
    assert send(browser, here, {"state": "given", "heard": "1"}).status_code == 409
    assert send(browser, here, {"state": "never", "heard": "1"}).status_code == 422
    with filled.rooms.database.read() as tx:
        patient = patient_of(filled, file).id
        history = filled.rooms.access.consents.history(tx, patient)
    assert [one.state for one in history] == [State.RENEWED, State.WITHDRAWN, State.GIVEN]
    assert {(one.by_name, one.text_version) for one in history} == {("Hélène Fabre", "2026-1")}


@pytest.mark.parametrize("number", ["79927398713", "123456789"])
def test_who_has_never_come_is_confirmed_too(filled, number):
    """RPPS and ADELI; a mistyped one opens nothing to a stranger."""
    browser, file = filled.inside("secretary"), file_of(filled, CAMILLE)
    here = f"{HERE}/files/{file}/care"
    wrong = send(browser, here, {"rpps": "79927398723", "role": "traitant"})
    assert (wrong.status_code, wrong_fields(wrong)) == (422, {"rpps"})
    new = {"rpps": number, "role": "traitant", "until": ""}
    # A yes to somebody else is none to this one.
    for sure in ({}, {"sure": "10101234567"}):
        asked = soup(send(browser, here, new | sure)).select_one("#sure")
        assert (asked["data-known"], number in asked.text) == ("false", True)
    assert number not in browser.page(f"{HERE}/files/{file}").select_one("#care").text
    answer = send(browser, here, new | {"sure": number})
    assert answer.headers["Location"].endswith("?done=involved")
    assert number in browser.page(f"{HERE}/files/{file}").select_one("#care").text


def test_carers_are_found_added_and_left_out(filled):
    browser, file = filled.inside("secretary"), file_of(filled, CAMILLE)
    here = f"{HERE}/files/{file}/care"
    found = browser.page(f"{here}?family=mede")
    assert [one["value"] for one in found.select("#f-rpps option")] == ["10101234567"]
    for form, wrong in (
        ({}, {"rpps", "role"}),
        ({"rpps": "123", "role": "boss"}, {"rpps", "role"}),
        ({"rpps": "10101234572", "role": "traitant", "until": "01/01/2020"}, {"until"}),
        ({"rpps": "10101234572", "role": "traitant", "until": "soon"}, {"until"}),
    ):
        answer = send(browser, here, form)
        assert (answer.status_code, wrong_fields(answer)) == (422, wrong)
    new = {"rpps": "10101234572", "role": "correspondant", "until": "31/12/2099"}
    # Whoever it is, by name, is confirmed first.
    asked = soup(send(browser, here, new)).select_one("#sure")
    assert (asked["data-known"], "10101234572" in asked.text) == ("false", True)
    new = {one["name"]: one["value"] for one in asked.select("input[type=hidden]")}
    del new["form_token"]
    assert send(browser, here, new).headers["Location"].endswith("?done=involved")
    page = browser.page(f"{HERE}/files/{file}")
    [end] = [one["action"] for one in page.select("#care li form") if "10101234572" in one.text]
    assert send(browser, end).headers["Location"].endswith("?done=left")
    assert send(browser, end).headers["Location"].endswith("?done=unchanged")
    # By the patient's own word, or another establishment's, it is not ended here.
    gaetan = file_of(filled)
    with filled.rooms.database.write() as tx:
        theirs, ours = (
            filled.rooms.access.involvements.record(
                tx,
                patient=patient_of(filled, gaetan).id,
                rpps="10101234572",
                role=Role.TRAITANT,
                source=source,
            )
            for source in (CLINIC[0], HOSPITAL[0])
        )
    # Nor beside another patient's file, whose trace would tell of it.
    for path in (f"{gaetan}/care/{theirs}", f"{file}/care/{ours}", f"{gaetan}/care/nothing"):
        answer = send(browser, f"{HERE}/files/{path}/end")
        assert answer.headers["Location"].endswith("?done=unchanged"), path
    assert (
        send(browser, f"{HERE}/files/{gaetan}/care/{ours}/end")
        .headers["Location"]
        .endswith("?done=left")
    )


def test_every_exam_of_a_file_is_shown_page_by_page(filled, monkeypatch):
    monkeypatch.setattr(index, "PAGE", 1)
    browser, file = filled.inside("secretary"), file_of(filled)
    with filled.rooms.database.write() as tx:
        tx.exec_driver_sql(
            "INSERT INTO exams (id, uid, file, patient, establishment, taken_on, taken_time,"
            " accession, description, referrer, institution, modalities, series, images, size,"
            " added_at, changed_at, hidden) SELECT 'another', '1.2.3.99', file, patient,"
            " establishment, '19990101', taken_time, accession, 'Ancien', referrer, institution,"
            " modalities, series, images, size, added_at, changed_at, hidden FROM exams"
            " WHERE file = ?",
            (file,),
        )
    page = browser.page(f"{HERE}/files/{file}")
    here, following = page.select("#exams li"), page.select_one("#exams [rel=next]")["href"]
    assert len(here) == 1
    [last] = browser.page(following).select("#exams li")
    assert "Ancien" in last.text
    assert not browser.page(following).select("#exams [rel=next]")


def test_a_report_is_added_to_an_exam_of_the_file(filled):
    browser, file = filled.inside("secretary"), file_of(filled)
    with filled.rooms.database.read() as tx:
        [exam], _more = filled.rooms.exams.index.exams(tx, Wanted(file=file))
        [foreign], _more = filled.rooms.exams.index.exams(tx, Wanted(file=file_of(filled, CAMILLE)))
        before = len(filled.rooms.exams.reports.of(tx, exam.id))
    here = f"{HERE}/files/{file}/reports"

    def add(content: bytes, to: str = exam.id):
        form = {"exam": to, "title": "Compte rendu", "report": (io.BytesIO(content), "x.pdf")}
        return send(browser, here, form, content_type="multipart/form-data")

    assert add(b"%PDF-1.7 of some size").headers["Location"].endswith("?done=report")
    # More than a form of words may be.
    assert add(b"%PDF-1.7" + b" " * 200_000).status_code == 303
    for content in (b"", b"\x00\x01\x02"):
        answer = add(content)
        assert (answer.status_code, bool(soup(answer).select_one("#f-report-error"))) == (422, True)
    for other in (foreign.id, "nothing"):
        assert add(b"%PDF-1.7", other).status_code == 403
    with filled.rooms.database.read() as tx:
        reports = filled.rooms.exams.reports.of(tx, exam.id)
    assert (len(reports), reports[0].title) == (before + 2, "Compte rendu")
    # A document that says that it is about somebody else.
    who = WHO.format(**RIGHT | {"family": "Autre"})
    answer = add(CDA.replace('<id extension="17"/>', who).encode())
    assert (answer.status_code, bool(soup(answer).select_one("#f-report-error"))) == (422, True)
    assert deeds(filled, "exam.add")[-1] == ("exam.add", "no_match")
    with filled.rooms.database.read() as tx:
        assert len(filled.rooms.exams.reports.of(tx, exam.id)) == before + 2
