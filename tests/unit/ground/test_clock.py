# SPDX-License-Identifier: Apache-2.0
"""The clock that the demo moves: by a file, ahead only."""

import time

import pytest

from idp.clock import MovedClock, SystemClock, SystemEntropy
from idp.config import load
from idp.opening import clock_of
from tests.unit.ground.configuring import LOCAL, only_fault_of

DAY = 86_400


@pytest.fixture
def moved(tmp_path, monkeypatch: pytest.MonkeyPatch) -> MovedClock:
    """The clock over a machine whose time stands still."""
    monkeypatch.setattr(time, "time", lambda: 1_000_000.7)
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_700_000_000)
    return MovedClock(tmp_path / "clock")


def test_it_is_ahead_by_what_the_file_says(moved: MovedClock, tmp_path):
    assert moved.now() == 1_000_000
    (tmp_path / "clock").write_text(f"{DAY}\n")
    assert moved.now() == 1_000_000 + DAY
    assert moved.micros() == 1_000_000_700_000 + DAY * 1_000_000
    (tmp_path / "clock").unlink()
    assert moved.now() == 1_000_000


@pytest.mark.parametrize("content", ["", "soon", "1.5", "é"])
def test_what_is_no_number_moves_nothing(moved: MovedClock, tmp_path, content):
    (tmp_path / "clock").write_text("60")
    assert moved.ahead == 60
    (tmp_path / "clock").write_text(content, "utf-8")
    assert moved.ahead == 60


def test_it_is_never_behind(moved: MovedClock, tmp_path):
    (tmp_path / "clock").write_text("-60")
    assert moved.ahead == 0


def test_durations_are_not_moved(moved: MovedClock, tmp_path):
    before = moved.monotonic()
    (tmp_path / "clock").write_text(f"{DAY}")
    assert moved.now() > 1_000_000
    assert moved.monotonic() - before < DAY


def test_only_a_demo_has_it(tmp_path):
    demo = LOCAL | {"SCEAU_DEMO_ENABLED": "true"}
    file = {"SCEAU_DEMO_CLOCK_FILE": str(tmp_path / "clock")}
    assert type(clock_of(load(None, demo))) is SystemClock
    assert type(clock_of(load(None, demo | file))) is MovedClock
    assert only_fault_of(LOCAL | file).startswith("demo.clock_file")


def test_a_random_text_is_never_taken_for_an_option(monkeypatch):
    drawn = iter(["-R1x", "-", "fine-"])
    monkeypatch.setattr("idp.clock.secrets.token_urlsafe", lambda _size: next(drawn))
    assert SystemEntropy().token(16) == "fine-"
