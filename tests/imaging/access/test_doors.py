# SPDX-License-Identifier: Apache-2.0
"""The doors: traced before anything is given, and shut at once for whoever loses their right."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from imaging_app.access.actions import Action, exam, patient
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import LIVES, STAY, Doors, Hall, Held, Passage
from imaging_app.access.grants import Basis, Why
from imaging_app.access.motives import Motive
from imaging_app.access.unknown import Unknown
from imaging_app.clock import MINUTE
from imaging_app.consents.consent import State
from imaging_app.people.involvement import Role
from imaging_app.sharing.codes import Scope
from imaging_app.trace.record import table as trace
from imaging_app.trace.verify import verify
from tests.imaging.access.scene import RPPS
from tests.imaging.cast import TILLEULS

IMAGES = Action.EXAM_IMAGES


def rows(scene):
    with scene.db.read() as tx:
        return tx.execute(select(trace).order_by(trace.c.seq)).all()


def hold(scene, name="carer", what="told", doors=None):
    return (doors or scene.doors).hold(scene.who(name), exam(what), IMAGES)


def reason(answer):
    return answer.reason if isinstance(answer, Refused) else None


def test_a_passage_says_what_on_which_basis_and_why(scene):
    passage = scene.doors.through(scene.who("carer"), exam("told"), IMAGES)
    assert isinstance(passage, Passage)
    assert (passage.basis, passage.motive) == (Basis.INVOLVEMENT, Motive.CONSULTATION)
    assert passage.target.patient == scene.a
    assert passage.until == scene.time() + LIVES
    (row,) = rows(scene)
    assert (row.action, row.outcome, row.patient) == ("exam.images", "allowed", scene.a)
    assert (row.exam, row.establishment, row.rpps) == ("told", TILLEULS, RPPS["carer"])
    assert (row.basis, row.motive, row.emergency, row.shown) == (
        "involvement",
        "consultation",
        False,
        True,
    )
    assert passage.row == row.seq


def test_a_refusal_is_traced_with_its_reason_and_not_shown_to_the_patient(scene):
    assert reason(scene.doors.through(scene.who("blocked"), exam("told"), IMAGES)) is Reason.BLOCKED
    assert reason(scene.doors.through(None, exam("told"), IMAGES)) is Reason.SESSION
    assert [(one.outcome, one.actor_kind, one.shown) for one in rows(scene)] == [
        ("blocked", "professional", False),
        ("session", "nobody", False),
    ]


def test_without_its_row_there_is_no_passage(scene, monkeypatch):
    """What can't be traced is not done."""

    def full(*_of):
        raise OSError("disk full")

    monkeypatch.setattr(type(scene.trace), "record_each", full)
    with pytest.raises(OSError, match="full"):
        scene.doors.through(scene.who("carer"), exam("told"), IMAGES)
    with pytest.raises(OSError, match="full"):
        hold(scene)


def test_what_is_undone_leaves_neither_row_nor_right(scene):
    def undone():
        with scene.db.write() as tx:
            scene.doors.open(tx, scene.who("carer"), exam("told"), IMAGES)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert rows(scene) == []


def test_an_action_on_what_it_is_not_made_for_touches_nothing(scene):
    for thing in (patient(scene.a), scene.things["file"], scene.things["code"]):
        answer = scene.doors.through(scene.who("carer"), thing, IMAGES)
        assert reason(answer) is Reason.UNKNOWN


def test_frames_are_read_by_one_row(scene):
    first = hold(scene)
    assert all(hold(scene) is first for _ in range(50))
    scene.time.pass_by(LIVES)
    again = hold(scene)
    assert isinstance(again, Passage)
    assert again is not first
    assert (again.row, again.until) == (first.row, scene.time() + LIVES)
    assert len(rows(scene)) == 1


