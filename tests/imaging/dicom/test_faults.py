# SPDX-License-Identifier: Apache-2.0
"""Files that are made to harm: the child is confined, and whoever asked is told a reason."""

import ctypes
import os
import resource
import subprocess
import sys
import time
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from imaging_app.dicom import child, door, work
from imaging_app.dicom.door import Door
from imaging_app.dicom.limits import MIB, USUAL
from imaging_app.dicom.packing import read_json
from imaging_app.dicom.values import Look, Reading, Reason, Refused
from tests.imaging.dicom_files import MARKED, compressed, image, item, items, save, written

DEFLATED = "1.2.840.10008.1.2.1.99"
SMALL = replace(USUAL, inflated=4 * MIB, elements=2_000, depth=12, memory=256 * MIB, seconds=60)


@pytest.fixture(scope="module")
def narrow():
    opened = Door(SMALL, children=1)
    yield opened
    opened.close()


def deflated(content: bytes) -> bytes:
    made = image()
    made.file_meta.TransferSyntaxUID = DEFLATED
    whole = written(made)
    head = whole[: 132 + 12 + int.from_bytes(whole[140:144], "little")]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + packer.compress(content) + packer.flush()


def test_a_bomb_of_zeros(narrow, tmp_path):
    content = deflated(b"\0" * (64 * MIB))
    assert len(content) < MIB
    assert narrow.read(save(tmp_path, content)) == Refused(Reason.TOO_LARGE, "inflated")


def test_what_is_deflated_and_ends_early(narrow, tmp_path):
    whole = deflated(os.urandom(10_000))
    for broken in (whole[:-500], whole[:400] + b"\xff" * 900):
        assert narrow.read(save(tmp_path, broken)).reason in {Reason.TRUNCATED, Reason.MALFORMED}


def test_sequences_within_sequences(narrow, tmp_path):
    inner = item(PatientID="x")
    for _depth in range(60):
        inner = item(OtherPatientIDsSequence=items(inner))
    made = image(OtherPatientIDsSequence=inner.OtherPatientIDsSequence)
    assert narrow.read(save(tmp_path, made)).reason == Reason.TOO_DEEP


def test_sequences_without_an_end(narrow, tmp_path):
    """Each opens another, and none is ever closed."""
    opening = b"\x10\x00\x02\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    head, _, _rest = written(image(PixelData=None)).partition(b"\x28\x00\x02\x00")
    found = narrow.read(save(tmp_path, head + opening * 20_000))
    assert found.reason in {Reason.TOO_DEEP, Reason.TOO_LARGE, Reason.CRASHED, Reason.MALFORMED}


def test_too_many_elements(narrow, tmp_path):
    made = image()
    for group in range(0x0013, 0x0013 + 2 * 12, 2):
        block = made.private_block(group, "SCEAU", create=True)
        for number in range(200):
            block.add_new(number, "LO", "x")
    assert narrow.read(save(tmp_path, made)).reason == Reason.TOO_MANY


def test_a_value_that_says_it_is_huge(narrow, tmp_path):
    content = written(image())
    at = content.index(b"\xe0\x7f\x10\x00") + 8
    found = narrow.read(save(tmp_path, content[:at] + b"\xf0\xff\xff\xff" + content[at + 4 :]))
    assert found == Refused(Reason.TRUNCATED, "pixels")


@pytest.mark.parametrize("change", [{"Rows": 65535, "Columns": 65535}, {"BitsAllocated": 64}])
def test_a_picture_that_says_it_is_huge(narrow, tmp_path, change):
    """A few bytes of JPEG 2000 that claim to be gigabytes."""
    made = image(MARKED, **change)
    path = save(tmp_path, compressed(made, "1.2.840.10008.1.2.4.90", [b"\xff\x4f\xff\x51" * 9]))
    assert isinstance(narrow.draw(path, Look()), Refused)


@pytest.mark.parametrize("syntax", ["4.50", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "5"])
@pytest.mark.parametrize("content", [b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0" * 64])
def test_rubbish_for_every_decoder(narrow, tmp_path, syntax, content):
    made = compressed(image(), f"1.2.840.10008.1.2.{syntax}", [content * 9])
    assert isinstance(narrow.draw(save(tmp_path, made), Look()), Refused)


def test_the_next_file_is_read_as_if_nothing_had_been(narrow, tmp_path):
    assert isinstance(narrow.read(save(tmp_path, deflated(b"\0" * (32 * MIB)))), Refused)
    assert isinstance(narrow.read(save(tmp_path, image())), Reading)


def eats(_path, _asked, _limits):
    return {}, len([bytearray(MIB) for _one in range(4096)]).to_bytes(8, "big")


def turns(_path, _asked, _limits):
    while True:
        pass


def dies(_path, _asked, _limits):
    # As a broken decoder does: it may send no signal.
    ctypes.string_at(0)


def sleeps(_path, _asked, _limits):
    time.sleep(600)


def writes(path, _asked, _limits):
    path.with_name("more").write_bytes(b"x" * 10)
    return {}, b""


def leaves(_path, _asked, _limits):
    os._exit(3)


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (eats, Reason.TOO_LARGE),
        (turns, Reason.TOO_SLOW),
        (dies, Reason.CRASHED),
        (sleeps, Reason.TOO_SLOW),
        (leaves, Reason.CRASHED),
    ],
)
def test_what_a_file_could_make_its_process_do(monkeypatch, tmp_path, deed, reason):
    monkeypatch.setattr(work, "DEEDS", {"read": deed})
    limits = replace(SMALL, cpu_seconds=1, seconds=1 if deed is sleeps else 60)
    asked = {"do": "read", "path": str(tmp_path / "x"), "limits": asdict(limits)}
    told, _content = child.serve(asked)
    assert read_json(told)["refused"] == reason.value


