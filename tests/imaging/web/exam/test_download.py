# SPDX-License-Identifier: Apache-2.0
"""Taking an exam away: who may, after what, and that other programs read all of it."""

import shutil
import subprocess
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.fileset import FileSet

from imaging_app.limits.turns import MOST
from imaging_app.web.exam import download
from imaging_app.web.exam.download import Stopped
from tests.imaging.web.conftest import CHU

RPPS = "10101234567"


@pytest.fixture
def exam(ward):
    return ward.exam()


def take(browser, exam, **form):
    form["form_token"] = browser.form_token()
    return browser.post(f"/exams/{exam}/download", form)


def read(folder: Path) -> list[pydicom.FileDataset]:
    """All that its directory names, by a program that is not ours."""
    found = FileSet(folder / "DICOMDIR")
    loaded = [one.load() for one in found]
    # Its folder for changes, which would be taken away with a warning.
    found._stage["t"].cleanup()
    return loaded


def test_the_page_says_what_it_is_and_how_large(ward, exam):
    browser = ward.comes("doctor")
    page = browser.page(f"/exams/{exam}/download")
    assert page.select_one("input[name=series][value='']").has_attr("checked")
    series = [one.uid for one in ward.series(exam)]
    assert [one["value"] for one in page.select("input[name=series]")] == ["", *series]
    # To look at the page is no download.
    assert ward.rows("exam.download") == []


