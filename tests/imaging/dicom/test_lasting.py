# SPDX-License-Identifier: Apache-2.0
"""A process that reads one sender's files: what each of them may ask, and what ends it."""

import os
import resource
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from imaging_app.dicom import child, confining, lasting, work
from imaging_app.dicom.door import Door
from imaging_app.dicom.lasting import Lasting
from imaging_app.dicom.limits import MIB, USUAL
from imaging_app.dicom.packing import read_json
from imaging_app.dicom.values import Reading, Reason, Refused
from imaging_app.dicom.wire import HEAD
from tests.imaging.dicom_files import image, save, written

LIMITS = replace(USUAL, cpu_seconds=2, seconds=60, memory=256 * MIB)
MINE, THEIRS = "690000001", "690000002"


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """Ask for a file whose content says what the process does; what it tells."""
    one = Lasting()
    monkeypatch.setattr(work, "DEEDS", {"read": _does})

    def ask(deed="pid", whose=MINE, **limits):
        path = tmp_path / "file"
        path.write_text(deed)
        more = asdict(replace(LIMITS, **limits))
        asked = {"do": "read", "path": str(path), "limits": more, "whose": whose}
        return read_json(child.answer(asked, one)[0])

    yield ask
    one.end()


kept = []
FALSE = b'{"deed": "false"}'


def _turns(*, until):
    while time.process_time() < until:
        pass


# What a file may do to its process, once it is read there.
DEEDS = {
    "pid": lambda: None,
    "die": os.abort,
    "leave": lambda: os._exit(0),
    "turn": lambda: _turns(until=600),
    "work": lambda: _turns(until=time.process_time() + 1.2),
    "sleep": lambda: time.sleep(600),
    "eat": lambda: kept.append(bytes(512 * MIB)),
    "keep": lambda: kept.append(bytes(100 * MIB)),
    # An answer, and one for the file after it.
    "chatter": lambda: os.write(3, 2 * (HEAD.pack(len(FALSE), 0) + FALSE)),
    "other": lambda: os.open(__file__, os.O_RDONLY),
    "path": lambda: os.open("file", os.O_WRONLY | os.O_CREAT),
    "lift": lambda: resource.setrlimit(resource.RLIMIT_CPU, (600, 600)),
}


def _does(file, _asked, _limits):
    deed = "pid" if isinstance(file, Path) else os.read(file.whole, 100).decode()
    DEEDS[deed]()
    return {"pid": os.getpid(), "deed": "alone" if isinstance(file, Path) else deed}, b""


def test_files_of_one_sender_share_a_process_and_no_others(reads):
    first = reads()["pid"]
    assert reads()["pid"] == first
    other = reads(whose=THEIRS)["pid"]
    assert other != first
    # It ended with the other sender's file.
    assert reads()["pid"] not in {first, other}


@pytest.mark.skipif(confining.landlock() < 3, reason="a kernel without Landlock")
@pytest.mark.parametrize("deed", ["other", "path"])
def test_it_opens_no_file_neither_others_nor_its_own(reads, deed):
    assert reads(deed) == {"refused": "malformed", "detail": "PermissionError"}


def test_without_a_sender_each_has_its_own(reads):
    found = [reads(whose="") for _number in range(2)]
    assert [one["deed"] for one in found] == ["alone", "alone"]
    assert found[0]["pid"] != found[1]["pid"]


@pytest.mark.parametrize(
    ("deed", "reason", "limits"),
    [
        ("die", Reason.CRASHED, {}),
        ("leave", Reason.CRASHED, {}),
        ("turn", Reason.TOO_SLOW, {"cpu_seconds": 1}),
        ("sleep", Reason.TOO_SLOW, {"seconds": 1}),
        ("eat", Reason.TOO_LARGE, {}),
        ("lift", Reason.MALFORMED, {}),
    ],
)
def test_what_harms_costs_the_file_at_hand_alone(reads, deed, reason, limits):
    first = reads(**limits)["pid"]
    assert reads(deed, **limits)["refused"] == reason.value
    after = reads(**limits)
    assert after["deed"] == "pid"
    assert after["pid"] != first


def test_each_file_has_its_whole_limits(reads):
    """Three of them use more than one may; each by itself does not."""
    found = [reads("work")["pid"] for _number in range(3)]
    assert len(set(found)) == 1


def test_it_ends_once_it_is_worn(reads, monkeypatch):
    first = reads("keep")["pid"]
    second = reads()["pid"]
    assert second != first
    monkeypatch.setattr(lasting, "MOST_FILES", 2)
    assert reads()["pid"] == second
    third = reads()["pid"]
    assert third != second
    monkeypatch.setattr(lasting, "SECONDS", 0)
    reads("work")
    assert reads()["pid"] != third


def test_what_it_says_unasked_is_nobodys_answer(reads):
    first = reads()["pid"]
    assert reads("chatter")["deed"] == "false"
    after = reads()
    assert (after["deed"], after["pid"] != first) == ("pid", True)


def test_one_that_was_killed_meanwhile_costs_no_file(reads):
    first = reads()["pid"]
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert reads()["pid"] != first


def test_a_file_that_is_gone_is_told_as_ever(reads, tmp_path):
    asked = {"do": "read", "path": str(tmp_path / "x"), "limits": asdict(LIMITS), "whose": MINE}
    one = Lasting()
    told = read_json(child.answer(asked, one)[0])
    one.end()
    assert told["deed"] == "alone"


def test_through_the_door_it_tells_what_a_process_of_its_own_tells(tmp_path):
    door = Door(children=1)
    good, bad = save(tmp_path, image()), tmp_path / "bad"
    bad.write_bytes(written(image())[:300])
    try:
        alone = door.read(good)
        assert isinstance(alone, Reading)
        assert [door.read(good, MINE) for _number in range(3)] == [alone] * 3
        refused = door.read(bad, MINE)
        assert isinstance(refused, Refused)
        assert refused == door.read(bad)
        assert door.read(good, MINE) == alone
    finally:
        door.close()
