# SPDX-License-Identifier: Apache-2.0
"""The guards that `python -m tests.guards` takes out stand where it looks for them."""

import pytest

from tests.guards import GUARDS, ROOT


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.row)
def test_a_guard_stands_once_in_its_file(guard):
    assert (ROOT / guard.file).read_text("utf-8").count(guard.stands) == 1
    assert (ROOT / guard.seen_by).is_file()
