# SPDX-License-Identifier: Apache-2.0
"""The médecin traitant: named, changed and forgotten by the patient alone."""

import pytest
from sqlalchemy import select

from imaging_app.access.decide import Reason, Refused
from imaging_app.people.involvement import BY_PATIENT, Role
from imaging_app.people.professionals import Professional
from imaging_app.trace.record import table as trace
from tests.imaging.access.scene import RPPS
from tests.imaging.access.test_choosing import choose, desk, opens, reason
from tests.races import at_once


def name(scene, who, rpps, patient=None):
    return choose(scene, "name_traitant", who, patient or scene.a, rpps)


def named(scene):
    with scene.db.read() as tx:
        return [one.rpps for one in scene.choosing.traitants(tx, scene.a)]


def test_whoever_is_named_sees_all_that_is_shared_and_is_not_kept_out(scene):
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert name(scene, "patient_a", RPPS["stranger"]) is True
    assert name(scene, "patient_a", RPPS["stranger"]) is False
    assert not isinstance(opens(scene, "stranger"), Refused)
    assert not isinstance(opens(scene, "stranger", "val"), Refused)
    kept_out = choose(scene, "block", "patient_a", scene.a, RPPS["stranger"])
    assert reason(kept_out) is Reason.PROTECTED


def test_there_is_one_at_a_time_and_who_was_is_no_more(scene):
    name(scene, "patient_a", RPPS["stranger"])
    assert name(scene, "patient_a", RPPS["carer"]) is True
    assert named(scene) == [RPPS["carer"]]
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert choose(scene, "forget_traitant", "patient_a", scene.a) is True
    assert choose(scene, "forget_traitant", "patient_a", scene.a) is False
    assert named(scene) == []
    # What an establishment says of them stands.
    assert not isinstance(opens(scene, "carer"), Refused)


def test_what_a_desk_says_is_not_what_the_patient_says(scene):
    desk(scene, "involve", "staff_tilleuls", scene.a_file, RPPS["stranger"], Role.TRAITANT)
    assert named(scene) == []
    name(scene, "patient_a", RPPS["carer"])
    choose(scene, "forget_traitant", "patient_a", scene.a)
    assert not isinstance(opens(scene, "stranger"), Refused)


def test_only_a_doctor_who_is_known_and_not_kept_out(scene):
    assert reason(name(scene, "patient_a", "999")) is Reason.UNKNOWN
    assert reason(name(scene, "patient_a", RPPS["blocked"])) is Reason.STATE
    with scene.db.write() as tx:
        nurse = Professional(RPPS["coded"], "Coded", "Claude", "Infirmier")
        scene.time.pass_by(1)
        scene.professionals.note(tx, nurse)
    assert reason(name(scene, "patient_a", RPPS["coded"])) is Reason.STATE
    with scene.db.write() as tx:
        doctor = Professional(RPPS["coded"], "Coded", "Claude", "Médecin")
        scene.professionals.note(tx, doctor)
    assert name(scene, "patient_a", RPPS["coded"]) is True


@pytest.mark.parametrize(
    "who", ["patient_b", "patient_stranger", "staff_tilleuls", "carer", "nobody"]
)
def test_of_ones_own_alone(scene, who):
    refused = {Reason.BASIS, Reason.KIND, Reason.SESSION}
    assert reason(name(scene, who, RPPS["stranger"])) in refused
    name(scene, "patient_a", RPPS["carer"])
    assert reason(choose(scene, "forget_traitant", who, scene.a)) in refused
    assert named(scene) == [RPPS["carer"]]


def test_the_trace_says_who_was_named(scene):
    name(scene, "patient_a", RPPS["carer"])
    choose(scene, "forget_traitant", "patient_a", scene.a)
    with scene.db.read() as tx:
        first, second = tx.execute(select(trace).order_by(trace.c.seq)).all()
    assert {first.action, second.action} == {"patient.traitant"}
    assert RPPS["carer"] in first.detail
    assert RPPS["carer"] not in second.detail


def test_of_many_named_at_once_one_stands(scene):
    names = ["stranger", "carer", "file_carer", "coded"]

    def one(number):
        try:
            return name(scene, "patient_a", RPPS[names[number]])
        finally:
            scene.db.forget()

    assert at_once(one, range(4)) == [True] * 4
    assert len(named(scene)) == 1
    with scene.db.read() as tx:
        all_of = scene.people.involvements.all_of(tx, scene.a)
    said = [one for one in all_of if one.source == BY_PATIENT]
    assert sum(one.until is None for one in said) == 1
