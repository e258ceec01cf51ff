# SPDX-License-Identifier: Apache-2.0
"""The operator's list: found wherever it stands, and never taken for empty when it is lost."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.credentials.breaches import Breaches

KNOWN = [f"password{number}" for number in range(400)]


def digest(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


def write(path, passwords, end="\n", counted=lambda _number: "", last=True):
    lines = sorted(digest(one) for one in passwords)
    text = "".join(line + counted(number) + end for number, line in enumerate(lines))
    path.write_text(text if last else text.removesuffix(end), newline="")
    return Breaches(str(path))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("counted", [lambda _: "", lambda n: f":{n * 7919}"])
def test_cr_035_each_of_them_is_found_and_no_other(tmp_path, end, last, counted):
    found = write(tmp_path / "list", KNOWN, end, counted, last)
    assert all(found.holds(one) for one in KNOWN)
    assert not any(found.holds(f"other{number}") for number in range(400))


@given(passwords=st.sets(st.text(max_size=8), min_size=1, max_size=30), other=st.text(max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_list_answers_as_a_set_would(tmp_path, passwords, other):
    texts = {one for one in passwords if one.isprintable()} | {"x"}
    found = write(tmp_path / "list", texts, counted=lambda n: ":1" * (n % 2))
    assert all(found.holds(one) for one in texts)
    if other.isprintable():
        assert found.holds(other) is (other in texts)


def test_lower_case_lists_are_read_as_well(tmp_path):
    path = tmp_path / "list"
    write(path, KNOWN)
    path.write_text(path.read_text().lower())
    assert Breaches(str(path)).holds("password7")


def test_no_list_holds_nothing():
    assert Breaches("").holds("password") is False


def test_cr_035_a_list_that_vanished_is_no_empty_list(tmp_path):
    path = tmp_path / "list"
    found = write(path, KNOWN)
    path.unlink()
    assert found.holds("password7") is None
    write(path, ["another"])
    assert found.holds("password7") is False
    assert found.holds("another") is True


@pytest.mark.parametrize("text", ["", "\n", "not a list\n" * 20, "x" * 5000, "0" * 39 + "\n"])
def test_cr_035_what_is_no_list_is_not_read(tmp_path, text):
    path = tmp_path / "list"
    path.write_text(text)
    assert Breaches(str(path)).holds("password7") is None


def test_cr_035_a_list_cut_short_is_seen_where_it_is_looked_at(tmp_path):
    path = tmp_path / "list"
    write(path, ["a"])
    path.write_bytes(path.read_bytes()[:20])
    assert Breaches(str(path)).holds("a") is None