def test_a_frame_costs_one_look_by_key(scene):
    hold(scene)
    asked = []
    event.listen(scene.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    hold(scene)
    assert len(asked) == 1
    assert "rule_marks" in asked[0]


def test_after_half_an_hour_a_look_is_traced_anew(scene):
    hold(scene)
    scene.time.pass_by(STAY - 1)
    hold(scene)
    assert len(rows(scene)) == 1
    scene.time.pass_by(1)
    assert isinstance(hold(scene), Passage)
    assert len(rows(scene)) == 2


def block(scene):
    with scene.db.write() as tx:
        scene.blocks.block(tx, scene.a, RPPS["coded"])


def withdraw(scene):
    scene.people.say(scene.a, State.WITHDRAWN)


def revoke(scene):
    with scene.db.write() as tx:
        assert scene.desk.revoke(tx, scene.who("staff_tilleuls"), scene.code.id) is True


def end_grant(scene):
    with scene.db.write() as tx:
        assert scene.grants.end_of(tx, scene.a, RPPS["coded"], Why.REVOKED) == 1


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (block, Reason.BLOCKED),
        (withdraw, Reason.CONSENT),
        (revoke, Reason.BASIS),
        (end_grant, Reason.BASIS),
    ],
)
def test_the_next_frame_after_it_is_refused_in_every_process(scene, deed, told):
    """No time passes: neither the passage held here nor the one of another process lets through."""
    other = Doors(scene.db, scene.doors._facts, scene.trace, scene.rules, scene.time)
    assert isinstance(hold(scene, "coded"), Passage)
    assert isinstance(hold(scene, "coded", doors=other), Passage)
    deed(scene)
    assert reason(hold(scene, "coded")) is told
    assert reason(hold(scene, "coded", doors=other)) is told
    assert [one.outcome for one in rows(scene)][-2:] == [told.value] * 2


def test_an_involvement_that_is_ended_shuts_the_door_at_once(scene):
    with scene.db.write() as tx:
        made = scene.people.involvements.record(
            tx, patient=scene.a, rpps=RPPS["stranger"], role=Role.DEMANDEUR, source=TILLEULS
        )
    assert isinstance(hold(scene, "stranger"), Passage)
    with scene.db.write() as tx:
        assert scene.people.involvements.end(tx, made, TILLEULS)
    assert reason(hold(scene, "stranger")) is Reason.BASIS


def test_a_patient_who_opposes_emergencies_ends_one(scene):
    assert isinstance(hold(scene, "emergency"), Passage)
    with scene.db.write() as tx:
        scene.choosing.oppose(tx, scene.who("patient_a"), scene.a, opposes=True)
    assert reason(hold(scene, "emergency")) is Reason.BASIS


def test_what_changes_for_one_patient_is_asked_anew_for_that_one_alone(scene):
    held = hold(scene)
    scene.people.cares(scene.b, RPPS["stranger"])
    assert hold(scene) is held
    scene.people.cares(scene.a, RPPS["stranger"])
    again = hold(scene)
    assert again is not held
    assert again.row == held.row


def test_time_alone_ends_a_grant_to_the_second(scene):
    until = scene.time() + 3
    with scene.db.write() as tx:
        scene.grants.make(
            tx, RPPS["stranger"], Scope(scene.a, file=scene.a_file), Basis.FILE, until
        )
    assert hold(scene, "stranger").until == until
    scene.time.pass_by(2)
    assert isinstance(hold(scene, "stranger"), Passage)
    scene.time.pass_by(1)
    assert reason(hold(scene, "stranger")) is Reason.BASIS


def test_a_motives_day_ends_what_is_open_within_a_passage(scene):
    hold(scene)
    scene.time.pass_by(14 * 3600 - LIVES)
    assert isinstance(hold(scene), Passage)
    scene.time.pass_by(LIVES)
    assert reason(hold(scene)) is Reason.MOTIVE


