# SPDX-License-Identifier: Apache-2.0
"""Names folded one way, dates read, identities checked, and when two are one person."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging_app.people.folding import findable, fold, words_of
from imaging_app.people.traits import (
    INS_STATUSES,
    Ins,
    Traits,
    differences,
    is_same_person,
    read_date,
)
from tests.imaging.cast import GARANCE, LUCIEN, ins


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Aubépine", "AUBEPINE"),
        ("  le   Gall ", "LE GALL"),
        ("JEAN-LUCIEN", "JEAN LUCIEN"),
        ("d’Alembert", "D ALEMBERT"),
        ("D'ALEMBERT", "D ALEMBERT"),
        ("Œillet", "OEILLET"),
        ("Lætitia", "LAETITIA"),
        ("Weiß", "WEISS"),
        ("Łukasz", "LUKASZ"),
        ("E\u0301glantier", "EGLANTIER"),
        ("ﬁgue", "FIGUE"),
        ("---", ""),
        ("", ""),
    ],
)
def test_a_name_is_folded(name, folded):
    assert fold(name) == folded


@given(st.text(max_size=60))
def test_folding_is_once_and_for_all(name):
    assert fold(fold(name)) == fold(name)
    assert all(word and not set(word) & set(" '-%_*") for word in words_of(name))


def test_several_words_are_found_as_one_too():
    assert findable(("Le Gall",)) == {"LE", "GALL", "LEGALL"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12/03/1961", "1961-03-12"),
        (" 1961-03-12 ", "1961-03-12"),
        ("19610312", "1961-03-12"),
        ("29/02/2000", "2000-02-29"),
        ("29/02/1900", None),
        ("00/00/1961", None),
        ("1961", None),
        ("12/03/0061", None),
        ("1２/03/1961", None),
        ("", None),
    ],
)
def test_a_birth_date_is_read(text, read):
    assert read_date(text) == read


@pytest.mark.parametrize(
    "body", ["2790351215189", "2070585756270", "154122A123456", "154122B123456"]
)
def test_an_ins_with_its_key_is_one(body):
    assert ins(body).faults() == []


def test_the_ins_of_the_national_examples_are_right():
    for number in ("279035121518989", "207058575627097"):
        assert Ins(number, "1.2.250.1.213.1.4.8", "qualifiée").faults() == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (Ins("279035121518988", "1.2.250.1.213.1.4.8", "qualifiée"), ["ins"]),
        (Ins("27903512151898", "1.2.250.1.213.1.4.8", "qualifiée"), ["ins"]),
        (Ins("979035121518989", "1.2.250.1.213.1.4.8", "qualifiée"), ["ins"]),
        (Ins("279035121518989", "1.2.3", "qualifiée"), ["ins_oid"]),
        (Ins("279035121518989", "1.2.250.1.213.1.4.8", "sûre"), ["ins_status"]),
    ],
)
def test_another_ins_is_none(wrong, named):
    assert wrong.faults() == named


def test_an_ins_is_not_shown():
    assert "279035121518989" not in repr(replace(GARANCE, ins=ins()))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"birth_name": "-"}, "birth_name"),
        ({"birth_name": "A" * 129}, "birth_name"),
        ({"first_names": ()}, "first_names"),
        ({"first_names": ("a,b",)}, "first_names"),
        ({"birth_date": "12/03/1961"}, "birth_date"),
        ({"sex": "X"}, "sex"),
        ({"birth_place": "6938"}, "birth_place"),
        ({"used_name": "B" * 129}, "used_name"),
    ],
)
def test_traits_that_can_not_be_are_named(change, named):
    assert named in replace(GARANCE, **change).faults()
    assert GARANCE.faults() == []


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, ()),
        ({"birth_name": "Aubepine", "used_name": ""}, ()),
        ({"birth_name": "Charme", "used_name": ""}, ()),
        ({"first_names": ("LISE",)}, ()),
        ({"first_names": ("Garance Lise",)}, ()),
        ({"birth_date": ""}, ()),
        ({"sex": "U"}, ()),
        ({"birth_name": "Sureau", "used_name": ""}, ("name",)),
        ({"first_names": ("Anne",)}, ("first_name",)),
        ({"birth_date": "1961-12-03"}, ("birth_date",)),
        ({"sex": "M"}, ("sex",)),
        ({"sex": "M", "birth_date": "1962-03-12"}, ("birth_date", "sex")),
    ],
)
def test_by_what_two_differ(change, differs):
    assert differences(GARANCE, replace(GARANCE, **change)) == differs
    assert differences(replace(GARANCE, **change), GARANCE) == differs


def test_two_identities_are_two_people():
    one, other = replace(GARANCE, ins=ins()), replace(GARANCE, ins=ins("2610369123456"))
    assert differences(one, other) == ("ins",)
    assert differences(one, GARANCE) == ()


def test_a_qualified_identity_and_every_trait_make_one_person():
    one = replace(GARANCE, ins=ins())
    assert is_same_person(one, one)
    assert is_same_person(one, replace(one, first_names=("GARANCE LISE",)))
    assert not is_same_person(GARANCE, GARANCE)
    for change in (
        {"sex": "U"},
        {"birth_date": ""},
        {"first_names": ("Anne",)},
        {"ins": None},
        {"first_names": ("Garance",)},
        {"first_names": ("Lise",)},
    ):
        assert not is_same_person(one, replace(one, **change))
    for status in INS_STATUSES[:-1]:
        assert not is_same_person(one, replace(one, ins=ins(status=status)))
    assert not is_same_person(one, replace(LUCIEN, ins=ins()))


def test_unknown_birth_dates_never_make_one_person():
    unknown = Traits("A", ("B",), "", "F", ins=ins())
    assert not is_same_person(unknown, unknown)
