# SPDX-License-Identifier: Apache-2.0
"""Where a page of a list ended, there and back."""

import pytest

from idp.places import place_after, read_place


@pytest.mark.parametrize("name", ["a", "-_-", "A9-z_0", "x" * 43])
def test_a_place_is_read_as_it_was_written(name):
    assert read_place(place_after(1_790_000_000, name)) == (1_790_000_000, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1-",
        "-a",
        "x-a",
        "1~a",
        "1.a",
        "9" * 19 + "-a",
        "1-" + "x" * 44,
        "1-é",
        "١-a",
        "1-a\n",
    ],
)
def test_wb_009_what_is_no_place_of_ours_is_none(text):
    assert read_place(text) is None
