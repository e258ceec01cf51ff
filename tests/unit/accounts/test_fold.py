# SPDX-License-Identifier: Apache-2.0
"""One folding of names, everywhere: what it makes alike, what it leaves apart."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.values import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cdurand", "CDurand"),
        ("cdurand", " cdurand\t"),
        ("cdurand", "cdurand\N{NO-BREAK SPACE}"),
        ("cdurand", "ｃｄｕｒａｎｄ"),
        ("gébeaupré", unicodedata.normalize("NFD", "gébeaupré")),
        ("strasse", "STRAßE"),
        ("office", "oﬃce"),
        ("claire.durand@chu.example", "Claire.Durand@CHU.Example"),
    ],
)
def test_cr_011_aliases_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cdurand", "cdurand."),
        ("cdurand", "c durand"),
        ("cdurand", "cdurand+tag"),
        ("gebeaupre", "gébeaupré"),
        ("cdurand", "сdurand"),
        ("cdurand", "cdurand\x00"),
        ("cdurand", "cdurand\N{ZERO WIDTH SPACE}"),
    ],
)
def test_cr_048_what_is_not_the_same_stays_apart(one, other):
    assert fold(one) != fold(other)


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(name):
    assert fold(fold(name)) == fold(name)


def test_folding_twice_is_folding_once_for_every_character():
    letters = (chr(code) for code in range(sys.maxunicode + 1))
    assert [hex(ord(one)) for one in letters if fold(fold(one)) != fold(one)] == []


@given(st.text(max_size=30))
def test_forms_and_case_and_outer_spaces_never_matter(name):
    assert fold(unicodedata.normalize("NFD", name)) == fold(unicodedata.normalize("NFC", name))
    assert fold(f" {name}\n") == fold(name)
