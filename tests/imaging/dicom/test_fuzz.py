# SPDX-License-Identifier: Apache-2.0
"""Valid files with something changed: what comes out is a value or a reason, and the door stays."""

from datetime import date
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imaging_app.demo.cast import exams
from imaging_app.demo.drawing import draw
from imaging_app.demo.series import SMALL
from imaging_app.dicom.uids import is_uid
from imaging_app.dicom.values import Document, Look, Native, Picture, Reading, Reason, Refused
from tests.imaging.dicom_files import SHIPPED, image, written
from tests.imaging.exams.test_reports import CDA

OTHERS = (
    "MR_small_RLE.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "rtplan.dcm",
    "test-SR.dcm",
)


@cache
def seeds() -> list[bytes]:
    """Files of the demo (native, JPEG, JPEG-LS, JPEG 2000, PDF), and of others."""
    every = exams(date(2026, 11, 22))
    brain = next(one for one in every if one.visit.description.startswith("IRM"))
    return [
        written(image()),
        *[next(iter(draw(one, SMALL))) for one in every],
        *list(draw(brain, SMALL))[-2:],
        *[(SHIPPED / name).read_bytes() for name in OTHERS],
    ]


HOSTILE = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff\x00\xe0", b"SQ\0\0\xff\xff\xff\xff", b"\\"]


@st.composite
def mutated(draw_, content):
    made = bytearray(content)
    for _again in range(draw_(st.integers(1, 6))):
        place = draw_(st.integers(0, max(len(made) - 1, 0)))
        match draw_(st.sampled_from(["byte", "cut", "word", "twice", "gone", "end"])):
            case "byte":
                made[place : place + 1] = bytes([draw_(st.integers(0, 255))])
            case "cut":
                del made[place : place + draw_(st.integers(1, 64))]
            case "word":
                word = draw_(st.sampled_from(HOSTILE))
                made[place : place + len(word)] = word
            case "twice":
                piece = made[place : place + draw_(st.integers(1, 200))]
                made[place:place] = piece
            case "gone":
                made[place : place + 16] = bytes(16)
            case _ if draw_(st.booleans()):
                del made[place:]
    return bytes(made)


def is_sound(found: Reading) -> bool:
    """What is told can be written down: names of folders are UIDs, numbers fit."""
    uids = (found.study.uid, found.series.uid, found.image.uid, found.image.kind)
    numbers = (found.series.number, found.image.number, found.image.frames, found.image.rows)
    return all(map(is_uid, uids)) and all(abs(one) < 2**31 for one in numbers)


@settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_a_file_that_was_changed(door, tmp_path, data):
    content = data.draw(mutated(data.draw(st.sampled_from(seeds()))))
    path = tmp_path / "changed.dcm"
    path.write_bytes(content)
    found = door.read(path)
    assert isinstance(found, Reading | Refused)
    if isinstance(found, Reading):
        assert is_sound(found)
        for number in {0, len(found.frames) - 1}:
            for start, length in found.frames.of(number):
                assert 0 <= start <= start + length <= len(content)
    else:
        # What none of our rules foresees is no way to be refused.
        assert found.reason is not Reason.BUSY
    assert isinstance(door.draw(path, Look(side=64)), Picture | Refused)
    assert isinstance(door.frame(path, 0), Native | Refused)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(content=mutated(CDA.encode()))
def test_a_report_that_was_changed(door, tmp_path, content):
    path = tmp_path / "report.xml"
    path.write_bytes(content)
    found = door.text(path)
    assert isinstance(found, Document | Refused)
    if isinstance(found, Document):
        assert "\x00" not in found.content.decode()


def test_what_is_changed_was_good(door, tmp_path):
    path = tmp_path / "seed.dcm"
    for content in seeds():
        path.write_bytes(content)
        assert isinstance(door.read(path), Reading)
