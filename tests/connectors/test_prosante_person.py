# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect's userinfo as a typed value, from the example in the facts (§1.7)."""

import json

import pytest

from connectors.prosante.person import Person, read_person
from tests.prosante import NEWCOMER

TOLD = NEWCOMER.told("CARD")


def changed(**changes):
    return json.loads(json.dumps(TOLD)) | changes


def upper(value):
    if isinstance(value, dict):
        return {name.upper(): upper(one) for name, one in value.items()}
    return [upper(one) for one in value] if isinstance(value, list) else value


def test_who_they_are_and_all_that_they_practise():
    person = read_person(TOLD)
    assert isinstance(person, Person)
    assert person.national_id == "899700245667"
    assert (person.first_name, person.last_name, person.civility) == ("KIT", "DOC0024566", "M")
    cabinet, hospital = person.practices
    assert (cabinet.profession_code, cabinet.speciality_code) == ("10", "SM26")
    assert (cabinet.mode, cabinet.sector, cabinet.finess) == ("L", "SA07", "")
    assert cabinet.structure_number == "499700245667008"
    assert (hospital.mode, hospital.sector, hospital.finess) == ("S", "SA01", "0B0139374")


def test_case_says_nothing():
    assert read_person(upper(TOLD)) == read_person(TOLD)


def test_two_names_that_differ_in_case_alone_mean_nothing():
    assert read_person(changed(subjectnameid="899700000021")) == "one name twice"


@pytest.mark.parametrize("exercises", [None, "", [], [None], 7, [{"activities": None}]])
def test_whoever_tells_no_activity_is_somebody_all_the_same(exercises):
    person = read_person(changed(SubjectRefPro={"exercices": exercises}))
    assert isinstance(person, Person)
    assert person.practices == ()
    assert person.last_name == "DOC0024566"


def test_spaces_of_other_kinds_and_ends_of_lines_are_spaces():
    told = changed()
    activity = told["SubjectRefPro"]["exercices"][0]["activities"][0]
    activity |= {"raisonSocialeSite": "HOPITAL\u00a0SUD", "telephone": "02 47\r\n"}
    activity["bureauCedex"] = "x\x00y"
    person = read_person(told)
    assert isinstance(person, Person)
    assert person.practices[0].structure == "HOPITAL SUD"
    assert (person.practices[0].phone, person.practices[0].town) == ("02 47", "")


@pytest.mark.parametrize(
    "number", ["", None, 899700245667, "ANS20210107161422", "899700245667\x00", "8997002456"]
)
def test_nobody_comes_without_a_national_identifier(number):
    told = changed(SubjectNameID=number, preferred_username=number)
    assert read_person(told) == "SubjectNameID"


@pytest.mark.parametrize("told", [{}, {"SubjectNameID": "899700245667"}])
def test_nobody_comes_without_a_name(told):
    assert isinstance(read_person(told), str)


def test_employees_have_numbers_of_their_structure():
    person = read_person(changed(SubjectNameID="500000001815646/CPAT00045"))
    assert isinstance(person, Person)
    assert person.national_id == "500000001815646/CPAT00045"
