# SPDX-License-Identifier: Apache-2.0
"""Results: told, seen, and new."""

import json

import pytest
from sqlalchemy import BigInteger, literal, select, union_all

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.telling import Telling
from imaging_app.clock import DAY
from imaging_app.consents.consent import State
from imaging_app.trace.record import table as trace
from tests.imaging.access.scene import RPPS
from tests.imaging.cast import TILLEULS, VAL


@pytest.fixture
def telling(scene):
    now = scene.time()
    listed = (
        ("told", scene.a, scene.a_file, TILLEULS, now - DAY),
        ("untold", scene.a, scene.a_file, TILLEULS, now - 30 * DAY + 1),
        ("val", scene.a, scene.a_val, VAL, now - 2 * DAY),
        ("gone", scene.a, scene.a_gone, "690000003", now - DAY),
        ("old", scene.a, scene.a_file, TILLEULS, now - 30 * DAY),
        ("foreign", scene.b, scene.b_file, TILLEULS, now - DAY),
        ("ahead", scene.a, scene.a_file, TILLEULS, now + DAY),
    )
    rows = [
        select(
            literal(name).label("exam"),
            literal(patient).label("patient"),
            literal(of).label("file"),
            literal(place).label("establishment"),
            literal(at, BigInteger).label("reported_at"),
            literal(1).label("version"),
        )
        for name, patient, of, place, at in listed
    ]
    reported = union_all(*rows).subquery("reported")
    return Telling(scene.doors, scene.results, reported, scene.rules, scene.time)


def do(scene, telling, verb, name, what, *more):
    with scene.db.write() as tx:
        return getattr(telling, verb)(tx, scene.who(name), what, *more)


def new(scene, telling, name):
    with scene.db.read() as tx:
        return [one.exam for one in telling.new(tx, RPPS.get(name, "")).results]


def opens(scene, name, what):
    return scene.doors.through(scene.who(name), exam(what), Action.EXAM_REPORT)


def reason(answer):
    return answer.reason if isinstance(answer, Refused) else None


def test_new_results_are_of_my_patients_and_of_thirty_days(scene, telling):
    assert new(scene, telling, "carer") == ["told", "val", "untold"]
    assert new(scene, telling, "file_carer") == ["told", "untold"]
    for name in ("blocked", "stranger", "coded", "emergency", "nobody"):
        assert new(scene, telling, name) == []
    scene.people.say(scene.a, State.WITHDRAWN)
    assert new(scene, telling, "carer") == ["val"]


def test_what_is_seen_is_no_longer_new_to_who_saw_it(scene, telling):
    assert do(scene, telling, "see", "carer", "told") is True
    assert do(scene, telling, "see", "carer", "told") is False
    assert new(scene, telling, "carer") == ["val", "untold"]
    assert new(scene, telling, "file_carer") == ["told", "untold"]
    assert reason(do(scene, telling, "see", "stranger", "told")) is Reason.BASIS
    assert reason(do(scene, telling, "see", "nobody", "told")) is Reason.SESSION
    assert reason(do(scene, telling, "see", "patient_a", "told")) is Reason.KIND


def test_a_patient_sees_a_result_once_it_was_told(scene, telling):
    assert reason(opens(scene, "patient_a", "untold")) is Reason.EMBARGO
    assert do(scene, telling, "tell", "carer", "untold", 1) is True
    assert do(scene, telling, "tell", "file_carer", "untold", 1) is False
    assert isinstance(opens(scene, "patient_a", "untold"), Passage)
    with scene.db.read() as tx:
        told = scene.results.told(tx, "untold")
    assert (told.by_rpps, told.by_name, told.at) == (RPPS["carer"], "Carer", scene.time())


def test_only_who_may_open_it_tells_it(scene, telling):
    for name in ("stranger", "blocked", "patient_a", "staff_tilleuls", "nobody"):
        assert reason(do(scene, telling, "tell", name, "untold", 1)) is not None
    assert reason(opens(scene, "patient_a", "untold")) is Reason.EMBARGO


def test_a_version_that_is_not_there_is_told_to_nobody(scene, telling):
    scene.add_exam("bare", scene.a, scene.a_file, TILLEULS)
    # Of an exam with a report that is the result: it is not told without it.
    for what, version in (("bare", 1), ("bare", -1), ("untold", 0), ("untold", 2)):
        assert reason(do(scene, telling, "tell", "carer", what, version)) is Reason.STATE
    assert reason(opens(scene, "patient_a", "bare")) is Reason.EMBARGO


def test_an_exam_without_a_report_is_told_itself(scene, telling):
    scene.add_exam("bare", scene.a, scene.a_file, TILLEULS)
    for name in ("stranger", "blocked", "patient_a", "staff_tilleuls", "nobody"):
        assert reason(do(scene, telling, "tell", name, "bare", 0)) is not None
    assert reason(opens(scene, "patient_a", "bare")) is Reason.EMBARGO
    assert do(scene, telling, "tell", "carer", "bare", 0) is True
    assert do(scene, telling, "tell", "file_carer", "bare", 0) is False
    assert isinstance(opens(scene, "patient_a", "bare"), Passage)
    with scene.db.read() as tx:
        # No report is open with it, whichever comes.
        assert telling.up_to(tx, scene.who("patient_a"), "bare") == 0
        last = select(trace.c.outcome, trace.c.detail).where(
            trace.c.action == Action.EXAM_TELL.value
        )
        told = tx.execute(last.order_by(trace.c.seq.desc()).limit(2)).all()
    assert [(one.outcome, json.loads(one.detail)) for one in told] == [
        ("allowed", {"version": 0}),
        ("allowed", {"version": 0}),
    ]


def test_reports_are_open_to_a_patient_up_to_what_was_told(scene, telling):
    def up_to(name, what):
        with scene.db.read() as tx:
            return telling.up_to(tx, scene.who(name), what)

    assert (up_to("patient_a", "untold"), up_to("carer", "untold")) == (0, None)
    do(scene, telling, "tell", "carer", "untold", 1)
    assert (up_to("patient_a", "untold"), up_to("carer", "untold")) == (1, None)
