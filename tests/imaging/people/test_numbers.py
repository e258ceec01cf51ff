# SPDX-License-Identifier: Apache-2.0
"""Numbers of professionals as somebody types them."""

import pytest

from imaging_app.people.numbers import fault_of


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("79927398713", ""),
        ("79927398723", "key"),
        ("97927398713", "key"),
        ("00000000000", "key"),
        ("123456789", ""),
        ("12345678", "rpps"),
        ("1234567890", "rpps"),
        ("12345678x", "rpps"),
        ("７９９２７３９８７１３", "rpps"),
        ("", "rpps"),
    ],
)
def test_a_mistyped_number_is_told(number, fault):
    assert fault_of(number) == fault
