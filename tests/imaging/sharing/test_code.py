# SPDX-License-Identifier: Apache-2.0
"""The code itself, and the answers to its two questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging_app.sharing.answers import MOST_NAMES, is_right
from imaging_app.sharing.code import ALPHABET, fold_code, fold_tail, make_code, shown


def test_a_code_has_no_sign_that_can_be_misread():
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert len({make_code() for _ in range(200)}) == 200
    assert all(fold_code(make_code()) for _ in range(200))


@given(st.text(ALPHABET, min_size=8, max_size=8))
def test_a_code_is_read_as_it_is_shown(code):
    assert fold_code(shown(code)) == code
    assert fold_code(f" {shown(code).lower()} ") == code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a0js-my19", "A0JSMY19"),
        ("AOJS MYI9", "A0JSMY19"),
        ("aojsmyl9", "A0JSMY19"),
        ("A0JS–MY19", "A0JSMY19"),
        ("Ａ０ＪＳ－ＭＹ１９", "A0JSMY19"),
        ("A0JS\u202fMY19", "A0JSMY19"),
        ("A0JSMY1", None),
        ("A0JSMY190", None),
        ("A0JSMYU9", None),
        ("A0JS%Y19", None),
        ("٣٣٣٣٣٣٣٣", None),
        ("", None),
        ("-" * 5000, None),
    ],
)
def test_what_was_typed_becomes_what_was_meant(typed, meant):
    assert fold_code(typed) == meant


@given(st.text(max_size=80))
def test_anything_typed_is_a_code_or_none(typed):
    folded = fold_code(typed)
    assert folded is None or (len(folded) == 8 and set(folded) <= set(ALPHABET))


@pytest.mark.parametrize(
    ("typed", "tail"),
    [("my19", "MY19"), ("myi9", "MY19"), ("9", "9"), ("A0JS-MY19", "MY19"), ("%", ""), ("", "")],
)
def test_the_end_of_a_code(typed, tail):
    assert fold_tail(typed) == tail


KNOWN = ("Garance,Lise", "Lison", "1961-03-12")


@pytest.mark.parametrize("name", ["Garance", "GARANCE", "garance ", "lise", "Lison", "Lisé"])
def test_any_of_the_first_names_is_right(name):
    assert is_right(name, "1961-03-12", *KNOWN)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("", "1961-03-12"),
        ("Gar", "1961-03-12"),
        ("Garance Lise", "1961-03-12"),
        ("Garance,Lise", "1961-03-12"),
        ("Garance", "1961-03-13"),
        ("Garance", ""),
        ("", ""),
        ("-", "1961-03-12"),
    ],
)
def test_both_are_needed(name, date):
    assert not is_right(name, date, *KNOWN)


@pytest.mark.parametrize("name", ["", "-", "\x00", "\x00 nobody", "Garance"])
@pytest.mark.parametrize("date", ["", "0000-00-00", "1961-03-12"])
def test_nothing_is_right_where_there_is_no_code(name, date):
    assert not is_right(name, date, None, None, None)


def test_a_hyphen_is_a_space():
    assert is_right("jean lucien", "1954-11-27", "Jean-Lucien", "", "1954-11-27")
    assert is_right("Jean-Lucien", "1954-11-27", "Jean Lucien", "", "1954-11-27")


def test_an_unknown_date_is_said_to_be_unknown():
    assert is_right("Anne", "", "Anne", "", "")
    assert not is_right("Anne", "1961-03-12", "Anne", "", "")
    assert not is_right("Anne", "0000-00-00", "Anne", "", "")


def test_the_name_in_use_counts_after_many_first_names():
    names = ",".join(f"Nom{chr(65 + number)}" for number in range(MOST_NAMES + 3))
    assert is_right("Lison", "1961-03-12", names, "Lison", "1961-03-12")
