# SPDX-License-Identifier: Apache-2.0
"""The viewer's page, what it reads, and that whoever may not is told nothing."""

import gzip
import json
from io import BytesIO

import pytest
from PIL import Image

from imaging_app.access.decide import Reason
from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.consents.consent import State
from imaging_app.limits.streams import EACH, STREAMS
from imaging_app.sharing.codes import Scope


def addresses(ward, exam) -> list[str]:
    """All that the viewer asks of an exam."""
    series = next(one for one in ward.series(exam) if one.modality != "DOC")
    image = ward.images(exam, series.uid)[0]
    here = f"/exams/{exam}"
    return [
        f"{here}/series.json",
        f"{here}/alive",
        f"{here}/first",
        f"{here}/series/{series.uid}/picture",
        f"{here}/series/{series.uid}/metadata",
        f"{here}/images/{image.uid}/frames/1",
    ]


def test_a_professional_says_why_first_and_comes_to_the_viewer(ward):
    exam, patient = ward.exam(), ward.patient()
    browser = ward.comes("doctor", motive=False)
    asked = browser.get(f"/exams/{exam}")
    assert asked.status_code == 303
    way = f"/professional/patients/{patient}/motive?next=%2Fexams%2F{exam}"
    assert asked.headers["Location"] == way
    ward.say_why("doctor")
    page = browser.page(f"/exams/{exam}")
    root = page.select_one("#viewer")
    assert root["data-exam"] == f"/exams/{exam}/series.json"
    assert page.select_one(".viewer-name").text.startswith("ÉBEAUPRÉ Gaëtan")
    assert page.select_one(".viewer-back")["href"] == f"/professional/patients/{patient}"
    assert page.select_one(f"a[href='/exams/{exam}/download']")
    assert page.select_one(f"a[href='/exams/{exam}/reports']")
    nurse = ward.comes("nurse").page(f"/exams/{exam}")
    assert not nurse.select_one(f"a[href='/exams/{exam}/download']")
    # The report is no series of pictures.
    assert len(page.select("[data-series]")) == 1
    assert page.select_one("[data-first]")["src"] == f"/exams/{exam}/first"


def test_the_trace_is_written_before_a_byte_of_an_image_is_read(ward, monkeypatch):
    exam = ward.exam()
    browser = ward.comes("doctor")
    store, seen = ward.rooms.exams.store, []
    for name in ("read", "stream", "local"):
        inner = getattr(store, name)

        def look(*given, _inner=inner):
            # Committed: another connection than the one that wrote sees it.
            seen.append([one.outcome for one in ward.rows("exam.images")])
            return _inner(*given)

        monkeypatch.setattr(type(store), name, lambda _self, *given, _look=look: _look(*given))
    for address in addresses(ward, exam):
        assert browser.get(address).status_code in {200, 204}, address
    assert len(seen) >= 3
    assert all(one == ["allowed"] for one in seen)


def test_one_stay_is_one_row_of_the_patients_history(ward):
    exam = ward.exam()
    browser = ward.comes("doctor")
    browser.page(f"/exams/{exam}")
    for address in addresses(ward, exam) * 2:
        browser.get(address)
    [row] = ward.rows("exam.images")
    assert (row.outcome, row.motive, row.shown) == ("allowed", "consultation", 1)


