# SPDX-License-Identifier: Apache-2.0
"""Professionals as last seen, and what they are to a patient."""

import pytest

from imaging_app.consents.marks import mark_of
from imaging_app.people.involvement import Care, Role
from imaging_app.people.professionals import PAGE, Criteria, Professional, Professionals
from tests.imaging.cast import GARANCE, LUCIEN, SORBIER, TILLEULS, VAL, VIORNE

ONE = Professional(SORBIER, "Sorbier", "Élise", "10", "SM44", TILLEULS)
OTHER = Professional(VIORNE, "de la Viorne", "Marc-Antoine", "10", "SM26", VAL)


@pytest.fixture
def known(portal_db, time):
    service = Professionals(time)
    with portal_db.write() as tx:
        service.note(tx, ONE)
        service.note(tx, OTHER)
    return service


ASKED = [
    (Criteria(), []),
    (Criteria(family=" - "), []),
    (Criteria(family="sor"), [ONE]),
    (Criteria(family="SORBIER"), [ONE]),
    (Criteria(family="orbier"), []),
    (Criteria(given="elise"), [ONE]),
    (Criteria(given="marc antoine"), [OTHER]),
    (Criteria(family="De-la"), [OTHER]),
    # Nobody has to know what stands before a name, nor how it is parted.
    (Criteria(family="viorne"), [OTHER]),
    (Criteria(family="iorne"), []),
    (Criteria(family="delaviorne"), [OTHER]),
    (Criteria(given="antoine"), [OTHER]),
    (Criteria(given="marcantoine"), [OTHER]),
    (Criteria(profession="10"), [OTHER, ONE]),
    (Criteria(profession="10", speciality="SM44"), [ONE]),
    (Criteria(establishment=VAL), [OTHER]),
    (Criteria(family="sor", establishment=VAL), []),
    (Criteria(family="%"), []),
    (Criteria(profession="1%"), []),
]


def test_a_professional_is_found_by_all_that_is_asked(portal_db, known):
    with portal_db.read() as tx:
        assert [(by, list(known.candidates(tx, by))) for by, _found in ASKED] == ASKED


def test_candidates_come_in_pages(portal_db, known):
    with portal_db.write() as tx:
        for number in range(PAGE + 3):
            known.note(tx, Professional(f"2{number:03}", f"Tilleul{number:03}", "A", "60"))
        first = known.candidates(tx, Criteria(profession="60"))
        second = known.candidates(tx, Criteria(profession="60"), 2)
    assert (len(first), len(second)) == (PAGE, 3)
    assert not {one.rpps for one in first} & {one.rpps for one in second}


def test_the_newest_login_counts(portal_db, known, time):
    renamed = Professional(SORBIER, "Alisier", "Élise", "10", "SM54", VAL)
    with portal_db.write() as tx:
        time.pass_by(10)
        known.note(tx, renamed)
        time.pass_by(-100)
        known.note(tx, ONE)
        assert known.find(tx, SORBIER) == renamed
        assert known.find(tx, "0") is None


def test_establishments_have_names(portal_db, known):
    with portal_db.write() as tx:
        known.name_establishment(tx, VAL, "Val")
        known.name_establishment(tx, VAL, "Clinique du Val")
        assert known.establishments(tx) == {VAL: "Clinique du Val"}


def test_a_role_lasts_from_when_until_when(people):
    patient = people.owner(people.file(GARANCE, "D1"))
    start = people.time()
    with people.db.write() as tx:
        people.involvements.record(
            tx,
            patient=patient,
            rpps=SORBIER,
            role=Role.DEMANDEUR,
            source=TILLEULS,
            since=start + 10,
            until=start + 20,
        )
    for at, roles in ((0, []), (9, []), (10, [Care(Role.DEMANDEUR, None, TILLEULS)]), (20, [])):
        people.time.at = start + at
        with people.db.read() as tx:
            assert people.involvements.of(tx, patient, SORBIER) == roles


def test_a_role_in_one_file_says_which(people):
    file = people.file(GARANCE, "D1")
    patient = people.owner(file)
    people.cares(patient, SORBIER, Role.RESPONSABLE, file)
    people.cares(patient, SORBIER, Role.CORRESPONDANT)
    with people.db.read() as tx:
        assert set(people.involvements.of(tx, patient, SORBIER)) == {
            Care(Role.RESPONSABLE, file, TILLEULS),
            Care(Role.CORRESPONDANT, None, TILLEULS),
        }
        assert people.involvements.of(tx, patient, VIORNE) == []


def test_a_role_in_somebody_elses_file_is_none(people):
    patient = people.owner(people.file(GARANCE, "D1"))
    foreign = people.file(LUCIEN, "D2")
    assert people.cares(patient, SORBIER, file=foreign) is None
    assert people.cares(patient, SORBIER, file="nowhere") is None
    assert people.cares(patient, "") is None


def test_a_role_whose_time_would_be_none_is_none(people):
    patient = people.owner(people.file(GARANCE, "D1"))
    with people.db.write() as tx:
        made = people.involvements.record(
            tx, patient=patient, rpps=SORBIER, role=Role.TRAITANT, source=VAL, since=9, until=9
        )
    assert made is None


def test_whether_somebody_cares_for_anybody(people):
    patient = people.owner(people.file(GARANCE, "D1"))

    def cares(rpps):
        with people.db.read() as tx:
            return people.involvements.has_any(tx, rpps)

    assert not cares(SORBIER)
    made = people.cares(patient, SORBIER)
    assert (cares(SORBIER), cares(VIORNE), cares("")) == (True, False, False)
    with people.db.write() as tx:
        people.involvements.end(tx, made, TILLEULS)
    assert not cares(SORBIER)


def test_whoever_said_it_ends_it_once(people):
    patient = people.owner(people.file(GARANCE, "D1"))
    made = people.cares(patient, SORBIER)
    with people.db.write() as tx:
        before = mark_of(tx, patient)
        assert not people.involvements.end(tx, made, VAL)
        assert mark_of(tx, patient) == before
        assert people.involvements.end(tx, made, TILLEULS)
        assert not people.involvements.end(tx, made, TILLEULS)
        assert mark_of(tx, patient) == before + 1
        assert people.involvements.of(tx, patient, SORBIER) == []
        assert [one.until for one in people.involvements.all_of(tx, patient)] == [people.time()]


def test_what_there_is_to_look_for(portal_db, known):
    with portal_db.read() as tx:
        found = known.choices(tx)
    assert (found.professions, found.specialities) == (("10",), ("SM26", "SM44"))
