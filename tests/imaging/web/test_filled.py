# SPDX-License-Identifier: Apache-2.0
"""The demo's portal: who stands where in it, and that a second start changes nothing."""

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.demo.cast import PLAN
from imaging_app.demo.settling import CARE, settle
from imaging_app.exams.index import Wanted
from imaging_app.people.involvement import Role
from tests.imaging.filled import PEOPLE


def test_everything_is_there_and_a_second_start_brings_nothing(filled):
    rooms = filled.rooms
    settle(rooms, PEOPLE)
    with rooms.database.read() as tx:
        gaetan = rooms.access.patients.of_subject(tx, "sub-patient")
        assert gaetan.traits.birth_name == "ÉBEAUPRÉ"
        exams, more = rooms.exams.index.exams(tx, Wanted(patient=gaetan.id))
        assert (len(exams), more) == (sum(one.who[0].startswith("ÉBEAUPRÉ") for one in PLAN), False)
        care = rooms.access.involvements.all_of(tx, gaetan.id)
        assert sorted(one.role for one in care) == [
            Role.CORRESPONDANT, Role.RESPONSABLE, Role.TRAITANT
        ]  # fmt: skip
        assert len(care) == sum(one.patient[0].startswith("ÉBEAUPRÉ") for one in CARE)


def test_the_doors_ask_the_index(filled):
    rooms = filled.rooms
    with rooms.database.read() as tx:
        gaetan = rooms.access.patients.of_subject(tx, "sub-patient")
        [first, *_rest], _more = rooms.exams.index.exams(tx, Wanted(patient=gaetan.id))
    answer = rooms.access.doors.through(None, exam(first.id), Action.EXAM_OPEN)
    assert answer == Refused(Reason.SESSION)
