# SPDX-License-Identifier: Apache-2.0
"""How a professional comes to a patient, each way with its row in the trace."""

from dataclasses import replace

import pytest
from sqlalchemy import event, select

from imaging_app.access.actions import Action, exam, file
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.clock import DAY, HOUR, MINUTE
from imaging_app.consents.consent import State
from imaging_app.notices.outbox import To, What
from imaging_app.sharing.codes import Entered
from imaging_app.trace.reading import history_of
from imaging_app.trace.record import table as trace
from tests.imaging.access.scene import RPPS, YEAR
from tests.imaging.cast import TILLEULS, VAL

BORN = "1961-03-12"
WHY = "Patient inconscient aux urgences"


def do(scene, verb, name, *asked, **more):
    with scene.db.write() as tx:
        return getattr(scene.finding, verb)(tx, scene.who(name, **more), *asked)


def reason(answer):
    return answer.reason if isinstance(answer, Refused) else None


def opens(scene, name, what="told", action=Action.EXAM_IMAGES, **more):
    return scene.doors.through(scene.who(name, **more), exam(what), action)


def said(scene):
    with scene.db.read() as tx:
        rows = tx.execute(select(trace.c.action, trace.c.outcome).order_by(trace.c.seq)).all()
    return [tuple(one) for one in rows]


def test_a_name_is_looked_for_among_my_patients(scene):
    page = do(scene, "by_name", "carer", "aub")
    assert [one.id for one in page.lines] == [scene.a]
    assert do(scene, "by_name", "stranger", "aub").lines == ()
    assert do(scene, "by_name", "blocked", "aub").lines == ()
    assert reason(do(scene, "by_name", "patient_a", "aub")) is Reason.KIND
    assert reason(do(scene, "by_name", "nobody", "aub")) is Reason.SESSION
    assert reason(do(scene, "by_name", "carer", "aub", level=1)) is Reason.LEVEL


def test_a_number_opens_that_file_alone_and_for_hours(scene):
    found = do(scene, "by_number", "stranger", TILLEULS, "D1", BORN)
    assert (found.file, found.patient.id) == (scene.a_file, scene.a)
    assert opens(scene, "stranger").basis is Basis.FILE
    assert reason(opens(scene, "stranger", "val")) is Reason.BASIS
    scene.time.pass_by(12 * HOUR)
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert said(scene)[:2] == [("search.number", "allowed"), ("grant.file", "allowed")]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("stranger", (TILLEULS, "D9", BORN)),
        ("stranger", (TILLEULS, "D1", "1961-03-13")),
        ("stranger", (TILLEULS, "D1", "")),
        ("stranger", (VAL, "D1", BORN)),
        ("blocked", (TILLEULS, "D1", BORN)),
    ],
)
def test_what_is_not_found_is_one_answer(scene, name, asked):
    assert do(scene, "by_number", name, *asked) == Refused(Reason.NO_MATCH)
    assert said(scene)[-1] == ("search.number.tried", "no_match")


