# SPDX-License-Identifier: Apache-2.0
"""Whose file it is: numbers, mismatches, identities that join, and two of one name."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from imaging_app.crypto import CryptoError, Keys
from imaging_app.db import table_of
from imaging_app.people.files import Files, Mismatch
from imaging_app.people.models import PatientRow, PatientWordRow
from imaging_app.people.patients import Patients
from tests.imaging.cast import GARANCE, LUCIEN, NOBODY_KNOWS, TILLEULS, VAL, ins
from tests.races import at_once


def told(people, traits, number="D1", establishment=TILLEULS):
    with people.db.write() as tx:
        return people.files.of(tx, establishment, number, traits)


def test_the_same_number_is_the_same_file(people):
    file = people.file(GARANCE, "D1")
    assert people.file(GARANCE, "D1") == file
    assert people.file(replace(GARANCE, birth_name="CHARME", used_name=""), "D1") == file
    with people.db.read() as tx:
        assert [one.id for one in people.files.of_patient(tx, people.owner(file))] == [file]


def test_a_number_belongs_to_its_establishment(people):
    here, there = people.file(GARANCE, "D1"), people.file(LUCIEN, "D1", VAL)
    assert people.owner(here) != people.owner(there)


def test_two_patients_of_one_name_stay_two(people):
    one, other = people.file(GARANCE, "D1"), people.file(GARANCE, "D2")
    assert people.owner(one) != people.owner(other)


@pytest.mark.parametrize(
    ("traits", "differs"),
    [
        (LUCIEN, ("name", "first_name", "birth_date", "sex")),
        (replace(GARANCE, birth_date="1961-03-13"), ("birth_date",)),
        (replace(GARANCE, sex="M"), ("sex",)),
        (replace(GARANCE, birth_name="", used_name=""), ("birth_name",)),
    ],
)
def test_a_known_number_with_other_traits_is_a_mismatch(people, traits, differs):
    people.file(replace(GARANCE, used_name=""), "D1")
    assert told(people, traits) == Mismatch(differs)
    with people.db.read() as tx:
        assert len(tx.execute(select(table_of(PatientRow).c.id)).all()) == 1


@pytest.mark.parametrize(
    ("establishment", "number", "named"),
    [("", "D1", "establishment"), ("é", "D1", "establishment"), (TILLEULS, " ", "number"),
     (TILLEULS, "D\n1", "number"), (TILLEULS, "1" * 65, "number")],
)  # fmt: skip
def test_what_is_no_number_is_refused(people, establishment, number, named):
    assert told(people, GARANCE, number, establishment) == Mismatch((named,))


def test_a_qualified_identity_joins_files_of_two_establishments(people):
    one = people.file(replace(GARANCE, ins=ins()), "D1")
    other = people.file(replace(GARANCE, ins=ins()), "X9", VAL)
    assert people.owner(one) == people.owner(other)


@pytest.mark.parametrize("status", ["provisoire", "récupérée", "validée"])
def test_an_identity_that_is_not_qualified_joins_nothing(people, status):
    one = people.file(replace(GARANCE, ins=ins(status=status)), "D1")
    other = people.file(replace(GARANCE, ins=ins(status=status)), "X9", VAL)
    third = people.file(replace(GARANCE, ins=ins()), "Z1", VAL)
    assert len({people.owner(file) for file in (one, other, third)}) == 3


def test_an_identity_never_merges_alone(people):
    people.file(replace(GARANCE, ins=ins()), "D1")
    differs = told(people, replace(LUCIEN, ins=ins()), "X9", VAL)
    assert differs == Mismatch(("ins", "first_name", "birth_date", "sex"))
    # Agreeing so far as it is known is not enough either.
    unknown = replace(GARANCE, ins=ins(), birth_date="")
    assert told(people, unknown, "X9", VAL) == Mismatch(("ins",))


@pytest.mark.parametrize("change", [{"birth_date": ""}, {"sex": "U"}])
def test_of_whom_too_little_is_known_keeps_nobodys_number(people, change):
    one = people.file(replace(GARANCE, ins=ins(), **change), "D1")
    other = people.file(replace(GARANCE, ins=ins()), "X9", VAL)
    third = people.file(replace(GARANCE, ins=ins()), "Z1")
    assert people.owner(one) != people.owner(other) == people.owner(third)


def test_of_many_at_once_one_makes_the_file(people):
    def bring(_one):
        try:
            return people.file(replace(GARANCE, ins=ins()), "D1")
        finally:
            people.db.forget()

    assert len(set(at_once(bring, range(8)))) == 1
    with people.db.read() as tx:
        assert len(tx.execute(select(table_of(PatientRow).c.id)).all()) == 1


def test_of_many_files_at_once_one_identity_is_one_patient(people):
    def bring(number):
        try:
            return people.owner(people.file(replace(GARANCE, ins=ins()), f"D{number}"))
        finally:
            people.db.forget()

    assert len(set(at_once(bring, range(8)))) == 1


def test_an_identity_is_sealed_and_comes_back(people):
    traits = replace(GARANCE, ins=ins())
    patient = people.owner(people.file(traits, "D1"))
    with people.db.read() as tx:
        row = tx.execute(select(table_of(PatientRow))).one()
        assert ins().number not in str(tuple(row))
        assert people.patients.find(tx, patient).traits == traits
        other = Patients(Keys({"x": bytes(range(3, 35))}), people.time)
        with pytest.raises(CryptoError):
            other.find(tx, patient)


def test_an_identity_is_found_after_a_change_of_keys(people, portal_db, time):
    old = bytes(range(1, 33))
    before, after = Keys({"old": old}), Keys({"new": bytes(range(32)), "old": old})
    traits = replace(GARANCE, ins=ins())
    with portal_db.write() as tx:
        one = Files(before, time).of(tx, TILLEULS, "D1", traits)
    with portal_db.write() as tx:
        other = Files(after, time).of(tx, VAL, "D2", traits)
    assert people.owner(one) == people.owner(other)


def test_words_are_those_of_every_name(people):
    people.file(GARANCE, "D1")
    with people.db.read() as tx:
        words = set(tx.execute(select(table_of(PatientWordRow).c.word)).scalars())
    assert words == {"AUBEPINE", "CHARME", "GARANCE", "LISE"}


def test_an_account_is_tied_to_one_patient_and_stays_so(people):
    one = people.owner(people.file(GARANCE, "D1"))
    other = people.owner(people.file(NOBODY_KNOWS, "D2"))
    with people.db.write() as tx:
        assert people.patients.tie(tx, one, "sub-1")
        assert not people.patients.tie(tx, other, "sub-1")
        assert not people.patients.tie(tx, one, "sub-2")
        assert people.patients.of_subject(tx, "sub-1").id == one
        assert people.patients.of_subject(tx, "sub-2") is None
        assert people.patients.find(tx, "nobody") is None
        assert not people.patients.tie(tx, "nobody", "sub-3")


def test_whether_emergencies_are_opposed_is_taken_down(people):
    one = people.owner(people.file(GARANCE, "D1"))
    with people.db.write() as tx:
        assert not people.patients.find(tx, one).opposes_emergency
        assert people.patients.oppose_emergency(tx, one, opposes=True)
        assert people.patients.find(tx, one).opposes_emergency
        assert not people.patients.oppose_emergency(tx, "nobody", opposes=True)


def test_traits_that_can_not_be_make_no_patient(people):
    with pytest.raises(ValueError, match="sex"), people.db.write() as tx:
        people.patients.make(tx, replace(GARANCE, sex="?"))


def test_an_address_of_mail_is_sealed_and_can_be_taken_away(people):
    patient = people.owner(people.file(GARANCE, "D1"))
    with people.db.write() as tx:
        assert people.patients.email_of(tx, patient) == ""
        assert people.patients.set_email(tx, patient, "garance@example.org")
        assert people.patients.email_of(tx, patient) == "garance@example.org"
        row = str(tuple(tx.execute(select(table_of(PatientRow))).one()))
        assert "example.org" not in row
        assert people.patients.set_email(tx, patient, "")
        assert people.patients.email_of(tx, patient) == ""
        assert not people.patients.set_email(tx, "nobody", "garance@example.org")


@pytest.mark.parametrize(
    "typed",
    ["garance", "@example.org", "a@b", "a b@example.org", "a@example.org\r\nBcc: x@y.fr",
     "é@example.org", f"{'a' * 65}@example.org", f"a@{'b' * 250}.org"],
)  # fmt: skip
def test_what_is_no_address_is_not_kept(people, typed):
    patient = people.owner(people.file(GARANCE, "D1"))
    with people.db.write() as tx:
        assert not people.patients.set_email(tx, patient, typed)
        assert people.patients.email_of(tx, patient) == ""


def test_whose_files_are_and_under_which_numbers(people):
    of_one, of_other = people.file(GARANCE, "D1"), people.file(LUCIEN, "D2")
    with people.db.read() as tx:
        found = people.files.people(tx, [of_one, of_other, "none"])
        patient = people.patients.find(tx, people.owner(of_one))
        assert people.files.people(tx, []) == {}
    assert {one: number for one, (_traits, number) in found.items()} == {
        of_one: "D1", of_other: "D2",
    }  # fmt: skip
    assert found[of_other][0].birth_name == LUCIEN.birth_name
    # As they are read one by one, but for the number that is sealed.
    assert found[of_one][0] == replace(patient.traits, ins=None)