def test_the_series_are_told_with_the_place_of_the_first_look(ward):
    exam = ward.exam()
    told = ward.comes("doctor").get(f"/exams/{exam}/series.json").json
    with ward.rooms.database.read() as tx:
        assert told["study"] == ward.rooms.exams.index.exam(tx, exam).uid
    [one] = told["series"]
    images = ward.images(exam, one["uid"])
    assert (one["modality"], one["look"]) == ("CT", (len(images) - 1) // 2)


@pytest.mark.parametrize(
    ("who", "title"), [("doctor", "Scanner"), ("neurologist", "Écho")], ids=["images", "frames"]
)
def test_the_page_asks_ahead_for_what_the_viewer_will_show_first(ward, who, title):
    exam = ward.find(title)
    ward.say_why(who, exam=exam)
    browser = ward.scene.inside(who)
    page = browser.page(f"/exams/{exam}")
    ahead = [one["href"] for one in page.select("link[rel=preload][as=fetch]")]
    listed = browser.get(f"/exams/{exam}/series.json").json["series"][0]
    every = [
        f"{listed['images']}/{image.uid}/frames/{frame}"
        for image in ward.images(exam, listed["uid"])
        for frame in range(1, image.frames + 1)
    ]
    told = [f"/exams/{exam}/series.json", listed["metadata"], every[listed["look"]]]
    assert ahead == told
    assert {browser.get(one).status_code for one in ahead} == {200}
    assert page.select_one("link[rel=preload][as=image]")["href"] == f"/exams/{exam}/first"


def test_a_loop_of_one_image_has_its_frames(ward):
    with ward.rooms.database.read() as tx:
        row = tx.exec_driver_sql("SELECT uid, exam, frames FROM images WHERE frames > 1").first()
    assert row.frames > 2
    with ward.rooms.database.write() as tx:
        patient = ward.rooms.exams.index.owner(tx, row.exam).patient
        ward.rooms.access.motives.give(tx, "10101234569", patient, Motive.CONSULTATION)
    browser = ward.scene.inside("neurologist")
    [one] = browser.get(f"/exams/{row.exam}/series.json").json["series"]
    assert one["look"] == (row.frames - 1) // 2
    frames = f"/exams/{row.exam}/images/{row.uid}/frames"
    assert browser.get(f"{frames}/{row.frames}").status_code == 200
    for number in (0, row.frames + 1):
        assert browser.get(f"{frames}/{number}").status_code == 404


def test_frames_come_as_they_lie_in_the_file_between_words_of_their_own(ward):
    exam = ward.exam()
    browser = ward.comes("doctor")
    uid = ward.series(exam)[0].uid
    image = ward.images(exam, uid)[0]
    answer = browser.get(f"/exams/{exam}/images/{image.uid}/frames/1")
    kind, cut = answer.content_type.split("; boundary=")
    assert kind == 'multipart/related; type="application/octet-stream"'
    head, _, rest = answer.data.partition(b"\r\n\r\n")
    part = f"Content-Type: application/octet-stream; transfer-syntax={image.syntax}"
    assert head == f"--{cut}\r\n{part}".encode()
    content = rest.removesuffix(f"\r\n--{cut}--\r\n".encode())
    store, index = ward.rooms.exams.store, ward.rooms.exams.index
    with ward.rooms.database.read() as tx:
        whole = index.image(tx, exam, image.uid)
    [(start, length)] = whole.frames.of(0)
    assert content == store.read(image.place, start, length)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("told", "packed"),
    [
        ({"Save-Data": "on", "Accept-Encoding": "gzip, br"}, True),
        ({"Save-Data": "on", "Accept-Encoding": "br"}, False),
        ({"Save-Data": "off", "Accept-Encoding": "gzip"}, False),
        ({"Accept-Encoding": "gzip"}, False),
    ],
)
def test_frames_come_packed_to_whoever_has_a_slow_line(ward, told, packed):
    exam = ward.exam()
    browser = ward.comes("doctor")
    image = ward.images(exam, ward.series(exam)[0].uid)[0]
    address = f"/exams/{exam}/images/{image.uid}/frames/1"

    def content(answer, *, packed=False):
        cut = answer.content_type.partition("boundary=")[2].encode()
        data = gzip.decompress(answer.data) if packed else answer.data
        assert cut in data
        return data.replace(cut, b"")

    plain, answer = browser.get(address), browser.get(address, headers=told)
    assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert (len(answer.data) < len(plain.data)) is packed
    assert content(answer, packed=packed) == content(plain)


def test_frames_that_are_compressed_already_are_not_packed_again(ward):
    exam = ward.find("Écho")
    ward.say_why("neurologist", exam=exam)
    image = ward.images(exam, ward.series(exam)[0].uid)[0]
    told = {"Save-Data": "on", "Accept-Encoding": "gzip"}
    address = f"/exams/{exam}/images/{image.uid}/frames/1"
    answer = ward.scene.inside("neurologist").get(address, headers=told)
    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None)


def test_metadata_come_packed_and_plain(ward):
    exam = ward.exam()
    browser = ward.comes("doctor")
    uid = ward.series(exam)[0].uid
    address = f"/exams/{exam}/series/{uid}/metadata"
    plain = browser.get(address)
    packed = browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert plain.headers.get("Content-Encoding") is None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    told = json.loads(plain.data)
    assert len(told) == len(ward.images(exam, uid))
    assert {one["0020000E"]["Value"][0] for one in told} == {uid}


