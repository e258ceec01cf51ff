# SPDX-License-Identifier: Apache-2.0
"""A folder that is taken in, in one go or in several."""

import errno
import os
import threading

import pytest

from imaging_app.exams import importing
from imaging_app.exams.checking import check
from imaging_app.exams.importing import LEASE, Imports
from imaging_app.exams.values import Fate
from imaging_app.store.embedded import blocks_of
from imaging_app.store.port import Trouble
from tests.databases import at_once
from tests.imaging.cast import TILLEULS, VAL
from tests.imaging.dicom_files import image, written


class Killed(BaseException):
    """As if the process were gone."""


@pytest.fixture
def inbox(tmp_path):
    """Ten images in two folders; one twice, one broken, one empty, and what is no file of ours."""
    folder = tmp_path / "inbox"
    (folder / "b").mkdir(parents=True)
    for number in range(10):
        place = folder / "b" if number % 2 else folder
        content = written(image(InstanceNumber=number, SOPInstanceUID=f"1.2.3.{number}"))
        (place / f"IM{number:02}").write_bytes(content)
    (folder / "IM90").write_bytes((folder / "IM00").read_bytes())
    (folder / "IM91").write_bytes(b"broken")
    (folder / "IM92").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "link").symlink_to("/etc/passwd")
    return folder


def state(room, job):
    with room.db.read() as tx:
        return room.imports.one(tx, job)


def test_a_folder_is_taken_in_with_progress(room, inbox):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    assert (state(room, job).state, state(room, job).done) == ("running", 0)
    assert room.imports.run(job)
    found = state(room, job)
    assert (found.state, found.files) == ("done", 13)
    assert (found.kept, found.known, found.aside) == (10, 1, 2)
    assert found.size == sum((inbox / f"IM0{n}").stat().st_size for n in (0, 2, 4, 6, 8)) * 2
    assert room.count("images") == 10
    assert {(one.name, one.reason) for one in room.waiting()} == {
        ("IM91", "not-dicom"),
        ("IM92", "empty"),
    }
    assert not room.imports.run(job)


def test_a_killed_import_goes_on_from_its_last_batch(room, inbox, time, monkeypatch):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    note, batches = Imports._note, []

    def dies_at_the_third(self, *told):
        batches.append(told)
        if len(batches) == 3:
            raise Killed
        note(self, *told)

    with monkeypatch.context() as patch:
        patch.setattr(Imports, "_note", dies_at_the_third)
        with pytest.raises(Killed):
            room.imports.run(job)
    assert (state(room, job).state, state(room, job).done) == ("running", 8)
    assert room.count("images") == 5

    # Another process: as long as the first one may live, it keeps away.
    other = Imports(room.db, room.ingest, time, batch=4)
    assert not other.run(job)
    with room.db.read() as tx:
        assert other.left(tx) == []
    time.pass_by(LEASE + 1)
    with room.db.read() as tx:
        assert other.left(tx) == [job]
    received = []
    real = room.ingest.receive
    monkeypatch.setattr(room.ingest, "receive", lambda *a: received.append(a) or real(*a))
    assert other.run(job)
    assert len(received) == 5
    assert (state(room, job).state, state(room, job).done, room.count("images")) == ("done", 13, 10)
    # What the first one had put in the store and not written down is written down now.
    assert list(check(room.db, room.store)) == []


def test_a_batch_that_somebody_else_took_over_is_taken_back(room, inbox, time, monkeypatch):
    """Whoever was thought dead comes back, and writes nothing more."""
    job = room.imports.begin(TILLEULS, inbox, "agent")
    real, once = room.ingest.receive, []

    def slow(*told):
        if not once:
            once.append(True)
            time.pass_by(LEASE + 1)
            Imports(room.db, room.ingest, time, batch=4).run(job)
        return real(*told)

    monkeypatch.setattr(room.ingest, "receive", slow)
    assert room.imports.run(job)
    assert (state(room, job).state, state(room, job).done) == ("done", 13)
    assert room.count("images") == 10


def test_of_two_who_begin_at_once_one_does_it(room, inbox, time):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    both = [Imports(room.db, room.ingest, time, batch=4) for _n in range(2)]
    assert sorted(at_once(room.db, lambda one: one.run(job), both)) == [False, True]
    assert state(room, job).done == 13


def test_it_stops_when_told_and_goes_on_later(room, inbox):
    job, stop = room.imports.begin(TILLEULS, inbox, "agent"), threading.Event()
    stop.set()
    assert room.imports.run(job, stop)
    assert (state(room, job).state, state(room, job).done) == ("running", 0)
    assert room.imports.run(job)
    assert state(room, job).done == 13


def test_a_full_disk_stops_it_and_room_lets_it_go_on(room, inbox, monkeypatch):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    with monkeypatch.context() as patch:
        patch.setattr(room.store, "keep", lambda *_told: Trouble.NO_ROOM)
        assert room.imports.run(job)
    found = state(room, job)
    assert (found.state, found.fault, found.done) == ("stopped", "no-room", 0)
    assert room.count("images") == 0
    assert room.imports.run(job)
    assert (state(room, job).state, state(room, job).done) == ("done", 13)


