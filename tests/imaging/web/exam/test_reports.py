# SPDX-License-Identifier: Apache-2.0
"""Reports on their pages: which holds, who has seen it, and paper that may do nothing."""

import io
import zipfile

import pytest

from imaging_app.exams.reports import PDF, TEXT, Written

RPPS = "10101234567"


@pytest.fixture
def exam(ward):
    return ward.exam()


def add(ward, exam, content, **how) -> int:
    kind = PDF if content.startswith(b"%PDF-") else TEXT
    with ward.rooms.database.write() as tx:
        return ward.rooms.exams.reports.add(tx, exam, Written(kind, "", content), by="agent", **how)


def is_new(ward, exam) -> bool:
    with ward.rooms.database.read() as tx:
        return exam in [one.exam for one in ward.rooms.access.telling.new(tx, RPPS).results]


def test_to_open_a_report_is_to_have_seen_it(ward, exam):
    browser = ward.comes("doctor")
    assert is_new(ward, exam)
    way = browser.get(f"/exams/{exam}/reports")
    # There is one: it is shown without a list before it.
    assert (way.status_code, way.headers["Location"]) == (303, f"/exams/{exam}/reports/1")
    assert is_new(ward, exam)
    page = browser.page(f"/exams/{exam}/reports/1")
    assert not is_new(ward, exam)
    assert page.select_one(".exam-patient strong").text.startswith("ÉBEAUPRÉ Gaëtan")
    assert page.select_one("#report-paper")["data"] == f"/exams/{exam}/reports/1/paper"
    browser.page(f"/exams/{exam}/reports/1")
    assert [one.outcome for one in ward.rows("exam.seen")] == ["allowed"]
    assert [one.outcome for one in ward.rows("exam.report")] == ["allowed"]


def test_paper_is_shown_and_may_do_nothing(ward, exam):
    browser = ward.comes("doctor")
    answer = browser.get(f"/exams/{exam}/reports/1/paper")
    assert answer.data.startswith(b"%PDF-")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Content-Disposition"] == "inline; filename=report-1.pdf"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= {*policy}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    saved = browser.get(f"/exams/{exam}/reports/1/paper?save=1")
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    page = browser.get(f"/exams/{exam}/reports/1").headers["Content-Security-Policy"]
    assert "object-src 'self'" in page
    assert "frame-ancestors 'none'" in page


def test_words_stay_words(ward, exam):
    words = "Résultat <script>alert(1)</script>\n\n  deux espaces"
    version = add(ward, exam, words.encode(), title="CR", author="Dr Anne Roche")
    browser = ward.comes("doctor")
    page = browser.page(f"/exams/{exam}/reports/{version}")
    assert page.select_one("#report-text").text == words
    assert page.select_one("#report-text script") is None
    assert "Dr Anne Roche" in page.select_one(".report-head").text
    assert browser.get(f"/exams/{exam}/reports/{version}/paper").status_code == 404


def test_what_is_written_here_replaces_what_was_and_paper_of_images_replaces_nothing(ward, exam):
    for words in (b"un", b"deux"):
        add(ward, exam, words)
    browser = ward.comes("doctor")
    listed = browser.page(f"/exams/{exam}/reports").select(".report-list li")
    assert ["report-was" in one.get("class", []) for one in listed] == [False, True, False]
    assert browser.page(f"/exams/{exam}/reports/2").select_one("#report-replaced")
    # Who has read what was replaced, or a paper beside it, has not seen the result.
    assert not browser.page(f"/exams/{exam}/reports/1").select_one("#report-replaced")
    assert is_new(ward, exam)
    assert not browser.page(f"/exams/{exam}/reports/3").select_one("#report-replaced")
    assert not is_new(ward, exam)


def test_an_exam_without_a_report_says_so(ward, exam):
    with ward.rooms.database.write() as tx:
        tx.exec_driver_sql(f"DELETE FROM reports WHERE exam = '{exam}'")
    page = ward.comes("doctor").page(f"/exams/{exam}/reports")
    assert page.select_one("h1 + .lead")
    assert not page.select(".report-list")


