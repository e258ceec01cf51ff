# SPDX-License-Identifier: Apache-2.0
"""The demo's clock on the other side: the same file, the same time."""

import time

import pytest

from relying_parties.clock import MovedClock, system_time


def test_it_is_ahead_by_what_the_file_says(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.7)
    file = tmp_path / "clock"
    now = MovedClock(file)
    seen = [now()]
    for content in ("86400\n", "soon", "-5", None):
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        seen.append(now())
    assert seen == [1_000_000, 1_086_400, 1_086_400, 1_000_000, 1_000_000]
    assert system_time() == 1_000_000
