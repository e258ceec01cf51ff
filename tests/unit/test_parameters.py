# SPDX-License-Identifier: Apache-2.0
"""Parameters are read as the standard library reads them, and no request's words are lost."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idp.http.parameters import MOST_FIELDS, Parameters, Unreadable, parse
from idp.oidc.response_types import TYPES, in_order

PIECES = (*"aé&=+%;# ", "%20", "%C3%A9", "%c3", "%ff", "%zz", "\ud800")


def usual(text: str) -> list[tuple[str, str]] | None:
    """What the standard library makes of it."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return None


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
@example("")
@example("&&a=1&&")
@example("a=b=c&d")
@example("a+b=c+d%2B")
@example("&".join("a" * (MOST_FIELDS + 1)))
def test_as_the_standard_library_reads_them(text: str) -> None:
    pairs, read = usual(text), parse(text)
    if pairs is None:
        assert isinstance(read, Unreadable)
        return
    assert isinstance(read, Parameters)
    once = {name: value for name, value in pairs if [one for one, _ in pairs].count(name) == 1}
    assert read.values == once
    assert read.repeated | read.several.keys() == {name for name, _ in pairs} - once.keys()


def test_what_was_given_is_held_once_or_several_times() -> None:
    read = parse("prompt=none&resource=a&resource=b&empty=")
    assert isinstance(read, Parameters)
    assert read.holds(frozenset({"prompt", "other"}))
    assert read.holds(frozenset({"resource"}))
    assert read.holds(frozenset({"empty"}))
    assert not read.holds(frozenset({"other"}))


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("token id_token code", "code id_token token"),
        ("id_token code", "code id_token"),
        ("token id_token", "id_token token"),
        ("code  id_token", "code  id_token"),
        ("code code", "code code"),
        ("token", "token"),
        ("", ""),
        *((one, one) for one in TYPES),
    ],
)
def test_the_order_of_words_means_nothing(asked: str, ours: str) -> None:
    assert in_order(asked) == ours