@pytest.mark.parametrize("who", ["midwife", "other", "manager"])
def test_a_stranger_is_told_nothing(ward, exam, who):
    browser = ward.comes(who)
    for path in ("", "/1", "/1/paper"):
        answers = [browser.get(f"/exams/{one}/reports{path}") for one in (exam, "0" * 32)]
        assert {one.status_code for one in answers} == {403}
        assert answers[0].text.replace(exam, "") == answers[1].text.replace("0" * 32, "")
    assert ward.scene.browser().get(f"/exams/{exam}/reports/1/paper").status_code == 401
    assert ward.comes("doctor").get(f"/exams/{exam}/reports/9").status_code == 404


def test_without_a_motive_there_is_no_paper(ward, exam):
    browser = ward.comes("doctor", motive=False)
    assert browser.get(f"/exams/{exam}/reports/1").status_code == 303
    assert browser.get(f"/exams/{exam}/reports/1/paper").status_code == 403
    assert is_new(ward, exam)


def test_the_patient_reads_it_once_told(ward, exam):
    browser = ward.comes("patient")
    assert browser.get(f"/exams/{exam}/reports/1/paper").status_code == 403
    ward.tell(exam)
    assert browser.get(f"/exams/{exam}/reports/1/paper").status_code == 200
    browser.page(f"/exams/{exam}/reports/1")
    assert ward.rows("exam.seen") == []


def test_a_corrected_report_is_new_to_whoever_saw_the_first_one(ward, exam):
    browser = ward.comes("doctor")
    first = add(ward, exam, b"faux")
    browser.page(f"/exams/{exam}/reports/{first}")
    assert not is_new(ward, exam)
    second = add(ward, exam, b"juste")
    assert is_new(ward, exam)
    listed = f"/professional/patients/{ward.patient()}"
    assert browser.page(listed).select_one(f"#exam-{exam} [data-new]")
    browser.page(f"/exams/{exam}/reports/{second}")
    assert not is_new(ward, exam)
    assert not browser.page(listed).select_one(f"#exam-{exam} [data-new]")
    add(ward, exam, b"plus juste")
    token = browser.form_token()
    browser.post(f"/professional/exams/{exam}/seen", {"form_token": token})
    assert not is_new(ward, exam)


def test_a_report_that_came_after_what_was_told_waits_and_the_images_do_not(ward, exam):
    first = add(ward, exam, b"faux")
    ward.tell(exam)
    second = add(ward, exam, b"juste")
    browser, here = ward.comes("patient"), f"/exams/{exam}/reports"
    # As if it had not come: the one before is not said to be replaced either.
    assert len(browser.page(here).select(".report-list li")) == 2
    assert not browser.page(f"{here}/{first}").select_one("#report-replaced")
    assert browser.get(f"{here}/{second}").status_code == 404
    paper = add(ward, exam, b"%PDF-1.4 plus juste")
    assert browser.get(f"{here}/{paper}/paper").status_code == 404
    assert ward.comes("doctor").get(f"{here}/{paper}/paper").status_code == 200
    browser = ward.comes("patient")
    assert browser.get(f"/exams/{exam}/first").status_code == 200
    ward.tell(exam)
    assert browser.get(f"{here}/{paper}/paper").status_code == 200
    assert browser.page(f"{here}/{first}").select_one("#report-replaced")


def test_a_wrapped_report_that_waits_is_not_taken_away(ward, exam):
    ward.patients_download()
    with ward.rooms.database.write() as tx:
        # The paper came within an image; told was the result before it.
        [paper] = ward.rooms.exams.reports.of(tx, exam)
        assert paper.image
        ward.rooms.access.results.tell(tx, exam, ward.patient(), RPPS, "Dr Durand", 1)
        tx.exec_driver_sql(f"UPDATE reports SET version = 2 WHERE exam = '{exam}'")

    def files():
        browser = ward.comes("patient")
        sent = {"form_token": browser.form_token(), "series": ""}
        answer = browser.post(f"/exams/{exam}/download", sent)
        assert answer.status_code == 200
        return len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist())

    held_back = files()
    ward.tell(exam)
    assert files() == held_back + 1