def test_a_file_that_goes_away_meanwhile_is_passed_over(room, inbox, monkeypatch):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    breaks(monkeypatch, "IM04", FileNotFoundError())
    assert room.imports.run(job)
    assert (state(room, job).kept, state(room, job).aside) == (9, 2)


def breaks(monkeypatch, name, fault):
    """Reading this one file ends so."""

    def read(path):
        if path.name == name:
            yield b"a beginning"
            raise fault
        yield from blocks_of(path)

    monkeypatch.setattr(importing, "blocks_of", read)


@pytest.mark.parametrize(
    ("fault", "told"),
    [(OSError(errno.EIO, "disk"), "EIO"), (PermissionError(errno.EACCES, "no"), "EACCES")],
)
def test_a_file_that_can_not_be_read_is_told(room, inbox, monkeypatch, fault, told):
    breaks(monkeypatch, "IM04", fault)
    for _again in range(2):
        assert room.imports.run(room.imports.begin(TILLEULS, inbox, "agent"))
    job = room.imports.begin(TILLEULS, inbox, "agent")
    assert room.imports.run(job)
    assert (state(room, job).state, state(room, job).done) == ("done", 13)
    (one,) = [one for one in room.waiting() if one.name == "IM04"]
    assert (one.reason, one.detail, one.size) == ("unreadable", told, 0)
    assert room.decisions.again(one.id, TILLEULS, "agent") is None
    assert room.decisions.drop(one.id, TILLEULS, "agent")


def test_a_disk_of_the_store_that_breaks_is_no_fault_of_a_file(room, inbox, monkeypatch):
    def broken(*_told):
        raise OSError(errno.EIO, "disk")

    job = room.imports.begin(TILLEULS, inbox, "agent")
    monkeypatch.setattr(room.store, "receive", broken)
    monkeypatch.setattr(room.ingest, "tell", broken)
    with pytest.raises(OSError, match="disk"):
        room.imports.run(job)
    assert (state(room, job).state, state(room, job).fault) == ("failed", "OSError")
    assert room.waiting() == []
    with room.db.read() as tx:
        assert room.imports.left(tx) == []


@pytest.mark.parametrize("name", [b"IM03-\xe9", b"\xff", "IM03-é".encode()])
def test_a_name_of_any_bytes_is_a_name(room, inbox, time, name):
    (inbox / os.fsdecode(name)).write_bytes(b"broken, too")
    job = room.imports.begin(TILLEULS, inbox, "agent")
    assert room.imports.run(job)
    assert (state(room, job).state, state(room, job).done) == ("done", 14)
    assert room.count("images") == 10


def test_a_file_that_no_database_takes_keeps_no_other_out(room, inbox, monkeypatch):
    real = room.ingest._judge.write

    def picky(tx, reading, *told):
        if reading.image.number == 4:
            raise ValueError("not encodable")
        return real(tx, reading, *told)

    job = room.imports.begin(TILLEULS, inbox, "agent")
    monkeypatch.setattr(room.ingest._judge, "write", picky)
    assert room.imports.run(job)
    found = state(room, job)
    assert (found.state, found.kept, found.known, found.aside) == ("done", 9, 1, 3)
    (one,) = [one for one in room.waiting() if one.name == "IM04"]
    assert (one.reason, one.detail) == ("unwritable", "ValueError")
    assert list(check(room.db, room.store)) == []


def test_a_folder_that_is_not_there_is_done_with_nothing(room, tmp_path):
    job = room.imports.begin(TILLEULS, tmp_path / "nowhere", "agent")
    assert room.imports.run(job)
    assert (state(room, job).state, state(room, job).files) == ("done", 0)


def test_an_establishment_sees_its_own(room, inbox):
    job = room.imports.begin(TILLEULS, inbox, "agent")
    with room.db.read() as tx:
        assert [one.id for one in room.imports.latest(tx, TILLEULS)] == [job]
        assert room.imports.latest(tx, VAL) == []
        assert room.imports.one(tx, "0" * 32) is None


def test_what_was_set_aside_is_tried_again_or_dropped(room):
    room.take()
    room.take(PixelData=bytes(96))
    room.take(b"broken")
    first, second = sorted(room.waiting(), key=lambda one: one.reason, reverse=True)
    assert (first.reason, second.reason) == ("other-content", "not-dicom")
    assert room.decisions.again(first.id, VAL, "agent") is None
    assert room.decisions.again(first.id, TILLEULS, "agent").fate is Fate.ASIDE
    assert len(room.waiting()) == 2
    with room.db.write() as tx:
        exam = room.index.by_uid(tx, "1.2.3.4.1", TILLEULS)
        for place in room.index.remove(tx, exam.id):
            room.store.drop(place)
    assert room.decisions.again(first.id, TILLEULS, "agent").fate is Fate.KEPT
    assert room.store.aside(first.digest) is None
    assert not room.decisions.drop(second.id, VAL, "agent")
    assert room.decisions.drop(second.id, TILLEULS, "agent")
    assert not room.decisions.drop(second.id, TILLEULS, "agent")
    assert room.store.aside(second.digest) is None
    assert room.waiting() == []