def test_long_metadata_take_a_turn_and_short_ones_none(ward):
    exam, streams = ward.exam(), ward.rooms.streams
    browser, address = ward.comes("doctor"), f"/exams/{exam}/series/{ward.series(exam)[0].uid}"
    others = [streams.begin(str(number), 1) for number in range(STREAMS)]
    whole = browser.get(f"{address}/metadata").data
    streams.size = 0
    answer = browser.get(f"{address}/metadata")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert browser.get(f"{address}/picture").status_code == 200
    assert browser.get(f"/exams/{exam}/alive").status_code == 204
    for one in others:
        one.end()
    for _time in range(EACH + 1):
        assert browser.get(f"{address}/metadata").data == whole
    own = [streams.begin("sub-doctor", EACH) for _ in range(EACH)]
    assert browser.get(f"{address}/metadata").status_code == 429
    for one in own:
        one.end()
    assert not streams._of


def test_metadata_name_no_report_that_waits(ward):
    exam = ward.exam()
    with ward.rooms.database.write() as tx:
        [paper] = ward.rooms.exams.reports.of(tx, exam)
        ward.rooms.access.results.tell(tx, exam, ward.patient(), "10101234567", "Dr Durand", 1)
        tx.exec_driver_sql(f"UPDATE reports SET version = 2 WHERE exam = '{exam}'")
    uid = next(
        one.uid for one in ward.series(exam)
        if paper.image in {each.uid for each in ward.images(exam, one.uid)}
    )  # fmt: skip
    address = f"/exams/{exam}/series/{uid}/metadata"
    assert paper.image not in ward.comes("patient").get(address).text
    assert paper.image in ward.comes("doctor").get(address).text
    ward.tell(exam)
    assert paper.image in ward.comes("patient").get(address).text


def test_the_first_look_and_the_small_picture(ward):
    exam = ward.exam()
    browser = ward.comes("doctor")
    uid = ward.series(exam)[0].uid
    first = browser.get(f"/exams/{exam}/first")
    small = browser.get(f"/exams/{exam}/series/{uid}/picture")
    assert (first.content_type, small.content_type) == ("image/jpeg", "image/webp")
    for answer, most in ((first, 1024), (small, 160)):
        assert max(Image.open(BytesIO(answer.data)).size) <= most


def test_what_is_not_there_is_not_found(ward):
    exam, other = ward.exam(), ward.exam("Radio")
    browser = ward.comes("doctor")
    stranger = ward.images(other, ward.series(other)[0].uid)[0]
    here = f"/exams/{exam}"
    for path in (
        f"{here}/images/{stranger.uid}/frames/1",
        f"{here}/images/1.2.3/frames/1",
        f"{here}/images/1..3/frames/1",
        f"{here}/series/{ward.series(other)[0].uid}/metadata",
        f"{here}/series/{ward.series(other)[0].uid}/picture",
    ):
        assert browser.get(path).status_code == 404, path


UNKNOWN = "0" * 32


@pytest.mark.parametrize("who", ["midwife", "other", "manager"])
def test_a_stranger_is_told_nothing_of_an_exam(ward, who):
    """The same for what is somebody else's as for what nobody has."""
    exam = ward.exam()
    browser = ward.comes(who)
    known = [browser.get(one) for one in addresses(ward, exam)]
    unknown = [browser.get(one.replace(exam, UNKNOWN)) for one in addresses(ward, exam)]
    assert {(one.status_code, one.data) for one in known} == {(403, b"")}
    assert [one.data for one in known] == [one.data for one in unknown]
    pages = [browser.get(f"/exams/{one}") for one in (exam, UNKNOWN, "x", "x" * 400)]
    assert {one.status_code for one in pages} == {403}
    assert len({one.text.replace(exam, "").replace(UNKNOWN, "") for one in pages[:2]}) == 1


def test_whoever_is_not_there_is_not_led_away_from_within_the_viewer(ward):
    browser = ward.scene.browser()
    for address in addresses(ward, ward.exam()):
        answer = browser.get(address)
        assert (answer.status_code, answer.data) == (401, b"")
    page = browser.get(f"/exams/{ward.exam()}")
    assert page.status_code == 303