def test_a_clock_that_was_set_back_keeps_no_door_open(scene):
    first = hold(scene)
    scene.time.pass_by(-MINUTE)
    assert hold(scene) is not first
    assert len(rows(scene)) == 2


def test_a_passage_is_one_sessions_own(scene):
    hold(scene)
    other = replace(scene.who("carer"), session="another")
    assert isinstance(scene.doors.hold(other, exam("told"), IMAGES), Passage)
    low = replace(scene.who("carer"), session="third", level=1)
    assert reason(scene.doors.hold(low, exam("told"), IMAGES)) is Reason.LEVEL
    thief = replace(scene.who("stranger"), session="session-carer", subject="sub-carer")
    assert reason(scene.doors.hold(thief, exam("told"), IMAGES)) is Reason.BASIS
    assert reason(scene.doors.hold(None, exam("told"), IMAGES)) is Reason.SESSION


@pytest.mark.parametrize(("name", "what"), [("blocked", "told"), ("stranger", "no such exam")])
def test_whoever_is_refused_again_and_again_fills_no_trace(scene, name, what):
    told = {reason(hold(scene, name, what)) for _ in range(50)}
    assert len(told) == 1
    assert len(rows(scene)) == 1
    scene.time.pass_by(STAY)
    hold(scene, name, what)
    assert [one.outcome for one in rows(scene)] == [told.pop().value] * 2


def test_whoever_is_not_logged_in_leaves_no_row(scene):
    assert reason(hold(scene, "nobody")) is Reason.SESSION
    assert rows(scene) == []


def test_a_refusal_is_over_as_soon_as_its_reason_is(scene):
    scene.time.pass_by(24 * 3600)
    assert reason(hold(scene)) is Reason.MOTIVE
    with scene.db.write() as tx:
        scene.motives.give(tx, RPPS["carer"], scene.a, Motive.CONSULTATION)
    assert isinstance(hold(scene), Passage)
    assert [one.outcome for one in rows(scene)] == ["motive", "allowed"]


def test_another_refusal_is_traced_anew(scene):
    assert reason(hold(scene, "stranger")) is Reason.BASIS
    with scene.db.write() as tx:
        scene.blocks.block(tx, scene.a, RPPS["stranger"])
    assert reason(hold(scene, "stranger")) is Reason.BLOCKED
    assert [one.outcome for one in rows(scene)] == ["basis", "blocked"]


def test_another_basis_is_traced_anew(scene):
    hold(scene, "coded")
    scene.people.cares(scene.a, RPPS["coded"])
    assert hold(scene, "coded").basis is Basis.INVOLVEMENT
    assert [one.basis for one in rows(scene)] == ["code", "involvement"]


def test_the_hall_holds_so_many_and_no_more(scene):
    hall = Hall(most=2)
    passage = hold(scene)
    for key in ("a", "b", "a", "c"):
        hall.keep((key,), Held(passage, 1, 1))
    assert hall.find(("b",)) is None
    assert hall.find(("a",)) is not None
    hall.drop(("a",))
    assert hall.find(("a",)) is None


def test_a_list_asks_without_a_trace(scene):
    things = [exam(name) for name in ("told", "val", "foreign")]
    with scene.db.read() as tx:
        answers = scene.doors.which(tx, scene.who("file_carer"), things, Action.EXAM_OPEN)
    assert [isinstance(answer, Refused) for _thing, answer in answers] == [False, True, True]
    assert rows(scene) == []


def test_the_trace_of_it_all_is_whole(scene):
    for name in ("carer", "blocked", "coded", "patient_a", "nobody"):
        hold(scene, name)
    assert verify(scene.db, scene.keys).is_whole


