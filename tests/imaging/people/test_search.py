# SPDX-License-Identifier: Apache-2.0
"""How a professional finds a patient, and all the ways of finding nobody."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import State
from imaging_app.people.involvement import Role
from imaging_app.people.search import PAGE, Search
from imaging_app.people.traits import Traits
from tests.imaging.cast import GARANCE, LUCIEN, NOBODY_KNOWS, SORBIER, TILLEULS, VAL, VIORNE


@pytest.fixture
def search(time):
    return Search(time)


def found(people, search, typed, rpps=SORBIER, page=1):
    with people.db.read() as tx:
        return [line.id for line in search.by_name(tx, rpps, typed, page).lines]


@pytest.fixture
def garance(people):
    patient, _file = people.bring_in(GARANCE)
    people.cares(patient, SORBIER)
    return patient


MINE = [
    "au",
    "AUB",
    "aubépine",
    "Aubepine",
    "ga",
    "lise",
    "ch",
    "charme garance",
    "gar aub",
    "li-ga",
]


def test_two_letters_of_any_name_find_my_patient(people, search, garance):
    assert {typed: found(people, search, typed) for typed in MINE} == {
        key: [garance] for key in MINE
    }


NOBODY = ["", "a", " é ", "bé", "ub", "aubz", "aub zz", "%", "__", "a_", "*", "'", "zz'--"]


def test_anything_else_finds_nobody(people, search, garance):
    assert [one for one in NOBODY if found(people, search, one)] == []


HYPHENS = ["jean-lucien", "jean lucien", "JEANLUCIEN", "luc", "je-lu"]


def test_a_hyphen_is_no_obstacle(people, search):
    patient, _file = people.bring_in(LUCIEN)
    people.cares(patient, SORBIER)
    assert {one: found(people, search, one) for one in HYPHENS} == {
        key: [patient] for key in HYPHENS
    }


def test_never_a_patient_without_my_involvement(people, search, garance):
    assert found(people, search, "aub", VIORNE) == []
    assert found(people, search, "aub", "") == []


def test_an_involvement_that_is_over_or_to_come_finds_nobody(people, search):
    patient, _file = people.bring_in(GARANCE)
    now = people.time()
    with people.db.write() as tx:
        people.involvements.record(
            tx, patient=patient, rpps=SORBIER, role=Role.TRAITANT, source=VAL, since=now + 10,
            until=now + 20,
        )  # fmt: skip
    assert found(people, search, "aub") == []
    people.time.pass_by(10)
    assert found(people, search, "aub") == [patient]
    people.time.pass_by(10)
    assert found(people, search, "aub") == []


def test_whoever_is_kept_out_finds_nobody(people, search, garance):
    with people.db.write() as tx:
        Blocks(people.time).block(tx, garance, SORBIER)
    assert found(people, search, "aub") == []
    with people.db.write() as tx:
        Blocks(people.time).lift(tx, garance, SORBIER)
    assert found(people, search, "aub") == [garance]


def test_whoever_shares_nothing_is_not_there(people, search, garance):
    people.say(garance, State.WITHDRAWN)
    assert found(people, search, "aub") == []
    people.say(garance, State.GIVEN, VAL)
    assert found(people, search, "aub") == [garance]


def test_a_list_has_pages_and_one_order(people, search):
    made = []
    for number in range(PAGE + 2):
        patient, _file = people.bring_in(Traits("NOM", (f"P{chr(65 + number)}",), ""), f"N{number}")
        people.cares(patient, SORBIER)
        made.append(patient)
    with people.db.read() as tx:
        first, second = (search.by_name(tx, SORBIER, "nom", page) for page in (1, 2))
    assert [line.id for line in first.lines + second.lines] == made
    assert (first.more, second.more) == (True, False)


def by_number(people, search, number="D1", birth_date="1961-03-12", **more):
    with people.db.read() as tx:
        return search.by_number(
            tx, more.get("rpps", VIORNE), more.get("house", TILLEULS), number, birth_date
        )


def test_a_number_and_the_birth_date_find_that_file_alone(people, search):
    patient, file = people.bring_in(GARANCE)
    people.file(GARANCE, "D2")
    got = by_number(people, search)
    assert (got.file, got.patient.id) == (file, patient)
    assert by_number(people, search, " D1 ").file == file


def test_an_unknown_birth_date_is_said_to_be_unknown(people, search):
    _patient, file = people.bring_in(NOBODY_KNOWS, "D3")
    people.bring_in(GARANCE)
    assert by_number(people, search, "D3", "").file == file
    assert by_number(people, search, "D3", "1961-03-12") is None
    assert by_number(people, search, "D1", "") is None


@pytest.mark.parametrize(
    "asked",
    [
        {"number": "D9"},
        {"birth_date": "1961-03-13"},
        {"birth_date": ""},
        {"birth_date": "0000-00-00"},
        {"birth_date": "é"},
        {"house": VAL},
        {"number": "D%"},
        {"number": "D9", "birth_date": "0000-00-00"},
    ],
)
def test_anything_wrong_finds_no_file(people, search, asked):
    people.bring_in(GARANCE)
    assert by_number(people, search, **asked) is None


def test_a_file_is_not_found_by_whom_is_kept_out_nor_without_consent(people, search):
    patient, _file = people.bring_in(GARANCE)
    with people.db.write() as tx:
        Blocks(people.time).block(tx, patient, VIORNE)
    assert by_number(people, search) is None
    assert by_number(people, search, rpps=SORBIER) is not None
    people.say(patient, State.WITHDRAWN)
    assert by_number(people, search, rpps=SORBIER) is None


def test_finding_no_file_is_the_same_work_whatever_is_wrong(people, search):
    patient, _file = people.bring_in(GARANCE)
    asked = []
    event.listen(people.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    by_number(people, search, "D9")
    by_number(people, search, birth_date="1900-01-01")
    people.say(patient, State.WITHDRAWN)
    asked[2:] = []
    by_number(people, search)
    assert len(asked) == 3
    assert len(set(asked)) == 1


def by_traits(people, search, name="Aubépine", first="Garance", born="1961-03-12", rpps=VIORNE):
    with people.db.read() as tx:
        return [line.id for line in search.by_traits(tx, rpps, name, first, born)]


def test_every_trait_finds_somebody_in_an_emergency(people, search):
    patient, _file = people.bring_in(replace(GARANCE, used_first_name="Lison"))
    assert by_traits(people, search) == [patient]
    assert by_traits(people, search, "CHARME", "lise") == [patient]
    assert by_traits(people, search, first="Lison") == [patient]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Aubépin"},
        {"name": ""},
        {"first": "Gar"},
        {"first": ""},
        {"born": "1961-03-13"},
        {"born": ""},
        {"name": "Garance"},
    ],
)
def test_a_trait_less_finds_nobody(people, search, wrong):
    people.bring_in(GARANCE)
    assert by_traits(people, search, **wrong) == []


def test_two_of_one_name_and_day_are_both_shown_and_a_crowd_is_not(people, search):
    made = [people.bring_in(GARANCE, f"D{number}")[0] for number in range(5)]
    assert set(by_traits(people, search)) == set(made)
    people.bring_in(GARANCE, "D6")
    assert by_traits(people, search) == []


def test_an_emergency_does_not_find_whom_it_may_not_open(people, search):
    patient, _file = people.bring_in(GARANCE)
    with people.db.write() as tx:
        people.patients.oppose_emergency(tx, patient, opposes=True)
    assert by_traits(people, search) == []
    with people.db.write() as tx:
        people.patients.oppose_emergency(tx, patient, opposes=False)
        Blocks(people.time).block(tx, patient, VIORNE)
    assert by_traits(people, search) == []
    assert by_traits(people, search, rpps=SORBIER) == [patient]
    people.say(patient, State.WITHDRAWN)
    assert by_traits(people, search, rpps=SORBIER) == []