def test_it_can_write_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(work, "DEEDS", {"read": writes})
    asked = {"do": "read", "path": str(tmp_path / "x"), "limits": asdict(SMALL)}
    told, _content = child.serve(asked)
    assert "refused" in read_json(told)
    assert not (tmp_path / "more").exists() or not (tmp_path / "more").read_bytes()


def tells(_path, _asked, _limits):
    names = ("AS", "CPU", "FSIZE", "CORE", "NOFILE", "NPROC")
    kept = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names}
    # No folder is open to it, and so none can be listed.
    each = [Path(f"/proc/self/fd/{number}") for number in range(64)]
    open_files = {one.name: str(one.readlink()) for one in each if one.is_symlink()}
    return {"limits": kept, "files": open_files}, b""


def test_how_it_is_confined(monkeypatch, tmp_path):
    monkeypatch.setattr(work, "DEEDS", {"read": tells})
    asked = {"do": "read", "path": str(tmp_path / "x"), "limits": asdict(SMALL)}
    told = read_json(child.serve(asked)[0])
    assert told["limits"]["CPU"] == [SMALL.cpu_seconds, SMALL.cpu_seconds + 2]
    assert [told["limits"][name] for name in ("FSIZE", "CORE", "NPROC")] == [[0, 0]] * 3
    assert told["limits"]["AS"][1] < 64 << 30
    # Its answer's pipe, and nothing of whoever waits for it.
    assert sorted(told["files"].values())[:3] == [os.devnull] * 3
    assert sum(one.startswith("pipe:") for one in told["files"].values()) == 1
    assert not any(one.startswith("socket:") for one in told["files"].values())


FAKES = {
    "says nothing": "import time; time.sleep(600)",
    "is gone": "",
    "says nonsense": "import os, time; os.write(1, b'x' * 200000)",
    "says that it is endless": "import os, time; os.write(1, b'\\xff' * 12); time.sleep(600)",
    "begins and stops": "import os, time; os.write(1, bytes([0, 0, 0, 9])); time.sleep(600)",
}


@pytest.mark.parametrize("fake", FAKES)
def test_whatever_the_child_does_we_are_told_a_reason(monkeypatch, tmp_path, fake):
    started = []

    def start():
        program = [sys.executable, "-c", FAKES[fake]]
        started.append(
            subprocess.Popen(
                program, stdin=-1, stdout=-1, stderr=-3, bufsize=0, start_new_session=True
            )
        )
        return started[-1]

    monkeypatch.setattr(door, "_start", start)
    monkeypatch.setattr(door, "GRACE", 0)
    opened = Door(replace(USUAL, seconds=3), children=1)
    for _again in range(2):
        found = opened.read(save(tmp_path, image()))
        assert isinstance(found, Refused)
        assert found.reason in {Reason.CRASHED, Reason.TOO_SLOW}
    assert [one.poll() is not None for one in started] == [True, True]
    opened.close()


def test_a_child_that_was_killed_is_followed_by_another(tmp_path):
    opened = Door(SMALL, children=1)
    path = save(tmp_path, image())
    assert isinstance(opened.read(path), Reading)
    process = opened._all[0]._process
    process.kill()
    process.wait()
    assert isinstance(opened.read(path), Reading)
    opened.close()
    assert opened._all[0]._process is None


def test_more_than_the_children_can_do_is_told(tmp_path):
    opened = Door(SMALL, children=0, wait=0)
    assert opened.read(tmp_path) == Refused(Reason.BUSY)


def test_children_that_are_warm_wait_for_their_first_file(monkeypatch, tmp_path):
    started, start = [], door._start

    def count():
        started.append(start())
        return started[-1]

    monkeypatch.setattr(door, "_start", count)
    opened = Door(USUAL, children=2)
    opened.warm()
    opened.warm()
    assert len(started) == 2
    assert isinstance(opened.read(save(tmp_path, image())), Reading)
    assert len(started) == 2
    opened.close()
    assert all(one.poll() is not None for one in started)
