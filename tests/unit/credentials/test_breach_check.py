# SPDX-License-Identifier: Apache-2.0
"""A list is looked at before anybody relies on it: whole, or in places where it is huge."""

import random

import pytest

from idp.credentials.breach_check import Looked, look_through
from tests.unit.credentials.test_breaches import KNOWN, digest

LINES = sorted(digest(one) for one in KNOWN)
BOTH = [{}, {"whole": 0, "places": 64}]


def write(path, lines, end="\n"):
    path.write_text("".join(line + end for line in lines), newline="")
    return str(path)


@pytest.mark.parametrize("end", ["\n", ":17\n", "\r\n", ":1\r\n"])
@pytest.mark.parametrize("lower", [True, False])
def test_a_list_in_order_is_read_whole(tmp_path, end, lower):
    lines = [one.lower() if lower else one for one in LINES]
    path = write(tmp_path / "list", lines, end)
    assert look_through(path) == Looked((40 + len(end)) * 400, 400, whole=True)


def test_a_list_too_large_for_that_is_looked_at_in_places(tmp_path):
    path = write(tmp_path / "list", LINES, ":17\n")
    looked = look_through(path, whole=0, places=16)
    assert (looked.size, looked.whole) == (44 * 400, False)
    # Each place and the line after it, the last one alone.
    assert looked.lines == 2 * 16 + 1


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_a_short_list_has_more_places_than_lines(tmp_path, count):
    path = write(tmp_path / "list", LINES[:count])
    assert look_through(path, whole=0, places=64) == Looked(41 * count, count, whole=False)


@pytest.mark.parametrize("how", BOTH)
def test_a_list_in_another_order_is_told(tmp_path, how):
    mixed = random.Random(7).sample(LINES, len(LINES))
    for lines in (mixed, LINES[::-1], [LINES[-1], *LINES[:-1]], [*LINES[1:], LINES[0]]):
        assert "not sorted" in look_through(write(tmp_path / "list", lines), **how)


def test_one_line_astray_is_found_by_number(tmp_path):
    lines = [*LINES[:200], LINES[10], *LINES[200:]]
    assert "line 201" in look_through(write(tmp_path / "list", lines))
    assert "line 7" in look_through(write(tmp_path / "list", [*LINES[:6], "x", *LINES[6:]]))


@pytest.mark.parametrize("how", BOTH)
@pytest.mark.parametrize("text", ["\n", "not a list\n" * 40, "x" * 5000, "0" * 39 + "\n"])
def test_what_is_no_list_is_told(tmp_path, text, how):
    path = tmp_path / "list"
    path.write_text(text)
    assert "SHA-1" in look_through(str(path), **how)


@pytest.mark.parametrize("how", BOTH)
def test_one_that_is_empty_cut_short_or_gone_is_told(tmp_path, how):
    path = tmp_path / "list"
    assert "can't be read" in look_through(str(path), **how)
    path.write_bytes(b"")
    assert "empty" in look_through(str(path), **how)
    path.write_text("".join(f"{one}\n" for one in LINES)[:-20])
    assert "SHA-1" in look_through(str(path), **how)
