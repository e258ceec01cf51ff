# SPDX-License-Identifier: Apache-2.0
"""Images in doubt, put into a file and taken back: whole or not at all, whoever does what."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier

import pytest

from imaging_app.access.decide import Reason, Refused
from imaging_app.access.putting import NO_ROOM, STAYS_OUT
from imaging_app.consents.results import Results
from imaging_app.dicom.door import Door
from imaging_app.exams.reports import TEXT, Written
from imaging_app.exams.values import Fate
from imaging_app.store.embedded import Folders
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Trouble
from tests.imaging.access.bench import STUDY, Bench, open_bench
from tests.imaging.cast import TILLEULS
from tests.imaging.conftest import portal_of
from tests.imaging.dicom_files import PDF
from tests.imaging.pacs import Moved


@pytest.fixture
def bench(portal_db, door, keys, time, tmp_path):
    return open_bench(portal_db, Folders(tmp_path / "store"), door, keys, time)


@pytest.fixture
def far(request, pacs, door, keys, time, tmp_path):
    """The same where a real Orthanc keeps the images."""
    store = Moved(tmp_path / "store", Orthanc(pacs.address))
    with portal_of(request, "sqlite") as db:
        yield open_bench(db, store, door, keys, time)
    store.close()


def put_and_back(bench: Bench) -> None:
    for number in range(2):
        assert bench.bring(number).fate is Fate.ASIDE
    digests = {one.digest for one in _rows(bench)}
    assert bench.put("lucien") == 2
    assert bench.exam().file == bench.files["lucien"]
    assert (bench.exam().images, bench.waiting(), len(bench.kept())) == (2, [], 2)
    assert not any(bench.exams.store.aside(one) for one in digests)
    # The same file sent again is there: it is in no doubt any more.
    assert bench.bring(0).fate is Fate.KNOWN
    assert bench.back() == 2
    assert (bench.exam(), len(bench.waiting()), bench.kept()) == (None, 2, set())
    assert {one.digest for one in _rows(bench)} == digests
    assert all(bench.exams.store.aside(one) for one in digests)
    assert bench.lately() == []
    assert bench.put("garance") == 2
    assert bench.exam().file == bench.files["garance"]
    assert bench.traced() == [(f"file.{one}", "allowed") for one in ("put", "take_out", "put")]


def _rows(bench):
    with bench.db.read() as tx:
        return bench.exams.aside.waiting(tx, TILLEULS)[0]


def test_what_is_put_is_taken_back_as_it_came(bench):
    put_and_back(bench)


def test_the_same_where_a_pacs_keeps_the_images(far):
    put_and_back(far)


def test_of_more_than_are_put_at_once_the_others_wait(bench):
    # Whoever opens an exam anywhere waits for the trace's turn until all of them are in place.
    for number in range(101):
        bench.bring(number)
    doubt = bench.look()
    assert doubt is not None
    assert doubt.beside == 100
    assert bench.put("lucien") == 100
    assert (bench.exam().images, len(bench.waiting())) == (100, 1)
    assert bench.put("lucien") == 1
    assert (bench.exam().images, bench.waiting()) == (101, [])


def test_of_two_who_decide_at_once_one_does(bench):
    for number in range(2):
        bench.bring(number)
    one, both = bench.waiting()[0], Barrier(2)
    asked = [bench.asked(whose, one) for whose in ("garance", "lucien")]

    def decide(it):
        both.wait(30)
        return bench.putting.put(bench.who, it, it.mark)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(decide, asked))
    assert done.count(2) == 1
    [lost] = [it for it in done if it != 2]
    assert lost == Refused(Reason.STATE)
    assert bench.exam().file == asked[done.index(2)].file.id
    assert len(bench.kept()) == bench.exam().images == 2


def test_of_two_who_take_back_at_once_one_does_and_the_bytes_stay(bench):
    bench.bring()
    bench.put("lucien")
    [put], both = bench.lately(), Barrier(2)

    def back(_number):
        both.wait(30)
        return bench.putting.take_back(bench.who, put.id)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(back, range(2)))
    # Who comes later finds nothing to take, or no bytes to copy any more.
    assert done.count(1) == 1
    [row] = _rows(bench)
    assert bench.exams.store.aside(row.digest)
    assert (bench.exam(), bench.kept()) == (None, set())


@pytest.mark.parametrize("left", ["nothing", "a name", "other bytes"])
def test_bytes_that_are_gone_are_no_lack_of_room(bench, monkeypatch, left):
    bench.bring()
    bench.put("lucien")
    [place] = bench.exams.store.places()
    with bench.exams.store.local(place) as path:
        path.write_bytes(b"1")
    if left != "other bytes":
        path.unlink()
    if left == "a name":
        # Whoever takes it back at the same time drops it once we have found it there.
        monkeypatch.setattr(type(bench.exams.store), "local", lambda *_: nullcontext(path))
    assert bench.back() == Refused(Reason.STATE)
    assert (bench.exam().images, bench.waiting()) == (1, [])


def test_where_there_is_no_room_for_a_copy_of_what_a_pacs_keeps_it_is_said(bench, monkeypatch):
    bench.bring()
    bench.put("lucien")
    store = type(bench.exams.store)
    with monkeypatch.context() as full:
        full.setattr(store, "local", lambda *_: nullcontext())
        assert bench.back() == NO_ROOM
    with monkeypatch.context() as full:
        full.setattr(store, "receive", lambda *_: Trouble.NO_ROOM)
        assert bench.back() == NO_ROOM
    assert bench.back() == 1


def test_each_is_read_by_a_process_of_its_own(bench, monkeypatch):
    for number in range(2):
        bench.bring(number)
    asked, whose, read = bench.asked("lucien"), [], Door.read

    def spy(door, path, name=""):
        whose.append(name)
        return read(door, path, name)

    monkeypatch.setattr(Door, "read", spy)
    assert bench.putting.put(bench.who, asked, asked.mark) == 2
    assert whose == ["", ""]


def test_an_exam_is_not_parted_and_images_that_came_by_themselves_stay(bench):
    assert bench.bring(0, **OWN).fate is Fate.KEPT
    bench.bring(1, SeriesInstanceUID="1.2.3.4.1.2")
    assert bench.put("lucien") == STAYS_OUT
    assert (bench.traced(), len(bench.waiting())) == ([], 1)
    assert bench.put("garance") == 1
    assert (bench.exam().images, bench.exam().series) == (2, 2)
    assert bench.back() == 1
    assert (bench.exam().images, bench.exam().series) == (1, 1)
    assert bench.kept() == {f"{STUDY}.1.0"}


def test_what_was_written_since_is_not_thrown_away_with_the_images(bench):
    bench.bring()
    bench.put("lucien")
    exam = bench.exam()
    with bench.db.write() as tx:
        bench.exams.reports.add(tx, exam.id, Written(TEXT, "", b"Lu."), by="agent")
    assert bench.back() == 1
    assert bench.exam().images == 0
    with bench.db.read() as tx:
        assert len(bench.exams.reports.of(tx, exam.id)) == 1


PAPER = {
    "SOPClassUID": PDF,
    "Modality": "DOC",
    "MIMETypeOfEncapsulatedDocument": "application/pdf",
    "EncapsulatedDocument": b"%PDF-1.4 words ",
    "PixelData": None,
    "Rows": None,
    "Columns": None,
    "SeriesInstanceUID": "1.2.3.4.1.9",
}
OWN = {"PatientName": "AUBÉPINE^Garance", "PatientBirthDate": "19610312"}


def test_a_wrapped_report_leaves_with_its_exam_or_alone(bench):
    bench.bring(1, **PAPER)
    bench.put("lucien")
    assert bench.back() == 1
    assert bench.exam() is None
    bench.put("garance")
    assert bench.bring(2, **OWN).fate is Fate.KEPT
    assert bench.back() == 1
    assert (bench.exam().images, len(bench.waiting())) == (1, 1)
    assert (bench.versions(), bench.new(), bench.listed()) == ([], [], [])
    assert bench.kept() == {f"{STUDY}.1.2"}


def test_no_other_report_gets_the_number_of_one_that_was_taken_back(bench):
    bench.bring(0, **OWN)
    exam = bench.exam()
    add = bench.exams.reports.add
    with bench.db.write() as tx:
        assert add(tx, exam.id, Written(TEXT, "", b"Lu."), by="agent") == 1
    bench.bring(1, **PAPER)
    bench.bring(3)
    assert bench.put("garance") == 2
    assert (bench.versions(), bench.new()) == ([2, 1], [2])
    results = Results(bench.exams.reports._now)
    with bench.db.write() as tx:
        results.tell(tx, exam.id, exam.patient, "1", "Somebody", 2)
    assert bench.back() == 2
    assert (bench.exam().id, bench.exam().images) == (exam.id, 1)
    assert (bench.versions(), bench.new(), bench.listed()) == ([1], [1], [exam.id])
    with bench.db.write() as tx:
        assert bench.exams.reports.one(tx, exam.id, 2) is None
        # The same words are the version that they were.
        assert add(tx, exam.id, Written(TEXT, "", b"Lu."), by="agent") == 1
        assert add(tx, exam.id, Written(TEXT, "", b"Relu."), by="agent") == 3
        told = results.told(tx, exam.id)
    # The patient was told up to the second: the third waits.
    assert (bench.versions(told.version), bench.versions()) == ([1], [3, 1])
    assert bench.put("garance") == 2
    assert bench.versions() == [4, 3, 1]
    # It goes from among others too, and what follows it stays.
    with bench.db.write() as tx:
        assert add(tx, exam.id, Written(TEXT, "", b"Relu encore."), by="agent") == 5
    assert bench.back() == 2
    assert bench.versions() == [5, 3, 1]


def test_what_came_in_by_itself_meanwhile_is_not_taken_back(bench):
    bench.bring(0)
    bench.bring(1)
    first, asked = bench.waiting()[0], bench.asked("garance")
    # The identity is mended, and the file sent again, before somebody says yes.
    with bench.db.write() as tx:
        patient = bench.exams.files.one(tx, bench.files["garance"]).patient
        before = bench.putting._patients.find(tx, patient).traits
        bench.putting._patients.change(tx, patient, asked.doubt.traits)
    doubt = bench.look(first)
    again = bench.exams.decisions.again
    assert doubt is not None
    other = next(one for one in bench.waiting() if one != first)
    with bench.db.read() as tx:
        name = bench.exams.aside.one(tx, other, TILLEULS).name
    assert bench.bring(int(name[2:])).fate is Fate.KEPT
    with bench.db.write() as tx:
        bench.putting._patients.change(tx, patient, before)
    assert bench.put("garance", first) == 2
    assert bench.back() == 1
    assert bench.exam().images == 1
    assert again(other, TILLEULS, "agent") is None


def test_nobody_puts_into_a_file_of_another_establishment(bench):
    bench.bring()
    assert bench.put("foreign").reason is Reason.BASIS
    assert (bench.exam(), len(bench.waiting())) == (None, 1)
    assert bench.traced() == [("file.put", "basis")]


def test_a_full_disk_changes_nothing(bench, monkeypatch):
    bench.bring()
    asked = bench.asked("lucien")
    store = type(bench.exams.store)
    with monkeypatch.context() as full:
        full.setattr(store, "keep", lambda *_asked: Trouble.NO_ROOM)
        assert bench.putting.put(bench.who, asked, asked.mark) == NO_ROOM
    assert (bench.exam(), len(bench.waiting())) == (None, 1)
    assert bench.put("lucien") == 1
    with monkeypatch.context() as full:
        full.setattr(store, "set_aside", lambda *_asked: Trouble.NO_ROOM)
        assert bench.back() == NO_ROOM
    assert (bench.exam().images, len(bench.kept())) == (1, 1)
    assert bench.back() == 1