def test_names_of_nothing_are_one_row_a_stay_for_all_of_them(scene):
    for number in range(20):
        assert reason(hold(scene, what=f"nothing-{number}")) is Reason.UNKNOWN
    for name in ("nobody", "noone"):
        answer = scene.doors.hold(scene.who("carer"), patient(name), Action.PATIENT_OPEN)
        assert reason(answer) is Reason.UNKNOWN
    assert [one.outcome for one in rows(scene)] == ["unknown"]
    # Each session for itself; and what there is keeps its own row.
    hold(scene, "stranger", "nothing-1")
    assert reason(hold(scene, "stranger")) is Reason.BASIS
    assert isinstance(hold(scene), Passage)
    assert len(rows(scene)) == 4
    scene.time.pass_by(STAY)
    for number in range(3):
        hold(scene, what=f"nothing-{number}")
    assert [one.outcome for one in rows(scene)[4:]] == ["unknown"]


def test_what_comes_after_it_was_asked_for_opens(scene):
    assert reason(hold(scene, what="later")) is Reason.UNKNOWN
    scene.add_exam("later", scene.a, scene.a_file, TILLEULS)
    assert isinstance(hold(scene, what="later"), Passage)
    assert [one.outcome for one in rows(scene)] == ["unknown", "allowed"]


def ask(scene, name, *, who="carer", action=Action.EXAM_SEEN, unless=None):
    with scene.db.write() as tx:
        return scene.doors.open(tx, scene.who(name=who), exam(name), action, unless=unless)


def test_whoever_makes_names_up_fills_no_trace_by_deeds(scene):
    """It says how often; whatever there is has a row each time."""
    for number in range(100):
        assert reason(ask(scene, f"nothing-{number}")) is Reason.UNKNOWN
    told = [(one.outcome, json.loads(one.detail or "{}").get("times", 1)) for one in rows(scene)]
    assert told == [("unknown", 2**power) for power in range(7)]
    before = len(rows(scene))
    # Each session and each deed for itself, and what is there.
    ask(scene, "nothing", who="stranger")
    ask(scene, "nothing", action=Action.EXAM_TELL)
    for _time in range(3):
        assert reason(ask(scene, "told", who="stranger")) is Reason.BASIS
        assert isinstance(ask(scene, "told"), Passage)
    assert len(rows(scene)) == before + 2 + 6
    scene.time.pass_by(STAY)
    ask(scene, "nothing")
    assert len(rows(scene)) == before + 9
    assert verify(scene.db, scene.keys).is_whole


def test_nor_by_deeds_upon_somebody_that_there_is_not(scene):
    for _time in range(20):
        assert reason(ask(scene, "told", unless=Reason.UNKNOWN)) is Reason.UNKNOWN
    assert len(rows(scene)) == 5


def test_who_is_counted_is_forgotten_before_memory_is_full():
    counts = Unknown(STAY, most=2)
    assert [counts.count((one,), 0) for one in "aabca"] == [1, 2, 1, 1, 1]
    # A clock that was set back begins anew.
    assert counts.count(("a",), -5) == 1


def test_a_login_is_asked_for_where_it_leads_on(scene):
    """Whoever may not take away is told so, however old their login is."""
    scene.time.pass_by(scene.doors._rules.grave_age + 1)
    allowed = {
        name
        for name in ("carer", "stranger")
        if isinstance(scene.doors.through(scene.who(name), exam("told"), IMAGES), Passage)
    }
    assert allowed == {"carer"}
    old = replace(scene.who("carer"), auth_at=0)
    answers = {
        may: scene.doors.through(old, exam("told"), Action.EXAM_DOWNLOAD)
        for may in (False, True)
        if permit(scene, may=may)
    }
    assert [answers[may].reason for may in (False, True)] == [Reason.DOWNLOAD, Reason.LEVEL]
    assert [one.outcome for one in rows(scene)][-2:] == ["download", "level"]


def permit(scene, *, may):
    with scene.db.write() as tx:
        grants, rpps = scene.grants, RPPS["carer"]
        (grants.permit_download if may else grants.forbid_download)(
            tx, rpps, TILLEULS, *(["test"] if may else [])
        )
    return True