def test_other_programs_read_all_of_it(ward, exam, tmp_path):
    browser = ward.comes("doctor")
    answer = take(browser, exam)
    assert answer.status_code == 200
    assert answer.content_type == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "BEAUPR" not in answer.headers["Content-Disposition"]
    [row] = ward.rows("exam.download")
    assert (row.outcome, row.shown) == ("allowed", 1)
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        archive.extractall(folder := tmp_path / "taken")
    every = [one for part in ward.series(exam) for one in ward.images(exam, part.uid)]
    found = read(folder)
    assert {one.SOPInstanceUID for one in found} == {one.uid for one in every}
    for one in found:
        if "PixelData" in one:
            assert one.pixel_array.size
    # As they were made, to the last byte.
    taken = {sha256(one.read_bytes()).hexdigest() for one in (folder / "IMAGES").iterdir()}
    assert taken == {one.place.digest for one in every}
    directory = pydicom.dcmread(folder / "DICOMDIR").DirectoryRecordSequence
    [patient] = [one for one in directory if one.DirectoryRecordType == "PATIENT"]
    assert str(patient.PatientName) == "ÉBEAUPRÉ^Gaëtan"
    if dcmdump := shutil.which("dcmdump"):
        told = subprocess.run(
            [dcmdump, "+sd", "+r", str(folder)], capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr
        assert "E:" not in told.stderr


def test_one_series_alone(ward, exam, tmp_path):
    browser = ward.comes("doctor")
    one = ward.series(exam)[0]
    with zipfile.ZipFile(BytesIO(take(browser, exam, series=one.uid).data)) as archive:
        archive.extractall(tmp_path)
    assert {str(each.SeriesInstanceUID) for each in read(tmp_path)} == {one.uid}
    assert take(browser, exam, series="1.2.3").status_code == 404
    other = ward.series(ward.exam("Radio"))[0]
    assert take(browser, exam, series=other.uid).status_code == 404


def test_it_asks_for_a_fresh_login(ward, exam):
    browser = ward.comes("doctor")
    token = browser.form_token()
    ward.scene.time.pass_by(6 * 60)
    assert browser.page(f"/exams/{exam}").select_one(f"a[href='/exams/{exam}/download']")
    page = browser.get(f"/exams/{exam}/download")
    assert page.status_code == 303
    assert page.headers["Location"].startswith("/login?level=2&max_age=300&next=")
    form = browser.post(f"/exams/{exam}/download", {"form_token": token})
    assert form.status_code == 403
    assert 'data-error="level"' in form.text
    assert f"next=%2Fexams%2F{exam}%2Fdownload" in form.text
    assert [one.outcome for one in ward.rows("exam.download")] == ["level"]


def test_what_was_chosen_is_chosen_after_the_login(ward, exam):
    browser, one = ward.comes("doctor"), ward.series(exam)[-1].uid
    token = browser.form_token()
    ward.scene.time.pass_by(6 * 60)
    sent = {"form_token": token, "series": one}
    form = browser.post(f"/exams/{exam}/download", sent).text
    assert f"next=%2Fexams%2F{exam}%2Fdownload%3Fseries%3D{one}" in form
    browser.come_as("doctor")
    browser.log_in("/login?level=2&max_age=300&next=/professional")
    for query, chosen in ((f"?series={one}", one), ("?series=1.2.3", ""), ("", "")):
        page = browser.page(f"/exams/{exam}/download{query}")
        assert [each["value"] for each in page.select("[name=series][checked]")] == [chosen]


@pytest.mark.parametrize("minutes", [0, 6])
def test_whoever_may_look_may_not_take_away(ward, exam, minutes):
    nurse = ward.comes("nurse")
    # Also long after the login: no other one would help.
    ward.scene.time.pass_by(minutes * 60)
    assert not nurse.page(f"/exams/{exam}").select_one(f"a[href='/exams/{exam}/download']")
    page = nurse.get(f"/exams/{exam}/download")
    assert page.status_code == 403
    assert 'data-error="download"' in page.text
    form = take(nurse, exam)
    assert form.status_code == 403
    assert 'data-error="download"' in form.text


def test_a_patient_takes_it_where_the_operator_lets_them(ward, exam):
    ward.tell(exam)
    browser = ward.comes("patient")
    assert take(browser, exam).status_code == 403
    ward.patients_download()
    assert browser.get(f"/exams/{exam}/download").status_code == 200
    assert take(browser, exam).data.startswith(b"PK\x03\x04")


@pytest.mark.parametrize("who", ["midwife", "other", "manager"])
def test_a_stranger_is_told_nothing(ward, exam, who):
    ward.patients_download()
    browser = ward.comes(who)
    for one in (exam, "0" * 32):
        assert browser.get(f"/exams/{one}/download").status_code == 403
        assert take(browser, one).status_code == 403
    assert not [one for one in ward.rows("exam.download") if one.outcome == "allowed"]


def test_without_the_forms_own_word_nothing_goes_out(ward, exam):
    browser = ward.comes("doctor")
    assert browser.post(f"/exams/{exam}/download", {}).status_code != 200
    assert ward.rows("exam.download") == []


def block(ward, _browser):
    with ward.rooms.database.write() as tx:
        ward.rooms.access.blocks.block(tx, ward.patient(), RPPS)


def forbid(ward, _browser):
    # Long after the login: no fresher one is asked for, and still it is asked whether they may.
    ward.scene.time.pass_by(6 * 60)
    with ward.rooms.database.write() as tx:
        assert ward.rooms.access.grants.forbid_download(tx, RPPS, CHU["finess"])


def log_out(_ward, browser):
    assert browser.post("/logout", {"form_token": browser.form_token()}).status_code == 303


def log_out_elsewhere(_ward, browser):
    token = browser.double.logout_token()
    assert browser.post("/backchannel-logout", {"logout_token": token}).status_code == 200


def wait_long(ward, _browser):
    ward.scene.time.pass_by(20 * 60)


def log_in_again(_ward, browser):
    assert browser.log_in("/login?level=2&max_age=0&next=/enter").status_code == 303


def begin(ward, exam, browser):
    answer = browser.client.post(
        f"/exams/{exam}/download",
        base_url=ward.scene.home,
        data={"form_token": browser.form_token()},
        buffered=False,
    )
    blocks = answer.iter_encoded()
    assert next(blocks).startswith(b"PK")
    return answer, blocks


@pytest.mark.parametrize("happens", [block, forbid, log_out, log_out_elsewhere])
def test_a_door_that_closes_meanwhile_stops_it(ward, exam, monkeypatch, happens):
    monkeypatch.setattr(download, "EVERY", 0)
    browser = ward.comes("doctor")
    answer, blocks = begin(ward, exam, browser)
    happens(ward, browser)
    with pytest.raises(Stopped):
        list(blocks)
    answer.close()


@pytest.mark.parametrize("happens", [wait_long, log_in_again])
def test_a_door_that_stays_open_does_not(ward, exam, monkeypatch, happens):
    monkeypatch.setattr(download, "EVERY", 0)
    browser = ward.comes("doctor")
    answer, blocks = begin(ward, exam, browser)
    happens(ward, browser)
    assert list(blocks)[-1].startswith(b"PK")
    answer.close()


def test_a_file_that_is_gone_breaks_it_off(ward, exam):
    browser = ward.comes("doctor")
    last = ward.images(exam, ward.series(exam)[-1].uid)[-1]
    ward.rooms.exams.store.drop(last.place)
    with pytest.raises(Exception, match=last.uid.replace(".", r"\.")):
        take(browser, exam).get_data()


def test_whoever_takes_two_waits_for_the_third(ward, exam):
    browser = ward.comes("doctor")
    token = browser.form_token()

    def begin():
        home = {"base_url": ward.scene.home, "buffered": False}
        return browser.client.post(f"/exams/{exam}/download", data={"form_token": token}, **home)

    first, second = begin(), begin()
    third = begin()
    assert (third.status_code, third.headers["Retry-After"]) == (429, "60")
    assert 'data-error="busy-own"' in third.text
    # It was not taken, and so is not in the patient's history.
    assert len(ward.rows("exam.download")) == 2
    first.close()
    assert begin().status_code == 200
    second.close()


def test_where_many_are_on_their_way_one_is_told_to_come_again(ward, exam):
    turns = ward.rooms.turns
    others = [turns.begin(str(number), 1) for number in range(MOST)]
    browser = ward.comes("doctor")
    answer = take(browser, exam)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert 'data-error="busy-all"' in answer.text
    others[0].end()
    assert take(browser, exam).status_code == 200


def test_what_is_refused_takes_no_turn(ward, exam):
    nurse = ward.comes("nurse")
    doctor = ward.comes("doctor")
    for _ in range(3):
        assert take(nurse, exam).status_code == 403
        assert take(doctor, exam, series="1.2.3").status_code == 404
    assert take(doctor, exam).status_code == 200
