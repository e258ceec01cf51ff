# SPDX-License-Identifier: Apache-2.0
"""Answers of a child that a file has taken over."""

import json
import zlib
from dataclasses import asdict

import pytest

from imaging_app.dicom.door import _judge
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.packing import WrongAnswer, inflate, pack, unpack
from imaging_app.dicom.values import Frames, Look, Native, Reason, Refused

GOOD = Native(b"12", 1, 1, 1, 16, False, "MONOCHROME2")


def test_what_is_packed_is_unpacked():
    assert unpack(Native, json.loads(json.dumps(pack(GOOD))), content=b"12") == GOOD
    assert unpack(Limits, json.loads(json.dumps(asdict(Limits())))) == Limits()
    look = Look(frame=3, width=4.0)
    assert unpack(Look, json.loads(json.dumps(asdict(look)))) == look
    for frames in (Frames(even=(2, 3, 4)), Frames(pieces=(((1, 2), (3, 4)), ((5, 6),)))):
        assert unpack(Frames, json.loads(json.dumps(asdict(frames)))) == frames


@pytest.mark.parametrize(
    "change",
    [
        {"rows": "1"},
        {"rows": True},
        {"rows": 1.0},
        {"rows": None},
        {"photometric": ["MONOCHROME2"]},
        {"more": 1},
    ],
)
def test_another_kind_of_value_is_no_answer(change):
    told = json.dumps(pack(GOOD) | change).encode()
    assert _judge(Native, "content", told, b"12") == Refused(Reason.CRASHED, "answer")


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b"null", b"[" * 100_000, b"\xff", b'{"a":1}'])
def test_nonsense_is_no_answer(told):
    assert _judge(Native, "content", told, b"") == Refused(Reason.CRASHED, "answer")


def test_a_reason_that_is_none_is_a_crash():
    told = json.dumps({"refused": "<script>", "detail": "x" * 900}).encode()
    assert _judge(Native, "content", told, b"") == Refused(Reason.CRASHED, "x" * 80)


def test_pieces_of_another_shape_are_no_answer():
    with pytest.raises(WrongAnswer):
        unpack(Frames, {"even": [1, 2], "pieces": []})
    with pytest.raises(WrongAnswer):
        unpack(Frames, {"even": None, "pieces": [[[1, 2, 3]]]})


@pytest.mark.parametrize("wrong", ["\ud800", "a\udfffb", "a\x00b"])
def test_a_text_that_no_database_takes_is_no_text(wrong):
    told = json.dumps(pack(GOOD) | {"photometric": wrong}).encode()
    assert _judge(Native, "content", told, b"12") == Refused(Reason.MALFORMED, "text")
    refused = json.dumps({"refused": "malformed", "detail": wrong + "x"}).encode()
    found = _judge(Native, "content", refused, b"")
    assert found.detail.isprintable()
    assert found.detail.endswith("x")


@pytest.mark.parametrize(
    "packed",
    [zlib.compress(b"x" * 1001), zlib.compress(b"x") + b"y", zlib.compress(b"xy")[:-3], b"", b"no"],
)
def test_what_inflates_to_more_is_no_answer(packed):
    with pytest.raises(WrongAnswer):
        inflate(packed, 1000)


def test_what_is_packed_comes_out_whole():
    assert inflate(zlib.compress(b"x" * 1000), 1000) == b"x" * 1000
