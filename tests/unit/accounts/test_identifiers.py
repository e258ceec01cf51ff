# SPDX-License-Identifier: Apache-2.0
"""Identifiers made from names, by both patterns."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.identifiers import PATTERNS, make_identifier
from idp.accounts.values import fold


@pytest.mark.parametrize(
    ("first", "last", "long", "short"),
    [
        ("Claire", "Durand", "cdurand", "c.durand"),
        ("Jean-Baptiste", "Œuvrard", "joeuvrard", "j.oeuvrar"),
        ("Zoé", "N’Guessan-Le Goff", "znguessanlegoff", "z.nguessa"),
        ("Thérèse", "d'Aubigné", "tdaubigne", "t.daubign"),
        ("Gaëtan", "Ébeaupré", "gebeaupre", "g.ebeaupr"),
        ("Łukasz", "Ørsted", "lorsted", "l.orsted"),
        ("Ægir", "Weiß", "aweiss", "a.weiss"),
        ("İlke", "Çelik", "icelik", "i.celik"),
        ("E\u0301lise", "Zola", "ezola", "e.zola"),
        ("Madonna", "李", "madonna", "madonna"),
        ("李", "王", "compte", "compte"),
        ("Anne", "x" * 200, "a" + "x" * 63, "a.xxxxxxx"),
    ],
)
def test_the_patterns(first, last, long, short):
    assert make_identifier(first, last, "flastname") == long
    assert make_identifier(first, last, "f.lastnam") == short


def test_namesakes_are_numbered():
    taken = {"cdurand", "cdurand2", "cdurand3"}
    assert make_identifier("Cédric", "Dürand", "flastname", taken.__contains__) == "cdurand4"


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(PATTERNS))
def test_any_name_makes_an_identifier_that_folds_to_itself(first, last, pattern):
    made = make_identifier(first, last, pattern)
    assert re.fullmatch(r"[a-z]+(\.[a-z]+)?", made)
    assert len(made) <= 64
    assert fold(made) == made