def test_a_wrapped_report_that_waits_is_no_kind_of_the_exam_on_any_page(ward, exam):
    ward.patients_download()
    with ward.rooms.database.write() as tx:
        ward.rooms.access.results.tell(tx, exam, ward.patient(), RPPS, "Dr Durand", 1)
        tx.exec_driver_sql(f"UPDATE reports SET version = 2 WHERE exam = '{exam}'")
        # Where nobody has named an exam, its kinds are its name.
        tx.exec_driver_sql(f"UPDATE exams SET description = '' WHERE id = '{exam}'")

    def named(reports):
        browser, here = ward.comes("patient"), f"/exams/{exam}"
        for path in (here, f"{here}/download", f"{here}/{reports}"):
            yield browser.page(path).select_one(".exam-about, .viewer-who p").text
        sent = {"form_token": browser.form_token(), "series": ""}
        answer = browser.post(f"{here}/download", sent)
        assert answer.get_data()
        yield answer.headers["Content-Disposition"]

    assert ["DOC" in one.upper() for one in named("reports")] == [False] * 4
    ward.tell(exam)
    assert ["DOC" in one.upper() for one in named("reports/2")] == [True] * 4


def test_a_series_that_holds_nothing_else_is_as_one_that_there_is_not(ward, exam):
    with ward.rooms.database.write() as tx:
        ward.rooms.access.results.tell(tx, exam, ward.patient(), RPPS, "Dr Durand", 1)
        tx.exec_driver_sql(f"UPDATE reports SET version = 2 WHERE exam = '{exam}'")
    paper = next(one.uid for one in ward.series(exam) if one.modality == "DOC")
    browser = ward.comes("patient")
    answers = [browser.get(f"/exams/{exam}/series/{one}/metadata") for one in (paper, "1.2.3")]
    assert [one.status_code for one in answers] == [404, 404]


def offered(ward, browser, exam) -> set[str]:
    """Where the first page and the patient's lead for the report of an exam."""
    home = browser.page("/professional").select(f"[data-exam='{exam}'] .row-deeds a")
    listed = browser.page(f"/professional/patients/{ward.patient()}")
    return {one["href"] for one in (*home, listed.select_one(f"#exam-{exam} .actions a"))}


def wrap(ward, exam) -> None:
    """One more paper that came as an image, after what there is."""
    with ward.rooms.database.write() as tx:
        tx.exec_driver_sql(
            "INSERT INTO reports SELECT lower(hex(randomblob(16))), exam,"
            " (SELECT max(version) + 1 FROM reports WHERE exam = one.exam), kind, 'Dose', author,"
            " digest, size, image, content, added_by, signed_at, added_at"
            f" FROM reports one WHERE exam = '{exam}' AND image IS NOT NULL LIMIT 1"
        )


def test_what_was_written_here_is_offered_before_a_paper_that_came_after_it(ward, exam):
    written = add(ward, exam, b"words")
    wrap(ward, exam)
    browser, here = ward.comes("doctor"), f"/exams/{exam}/reports"
    assert offered(ward, browser, exam) == {f"{here}/{written}"}
    browser.page(f"{here}/{written + 1}")
    assert is_new(ward, exam)
    browser.page(f"{here}/{written}")
    assert not is_new(ward, exam)


def test_of_several_papers_the_list_is_offered(ward, exam):
    wrap(ward, exam)
    browser, here = ward.comes("doctor"), f"/exams/{exam}/reports"
    assert offered(ward, browser, exam) == {here}
    browser.page(f"{here}/1")
    assert is_new(ward, exam)
    browser.page(f"{here}/2")
    assert not is_new(ward, exam)
