# SPDX-License-Identifier: Apache-2.0
"""Which exams a search asks the doors about: by what was asked for, of whom somebody has to do."""

from zoneinfo import ZoneInfo

import pytest

from imaging_app.access.grants import Basis, Grants, Scope
from imaging_app.access.motives import Motive, Motives
from imaging_app.access.reachable import Asked, Reachable
from imaging_app.access.visitor import Kind, Visitor
from tests.imaging.cast import SORBIER, TILLEULS, VIORNE

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def reach(room, people, time):
    """What a professional, or the patient, reaches of one exam."""
    exam = room.exam(room.take())

    def asked(who=SORBIER, skip=0, **told):
        kind = Kind.PROFESSIONAL if who else Kind.PATIENT
        visitor = Visitor(kind, "sub-agnes", "session", rpps=who)
        with room.db.read() as tx:
            return Reachable(time, PARIS).exams(tx, visitor, Asked(**told), skip, 10)

    asked.exam = exam
    return asked


def says_why(room, time, exam, rpps=SORBIER):
    with room.db.write() as tx:
        Motives(time, PARIS).give(tx, rpps, exam.patient, Motive.CONSULTATION)


def test_of_those_in_ones_care_and_of_nobody_else(reach, room, people, time):
    narrow = {"studies": (reach.exam.uid,)}
    assert reach(**narrow) == []
    people.cares(reach.exam.patient, SORBIER)
    assert reach(**narrow) == [reach.exam.id]
    assert reach(VIORNE, **narrow) == []
    # Over many, only for whom a motive stands today.
    assert reach() == []
    says_why(room, time, reach.exam)
    assert reach() == [reach.exam.id]
    assert reach(skip=1) == []
    time.pass_by(86_400)
    assert reach() == []


def test_by_what_was_given_for_as_long_as_it_lasts(reach, room, keys, time):
    with room.db.write() as tx:
        grants = Grants(keys, time)
        grants.make(tx, SORBIER, Scope(reach.exam.patient), Basis.EMERGENCY, time() + 60)
    assert reach() == [reach.exam.id]
    time.pass_by(60)
    assert reach() == reach(studies=(reach.exam.uid,)) == []


def test_a_patients_own(reach, room, people):
    assert reach("") == []
    with room.db.write() as tx:
        assert people.patients.tie(tx, reach.exam.patient, "sub-agnes")
    assert reach("") == [reach.exam.id]
    with room.db.write() as tx:
        room.index.hide(tx, reach.exam.id, hidden=True)
    assert reach("") == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"number": "IPP-1"}, True),
        ({"number": "IPP-1", "establishment": TILLEULS}, True),
        ({"number": "IPP-1", "establishment": "0"}, False),
        ({"number": "IPP-2"}, False),
        ({"names": (("DURAND", False), ("AGN", True))}, True),
        ({"names": (("DURAND", False), ("AGN", False))}, False),
        ({"since": "20261102", "until": "20261102"}, True),
        ({"since": "20261103"}, False),
        ({"until": "20261101"}, False),
        ({"modality": "CT"}, True),
        ({"modality": "C_"}, False),
        ({"accession": "ACC-1"}, True),
        ({"accession": "ACC"}, False),
    ],
)
def test_all_that_is_asked_for_holds(reach, room, people, time, told, found):
    people.cares(reach.exam.patient, SORBIER)
    says_why(room, time, reach.exam)
    assert reach(**told) == ([reach.exam.id] if found else [])