def test_what_the_viewer_asks_by_itself_keeps_no_session_alive(ward):
    exam = ward.exam()
    browser = ward.comes("doctor")
    browser.page(f"/exams/{exam}")
    for _ in range(3):
        ward.scene.time.pass_by(6 * 60)
        last = [browser.get(one).status_code for one in addresses(ward, exam)]
    assert {*last} == {401}


def test_the_patient_sees_it_once_told(ward):
    exam = ward.exam()
    browser = ward.comes("patient")
    before = browser.get(f"/exams/{exam}")
    assert before.status_code == 403
    assert 'data-error="embargo"' in before.text
    assert browser.get(f"/exams/{exam}/first").status_code == 403
    ward.tell(exam)
    page = browser.page(f"/exams/{exam}")
    assert page.select_one(".viewer-back")["href"] == "/patient/exams"
    assert {browser.get(one).status_code for one in addresses(ward, exam)} == {200, 204}


def test_what_a_code_opened_ends_with_its_time_also_in_an_open_viewer(ward):
    exam, patient = ward.exam(), ward.patient()
    frame = addresses(ward, exam)[-1]
    until = ward.scene.time() + 120
    with ward.rooms.database.write() as tx:
        access = ward.rooms.access
        access.grants.make(tx, "10101234570", Scope(patient, exam=exam), Basis.CODE, until)
        access.motives.give(tx, "10101234570", patient, Motive.CONSULTATION)
    midwife = ward.scene.inside("midwife")
    assert midwife.get(frame).status_code == 200
    # A code to one exam is none to the patient's others.
    assert midwife.get(addresses(ward, ward.exam("Radio"))[-1]).status_code == 403
    ward.scene.time.pass_by(119)
    assert midwife.get(frame).status_code == 200
    ward.scene.time.pass_by(1)
    assert midwife.get(frame).status_code == 403


def test_a_withdrawal_closes_it_for_everybody(ward):
    exam, patient = ward.exam(), ward.patient()
    frame = addresses(ward, exam)[-1]
    doctor, owner = ward.comes("doctor"), ward.comes("patient")
    ward.tell(exam)
    assert doctor.get(frame).status_code == owner.get(frame).status_code == 200
    who = Visitor(kind=Kind.PATIENT, subject="sub-patient", session="s", level=2)
    with ward.rooms.database.write() as tx:
        house = ward.rooms.exams.index.exam(tx, exam).establishment
        assert ward.rooms.access.choosing.withdraw(tx, who, patient, house, "1") is State.WITHDRAWN
    assert doctor.get(frame).status_code == 403
    # What is shared no more, the portal shows to nobody.
    assert owner.get(frame).status_code == 403


def test_a_block_and_masking_close_an_open_viewer(ward):
    exam, patient = ward.exam(), ward.patient()
    frame = addresses(ward, exam)[-1]
    doctor, nurse = ward.comes("doctor"), ward.comes("nurse")
    assert doctor.get(frame).status_code == nurse.get(frame).status_code == 200
    with ward.rooms.database.write() as tx:
        ward.rooms.access.blocks.block(tx, patient, "10101234567")
    assert doctor.get(frame).status_code == 403
    assert nurse.get(frame).status_code == 200
    with ward.rooms.database.write() as tx:
        ward.rooms.exams.index.hide(tx, exam, hidden=True)
    assert nurse.get(frame).status_code == 403
    with ward.rooms.database.write() as tx:
        ward.rooms.exams.index.hide(tx, exam, hidden=False)
    assert nurse.get(frame).status_code == 200
    [row] = [one for one in ward.rows("exam.images") if one.outcome == Reason.BLOCKED.value]
    assert row.rpps == "10101234567"


def test_an_exam_of_a_report_alone_leads_to_it(ward):
    exam = ward.exam()
    with ward.rooms.database.write() as tx:
        tx.exec_driver_sql(f"UPDATE images SET \"rows\" = 0 WHERE exam = '{exam}'")
    answer = ward.comes("doctor").get(f"/exams/{exam}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/exams/{exam}/reports")


def test_the_page_lets_nothing_in_from_elsewhere_and_the_worker_alone_compiles(ward):
    browser = ward.comes("doctor")
    page = browser.get(f"/exams/{ward.exam()}")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, may in (("decodeImageFrameWorker-x.js", True), ("main-x.js", False)):
        answer = browser.get(f"/static/viewer/assets/{name}")
        assert ("wasm-unsafe-eval" in answer.headers["Content-Security-Policy"]) is may
