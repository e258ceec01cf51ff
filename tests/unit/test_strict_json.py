# SPDX-License-Identifier: Apache-2.0
"""Reading JSON costs what the body weighs, whatever stands in it."""

import pytest

from idp.api.strict_json import TEXTS, Unreadable, read_json

LARGEST = 262_144


@pytest.mark.parametrize(
    "unit",
    [b'\\"', b'"', b'"\\', b'\\\\"', b'"a\\u0022', b'["\\"'],
    ids=["escaped", "quotes", "backslashes", "pairs", "unicode", "brackets"],
)
def test_wb_037_wb_012_no_byte_of_a_text_is_read_twice(unit: bytes) -> None:
    """A text that never ends is one match to the end, not a new try at each quote."""
    body = unit * 32
    place = 0
    for found in TEXTS.finditer(body):
        # Between two texts nothing is left that could have begun one.
        assert b'"' not in body[place : found.start()]
        place = found.end()
    assert b'"' not in body[place:]
    # As large as a body may be: one that is read anew from each quote takes minutes.
    assert isinstance(read_json(unit * (LARGEST // len(unit))), Unreadable)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"a\\"[{": "]\\\\"}', {'a"[{': "]\\"}),
        (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
        ('["é\\u00e9\\n"]'.encode(), ["éé\n"]),
    ],
    ids=["escapes", "brackets within a text", "letters"],
)
def test_brackets_within_texts_nest_nothing(body: bytes, found: object) -> None:
    assert read_json(body) == found


@pytest.mark.parametrize(
    "body", [b'"\\', b'"', b"[" * 25 + b"]" * 25, b'{"a":1,"a":2}', b"1" * 30, b"NaN", b'"\\ud800"']
)
def test_wb_012_what_is_refused(body: bytes) -> None:
    assert isinstance(read_json(body), Unreadable)