def test_not_finding_is_the_same_work(scene):
    asked = []
    event.listen(scene.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    told = set()
    for name, number, born in (
        ("stranger", "D9", BORN),
        ("stranger", "D1", "1900-01-01"),
        ("blocked", "D1", BORN),
    ):
        asked.clear()
        do(scene, "by_number", name, TILLEULS, number, born)
        told.add(tuple(asked))
    assert len(told) == 1


def test_numbers_are_tried_twenty_times_an_hour(scene):
    for number in range(20):
        answer = do(scene, "by_number", "stranger", TILLEULS, f"X{number}", BORN)
        assert reason(answer) is Reason.NO_MATCH
    assert reason(do(scene, "by_number", "stranger", TILLEULS, "D1", BORN)) is Reason.TOO_MANY
    scene.time.pass_by(HOUR)
    assert reason(do(scene, "by_number", "stranger", TILLEULS, "D1", BORN)) is None


def test_whoever_is_over_their_own_limit_shuts_nobody_else_out(scene):
    """One address stands for a whole establishment."""
    traits = ("Aubépine", "Garance", BORN)
    for number in range(70):
        do(scene, "by_number", "coded", TILLEULS, f"X{number}", BORN)
        do(scene, "in_emergency", "coded", "X", "Y", BORN)
    assert reason(do(scene, "by_number", "coded", TILLEULS, "D1", BORN)) is Reason.TOO_MANY
    assert reason(do(scene, "in_emergency", "coded", *traits)) is Reason.TOO_MANY
    assert reason(do(scene, "by_number", "stranger", TILLEULS, "D1", BORN)) is None
    assert [one.id for one in do(scene, "in_emergency", "stranger", *traits)] == [scene.a]


def test_an_address_tries_sixty_numbers_an_hour_and_finds_as_many_as_it_likes(scene):
    for number in range(61):
        asked = (TILLEULS, "D1", BORN)
        assert reason(do(scene, "by_number", "stranger", *asked, rpps=f"9{number}")) is None
    for number in range(60):
        do(scene, "by_number", "stranger", TILLEULS, "X", BORN, rpps=f"8{number}")
    found = do(scene, "by_number", "stranger", TILLEULS, "D1", BORN, rpps="7")
    assert reason(found) is Reason.TOO_MANY


def test_no_emergency_is_refused_for_its_address(scene):
    for number in range(70):
        do(scene, "in_emergency", "stranger", "X", "Y", BORN, rpps=f"9{number}")
    traits = ("Aubépine", "Garance", BORN)
    assert [one.id for one in do(scene, "in_emergency", "stranger", *traits)] == [scene.a]


def test_a_code_opens_its_file_until_it_expires(scene):
    entered = do(scene, "by_code", "stranger", scene.code.code, BORN, "Garance")
    assert isinstance(entered, Entered)
    assert opens(scene, "stranger").basis is Basis.CODE
    assert reason(opens(scene, "stranger", "val")) is Reason.BASIS
    again = do(scene, "by_code", "stranger", scene.code.code, BORN, "Garance")
    assert (again.scope, again.expires_at) == (entered.scope, entered.expires_at)
    scene.time.pass_by(30 * DAY)
    with scene.db.write() as tx:
        scene.motives.give(tx, RPPS["stranger"], scene.a, Motive.CONSULTATION)
    assert reason(opens(scene, "stranger")) is Reason.BASIS


def test_a_patients_own_code_opens_all_that_is_shared(scene):
    do(scene, "by_code", "stranger", scene.own_code.code, BORN, "lise")
    assert isinstance(opens(scene, "stranger"), Passage)
    assert isinstance(opens(scene, "stranger", "val"), Passage)
    assert reason(opens(scene, "stranger", "gone")) is Reason.CONSENT
    assert reason(opens(scene, "stranger", "hidden")) is Reason.BASIS
    assert reason(opens(scene, "stranger", "foreign")) is Reason.BASIS


def test_a_patient_is_told_once_who_has_used_a_code(scene):
    for _ in range(2):
        do(scene, "by_code", "stranger", scene.own_code.code, BORN, "lise")
    do(scene, "by_code", "coded", scene.code.code, BORN, "Garance")
    told = [one for one in notices(scene) if one.what is What.CODE_USED]
    assert {(one.to, one.to_id) for one in told} == {(To.PATIENT, scene.a)}
    assert sorted((one.content["who"], one.content["tail"]) for one in told) == [
        ("Coded", scene.code.code[-4:]),
        ("Stranger", scene.own_code.code[-4:]),
    ]


def test_a_code_that_is_not_entered_opens_nothing_and_names_nobody(scene):
    assert do(scene, "by_code", "stranger", scene.code.code, BORN, "Anne") == Refused(
        Reason.NO_MATCH
    )
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert ("code.enter.tried", "no_match") in said(scene)
    with scene.db.read() as tx:
        rows = tx.execute(select(trace).where(trace.c.action == "code.enter.tried")).all()
    assert {(one.patient, one.exam, one.establishment) for one in rows} == {(None, None, None)}
    assert scene.code.code not in str(rows)


def test_refused_codes_are_the_same_work_from_door_to_trace(scene):
    asked = []
    event.listen(scene.db.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    told = set()
    for name, typed, first in (
        ("stranger", scene.code.code, "Anne"),
        ("stranger", "ZZZZZZZZ", "Garance"),
        ("blocked", scene.code.code, "Garance"),
    ):
        asked.clear()
        assert reason(do(scene, "by_code", name, typed, BORN, first)) is Reason.NO_MATCH
        told.add(tuple(asked))
    assert len(told) == 1


def test_too_many_codes_are_told_as_such(scene):
    for _ in range(20):
        do(scene, "by_code", "stranger", "ZZZZZZZZ", BORN, "Garance")
    answer = do(scene, "by_code", "stranger", scene.code.code, BORN, "Garance")
    assert reason(answer) is Reason.TOO_MANY


def test_a_motive_is_asked_once_a_day_and_the_first_stands(scene):
    scene.time.pass_by(DAY)
    assert reason(opens(scene, "carer")) is Reason.MOTIVE
    assert do(scene, "say_why", "carer", scene.a, Motive.TRAITANT) is Motive.TRAITANT
    assert do(scene, "say_why", "carer", scene.a, Motive.CONSULTATION) is Motive.TRAITANT
    assert opens(scene, "carer").motive is Motive.TRAITANT
    assert reason(opens(scene, "file_carer")) is Reason.MOTIVE
    # The day is the people's: it ends at midnight in Paris, 23:00 UTC.
    scene.time.pass_by(14 * HOUR - 1)
    assert isinstance(opens(scene, "carer"), Passage)
    scene.time.pass_by(1)
    assert reason(opens(scene, "carer")) is Reason.MOTIVE


def test_a_motive_needs_somebody_to_have_it_for(scene):
    say = ("say_why", "stranger", scene.a, Motive.CONSULTATION)
    assert reason(do(scene, *say)) is Reason.BASIS
    blocked = do(scene, "say_why", "blocked", scene.a, Motive.CONSULTATION)
    assert reason(blocked) is Reason.BLOCKED
    urgent = do(scene, "say_why", "carer", scene.a, Motive.URGENCE)
    assert reason(urgent) is Reason.MOTIVE
    with pytest.raises(ValueError, match="emergency"), scene.db.write() as tx:
        scene.motives.give(tx, RPPS["carer"], scene.a, Motive.URGENCE)


def notices(scene):
    with scene.db.write() as tx:
        return scene.outbox.take(tx)


def test_an_emergency_opens_for_an_hour_is_flagged_and_told(scene):
    scene.time.pass_by(1)
    grant = do(scene, "break_in", "stranger", scene.a, f"  {WHY}\n ")
    assert isinstance(grant, str)
    passage = opens(scene, "stranger")
    assert (passage.basis, passage.motive, passage.emergency) == (
        Basis.EMERGENCY,
        Motive.URGENCE,
        True,
    )
    assert reason(opens(scene, "stranger", "hidden")) is Reason.BASIS
    assert reason(opens(scene, "stranger", "gone")) is Reason.CONSENT
    told = notices(scene)
    assert {(one.to, one.to_id) for one in told} == {
        (To.PATIENT, scene.a),
        (To.ESTABLISHMENT, TILLEULS),
        (To.ESTABLISHMENT, VAL),
    }
    assert {one.what for one in told} == {What.EMERGENCY}
    # Why is for those who review it: the patient hears who and when.
    assert [one.content.get("reason") for one in told if one.to is To.PATIENT] == [None]
    assert {one.content["reason"] for one in told if one.to is To.ESTABLISHMENT} == {WHY}
    with scene.db.read() as tx:
        history = history_of(tx, scene.a)
        review = scene.grants.emergencies(tx, scene.a)
    assert [(one.action, one.emergency, one.motive) for one in history.accesses] == [
        ("exam.images", True, "urgence"),
        ("patient.emergency", True, "urgence"),
    ]
    assert (review[0].rpps, review[0].reason) == (RPPS["stranger"], WHY)
    scene.time.pass_by(60 * MINUTE)
    assert reason(opens(scene, "stranger")) is Reason.BASIS


@pytest.mark.parametrize("said_", ["", "urgent", "a" * 14, " " * 40, "a" + " " * 20 + "b"])
def test_an_emergency_needs_a_reason(scene, said_):
    assert reason(do(scene, "break_in", "stranger", scene.a, said_)) is Reason.REASON
    assert notices(scene) == []
    assert reason(opens(scene, "stranger")) is Reason.BASIS


def test_an_emergency_needs_a_fresh_login_an_open_door_and_somebody_to_open(scene):
    old = {"auth_at": scene.time() - 301}
    assert reason(do(scene, "break_in", "stranger", scene.a, WHY, **old)) is Reason.LEVEL
    assert reason(do(scene, "break_in", "blocked", scene.a, WHY)) is Reason.BLOCKED
    assert reason(do(scene, "break_in", "stranger", "nobody", WHY)) is Reason.UNKNOWN
    assert reason(do(scene, "break_in", "patient_b", scene.a, WHY)) is Reason.KIND
    for place in (TILLEULS, VAL):
        scene.people.say(scene.a, State.WITHDRAWN, place)
    assert reason(do(scene, "break_in", "stranger", scene.a, WHY)) is Reason.CONSENT
    with scene.db.write() as tx:
        scene.people.patients.oppose_emergency(tx, scene.b, opposes=True)
    assert reason(do(scene, "break_in", "stranger", scene.b, WHY)) is Reason.OPPOSED
    assert notices(scene) == []


def test_an_emergency_ends_when_it_is_over(scene):
    do(scene, "break_in", "stranger", scene.a, WHY)
    assert do(scene, "leave_emergency", "stranger", scene.a) is True
    assert do(scene, "leave_emergency", "stranger", scene.a) is False
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert ("emergency.end", "allowed") in said(scene)
    assert isinstance(opens(scene, "emergency"), Passage)


def test_an_emergency_needs_its_own_ground_to_download(scene):
    do(scene, "break_in", "stranger", scene.a, WHY)
    assert isinstance(opens(scene, "stranger", action=Action.EXAM_DOWNLOAD), Passage)
    assert reason(opens(scene, "emergency", action=Action.EXAM_DOWNLOAD)) is Reason.DOWNLOAD


def test_in_an_emergency_every_trait_finds_a_patient(scene):
    traits = ("Aubépine", "Garance", BORN)
    found = do(scene, "in_emergency", "stranger", *traits)
    assert [one.id for one in found] == [scene.a]
    assert do(scene, "in_emergency", "blocked", *traits) == ()
    old = {"auth_at": scene.time() - 301}
    assert reason(do(scene, "in_emergency", "stranger", *traits, **old)) is Reason.LEVEL
    for _ in range(19):
        do(scene, "in_emergency", "stranger", "X", "Y", BORN)
    assert reason(do(scene, "in_emergency", "stranger", *traits)) is Reason.TOO_MANY


def test_nobody_finds_anything_without_a_session(scene):
    assert reason(do(scene, "by_number", "nobody", TILLEULS, "D1", BORN)) is Reason.SESSION
    assert reason(do(scene, "by_code", "nobody", scene.code.code, BORN, "Lise")) is Reason.SESSION
    assert reason(do(scene, "in_emergency", "nobody", "A", "B", BORN)) is Reason.SESSION
    assert reason(do(scene, "break_in", "nobody", scene.a, WHY)) is Reason.SESSION
    assert reason(do(scene, "say_why", "nobody", scene.a, Motive.TRAITANT)) is Reason.SESSION


def test_a_file_found_by_its_number_opens_as_a_file(scene):
    do(scene, "by_number", "stranger", TILLEULS, "D1", BORN)
    who = replace(scene.who("stranger"), auth_at=scene.time() - YEAR)
    assert isinstance(scene.doors.through(who, file(scene.a_file), Action.FILE_OPEN), Passage)
    answer = scene.doors.through(who, file(scene.a_val), Action.FILE_OPEN)
    assert reason(answer) is Reason.BASIS
