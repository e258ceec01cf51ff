# SPDX-License-Identifier: Apache-2.0
"""What patients decide, and what an establishment's desk does, with what follows at once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from imaging_app.access.actions import Action, exam
from imaging_app.access.choosing import Choosing
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.desk import Received
from imaging_app.access.doors import Passage
from imaging_app.access.grants import Basis
from imaging_app.consents.consent import State
from imaging_app.people.involvement import BY_PATIENT, Role
from imaging_app.settings import Rules
from imaging_app.sharing.codes import Issued, Scope
from imaging_app.trace.reading import Wanted, csv_of, history_of
from imaging_app.trace.record import table as trace
from imaging_app.trace.verify import verify
from tests.imaging.access.scene import RPPS
from tests.imaging.cast import GARANCE, LUCIEN, TILLEULS, VAL
from tests.races import at_once


def choose(scene, verb, name, *asked, **more):
    with scene.db.write() as tx:
        return getattr(scene.choosing, verb)(tx, scene.who(name), *asked, **more)


def desk(scene, verb, name, *asked, **more):
    with scene.db.write() as tx:
        return getattr(scene.desk, verb)(tx, scene.who(name), *asked, **more)


def reason(answer):
    return answer.reason if isinstance(answer, Refused) else None


def opens(scene, name, what="told"):
    return scene.doors.through(scene.who(name), exam(what), Action.EXAM_IMAGES)


def test_a_block_acts_at_once_and_what_was_given_does_not_come_back(scene):
    assert choose(scene, "block", "patient_a", scene.a, RPPS["coded"]) is True
    assert choose(scene, "block", "patient_a", scene.a, RPPS["coded"]) is False
    assert reason(opens(scene, "coded")) is Reason.BLOCKED
    assert choose(scene, "unblock", "patient_a", scene.a, RPPS["coded"]) is True
    assert choose(scene, "unblock", "patient_a", scene.a, RPPS["coded"]) is False
    assert reason(opens(scene, "coded")) is Reason.BASIS


@pytest.mark.parametrize("how", ["cares", "grant", "trace"])
def test_who_never_logged_in_here_is_kept_out_once_they_have_met_the_patient(scene, how):
    """By a program's token, or a desk's word: no page has ever told of them."""
    rpps = "10000000777"
    assert reason(choose(scene, "block", "patient_a", scene.a, rpps)) is Reason.UNKNOWN
    assert reason(choose(scene, "block", "patient_a", scene.a, "")) is Reason.UNKNOWN
    if how == "cares":
        scene.people.cares(scene.a, rpps)
    elif how == "grant":
        with scene.db.write() as tx:
            until = scene.time() + 60
            scene.grants.make(tx, rpps, Scope(scene.a), Basis.FILE, until)
    else:
        asking = scene.who("stranger", rpps=rpps)
        assert reason(scene.doors.through(asking, exam("told"), Action.EXAM_IMAGES)) is Reason.BASIS
    assert reason(choose(scene, "block", "patient_b", scene.b, rpps)) is Reason.UNKNOWN
    assert choose(scene, "block", "patient_a", scene.a, rpps) is True


def test_an_involvement_counts_again_after_a_block(scene):
    scene.people.cares(scene.a, RPPS["stranger"], Role.DEMANDEUR)
    assert isinstance(opens(scene, "stranger"), Passage)
    assert choose(scene, "block", "patient_a", scene.a, RPPS["stranger"]) is True
    assert reason(opens(scene, "stranger")) is Reason.BLOCKED
    choose(scene, "unblock", "patient_a", scene.a, RPPS["stranger"])
    assert isinstance(opens(scene, "stranger"), Passage)


def test_nobody_is_protected_by_what_a_desk_says_and_the_patient_reads_it(scene):
    rpps = RPPS["stranger"]
    desk(scene, "involve", "staff_tilleuls", scene.a_file, rpps, Role.TRAITANT)
    with scene.db.read() as tx:
        (said,) = history_of(tx, scene.a).accesses
    assert (said.action, said.establishment) == ("file.involve", TILLEULS)
    assert choose(scene, "block", "patient_a", scene.a, rpps) is True
    assert reason(opens(scene, "stranger")) is Reason.BLOCKED


@pytest.mark.parametrize("name", ["carer", "file_carer"])
def test_the_medecin_traitant_is_not_kept_out_unless_the_operator_says_so(scene, name):
    with scene.db.write() as tx:
        scene.people.involvements.record(
            tx, patient=scene.a, rpps=RPPS[name], role=Role.TRAITANT, source=BY_PATIENT
        )
    answer = choose(scene, "block", "patient_a", scene.a, RPPS[name])
    assert reason(answer) is Reason.PROTECTED
    assert isinstance(opens(scene, name), Passage)
    loose = replace(scene.choosing._on, rules=Rules(protect_traitant=False))
    scene.choosing = Choosing(loose)
    assert choose(scene, "block", "patient_a", scene.a, RPPS[name]) is True
    assert reason(opens(scene, name)) is Reason.BLOCKED


def test_only_who_is_known_is_kept_out_and_only_of_ones_own(scene):
    assert reason(choose(scene, "block", "patient_a", scene.a, "999")) is Reason.UNKNOWN
    for name in ("patient_b", "staff_tilleuls", "carer", "nobody"):
        assert reason(choose(scene, "block", name, scene.a, RPPS["coded"])) in {
            Reason.BASIS,
            Reason.KIND,
            Reason.SESSION,
        }
    assert isinstance(opens(scene, "coded"), Passage)


def test_the_trace_says_who_was_kept_out(scene):
    choose(scene, "block", "patient_a", scene.a, RPPS["coded"])
    with scene.db.read() as tx:
        row = tx.execute(select(trace)).one()
    assert (row.action, row.patient, row.shown) == ("patient.block", scene.a, False)
    assert RPPS["coded"] in row.detail


def test_a_withdrawal_ends_codes_grants_and_every_way_in(scene):
    withdrawn = choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    assert withdrawn is State.WITHDRAWN
    for name in ("carer", "file_carer", "coded", "emergency", "patient_a"):
        assert reason(opens(scene, name)) is Reason.CONSENT
    assert isinstance(opens(scene, "carer", "val"), Passage)
    again = choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    assert reason(again) is Reason.STATE


def test_a_renewal_on_site_opens_none_of_what_was_ended(scene):
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    renewed = desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert renewed is State.RENEWED
    assert reason(opens(scene, "coded")) is Reason.BASIS
    assert isinstance(opens(scene, "carer"), Passage)
    with scene.db.write() as tx:
        entered = scene.finding.by_code(
            tx, scene.who("stranger"), scene.code.code, "1961-03-12", "Garance"
        )
    assert reason(entered) is Reason.NO_MATCH


def test_a_file_found_by_its_number_is_closed_by_a_withdrawal_for_good(scene):
    for place, number in ((TILLEULS, "D1"), (VAL, "V1")):
        with scene.db.write() as tx:
            found = scene.finding.by_number(tx, scene.who("stranger"), place, number, "1961-03-12")
        assert not isinstance(found, Refused)
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert isinstance(opens(scene, "stranger", "val"), Passage)


def test_a_patients_code_for_an_exam_ends_with_its_establishment_alone(scene):
    with scene.db.write() as tx:
        scene.results.tell(tx, "val", scene.a, RPPS["carer"], "Dr Carer", 1)
    codes = {}
    for what in ("told", "val"):
        codes[what] = choose(scene, "share_exam", "patient_a", what, days=7, comment="")
        with scene.db.write() as tx:
            asked = (codes[what].code, "1961-03-12", "Garance")
            scene.finding.by_code(tx, scene.who("stranger"), *asked)
        assert isinstance(opens(scene, "stranger", what), Passage)
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert isinstance(opens(scene, "stranger", "val"), Passage)
    with scene.db.write() as tx:
        asked = (codes["told"].code, "1961-03-12", "Garance")
        entered = scene.finding.by_code(tx, scene.who("coded"), *asked)
    assert reason(entered) is Reason.NO_MATCH


def test_a_grant_to_an_exam_ends_with_its_establishment(scene):
    until = scene.time() + 3600
    with scene.db.write() as tx:
        for what in ("told", "val"):
            scope = Scope(scene.a, exam=what)
            scene.grants.make(tx, RPPS["stranger"], scope, Basis.FILE, until)
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert isinstance(opens(scene, "stranger", "val"), Passage)


def test_a_withdrawal_ends_what_an_emergency_opened_for_good(scene):
    assert isinstance(opens(scene, "emergency"), Passage)
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert reason(opens(scene, "emergency")) is Reason.BASIS


def test_a_code_to_all_opens_nothing_of_what_was_withdrawn_and_given_again(scene):
    """Its other establishments stay open: what came back is asked for anew."""
    until = scene.time() + 40 * 86_400
    with scene.db.write() as tx:
        every = Scope(scene.a)
        scene.grants.by_code(tx, RPPS["stranger"], scene.own_code.id, every, until)
    assert isinstance(opens(scene, "stranger"), Passage)
    scene.time.pass_by(1)
    choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
    assert reason(opens(scene, "stranger")) is Reason.CONSENT
    scene.time.pass_by(1)
    desk(scene, "collect", "staff_tilleuls", scene.a_file, State.RENEWED, "v2")
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    assert isinstance(opens(scene, "stranger", "val"), Passage)
    # Entered by somebody else only now, it is the same old code.
    with scene.db.write() as tx:
        scene.grants.by_code(tx, RPPS["coded"], scene.own_code.id, every, until)
    assert reason(opens(scene, "coded")) is Reason.BASIS
    with scene.db.write() as tx:
        fresh = scene.codes.issue(tx, every, by="sub-a")
        scene.grants.by_code(tx, RPPS["stranger"], fresh.id, every, until)
    assert isinstance(opens(scene, "stranger"), Passage)


def test_a_withdrawal_of_somebody_elses_or_of_nothing_is_refused(scene):
    other = choose(scene, "withdraw", "patient_b", scene.a, TILLEULS, "v1")
    assert reason(other) is Reason.BASIS
    nothing = choose(scene, "withdraw", "patient_a", scene.a, "690000009", "v1")
    assert reason(nothing) is Reason.STATE


def test_of_many_withdrawals_at_once_one_is_and_the_chain_is_whole(scene):
    def one(_number):
        try:
            return choose(scene, "withdraw", "patient_a", scene.a, TILLEULS, "v1")
        finally:
            scene.db.forget()

    answers = at_once(one, range(6))
    assert answers.count(State.WITHDRAWN) == 1
    assert {reason(answer) for answer in answers} == {None, Reason.STATE}
    assert verify(scene.db, scene.keys).rows == 6


def test_codes_blocks_and_withdrawals_at_once_wait_for_nobody_for_ever(scene):
    """They lock in one order: nobody is given up as a deadlock."""

    def one(number):
        try:
            if number % 3 == 0:
                return desk(scene, "revoke", "staff_tilleuls", scene.code.id)
            if number % 3 == 1:
                with scene.db.write() as tx:
                    return scene.finding.by_code(
                        tx, scene.who("stranger"), scene.code.code, "1961-03-12", "Anne"
                    )
            return choose(scene, "block", "patient_a", scene.a, RPPS["coded"])
        finally:
            scene.db.forget()

    answers = at_once(one, range(9))
    assert len(answers) == 9
    assert verify(scene.db, scene.keys).is_whole


def test_a_patient_gives_a_code_to_all_or_to_one_exam(scene):
    issued = choose(scene, "share", "patient_a", scene.a, days=7, comment="Avis")
    assert isinstance(issued, Issued)
    one = choose(scene, "share_exam", "patient_a", "told", days=7, comment="")
    assert isinstance(one, Issued)
    with scene.db.write() as tx:
        who = scene.who("stranger")
        scene.finding.by_code(tx, who, one.code, "1961-03-12", "Garance")
    assert isinstance(opens(scene, "stranger"), Passage)
    assert reason(opens(scene, "stranger", "untold")) is Reason.BASIS
    assert reason(opens(scene, "stranger", "val")) is Reason.BASIS


@pytest.mark.parametrize("days", [0, 366])
def test_a_code_of_a_patients_lasts_a_year_at_most(scene, days):
    refused = choose(scene, "share", "patient_a", scene.a, days=days, comment="")
    assert reason(refused) is Reason.STATE
    refused = choose(scene, "share_exam", "patient_a", "told", days=days, comment="")
    assert reason(refused) is Reason.STATE


def test_a_patient_shares_nothing_that_was_not_told_or_is_not_theirs(scene):
    def share(name, what):
        return reason(choose(scene, "share_exam", name, what, days=7, comment=""))

    assert share("patient_a", "untold") is Reason.EMBARGO
    assert share("patient_a", "foreign") is Reason.BASIS
    assert share("patient_a", "gone") is Reason.CONSENT
    assert share("carer", "told") is Reason.KIND


def test_the_desk_issues_for_its_own_files_alone(scene):
    assert isinstance(desk(scene, "issue", "staff_tilleuls", scene.a_file, days=7), Issued)
    assert reason(desk(scene, "issue", "staff_val", scene.a_file)) is Reason.BASIS
    assert reason(desk(scene, "issue", "staff_tilleuls", scene.a_gone)) is Reason.CONSENT
    assert reason(desk(scene, "issue", "staff_tilleuls", scene.a_file, days=0)) is Reason.STATE
    assert reason(desk(scene, "issue", "carer", scene.a_file)) is Reason.KIND


def test_a_code_is_revoked_with_all_that_it_opened(scene):
    assert desk(scene, "revoke", "patient_a", scene.code.id) is True
    assert reason(opens(scene, "coded")) is Reason.BASIS
    assert desk(scene, "revoke", "patient_a", scene.code.id) is False
    assert reason(desk(scene, "revoke", "staff_val", scene.b_code.id)) is Reason.BASIS
    assert reason(desk(scene, "revoke", "staff_tilleuls", scene.own_code.id)) is Reason.BASIS


def test_a_code_that_is_ended_behind_our_back_opens_nothing(scene):
    """What a code opened asks the code itself, too."""
    with scene.db.write() as tx:
        assert scene.codes.revoke(tx, scene.code.id, establishment=TILLEULS)
    assert reason(opens(scene, "coded")) is Reason.BASIS


def test_the_desk_takes_consents_down_for_its_own_files(scene):
    def collect(name, of, state):
        answer = desk(scene, "collect", name, of, state, "v2")
        return reason(answer) or answer

    assert collect("staff_tilleuls", scene.a_file, State.GIVEN) is Reason.STATE
    assert collect("staff_val", scene.a_file, State.WITHDRAWN) is Reason.BASIS
    assert collect("staff_tilleuls", scene.a_file, State.WITHDRAWN) is State.WITHDRAWN
    assert reason(opens(scene, "coded")) is Reason.CONSENT
    assert collect("staff_tilleuls", scene.a_file, State.RENEWED) is State.RENEWED
    assert collect("staff_tilleuls", "no file", State.GIVEN) is Reason.UNKNOWN
    assert collect("patient_a", scene.a_file, State.WITHDRAWN) is Reason.KIND


def test_the_desk_says_who_cares_in_its_own_files(scene):
    made = desk(scene, "involve", "staff_tilleuls", scene.a_file, RPPS["stranger"], Role.DEMANDEUR)
    assert isinstance(made, str)
    assert isinstance(opens(scene, "stranger"), Passage)
    assert reason(opens(scene, "stranger", "val")) is Reason.BASIS
    other = desk(scene, "involve", "staff_val", scene.a_file, RPPS["stranger"], Role.DEMANDEUR)
    assert reason(other) is Reason.BASIS
    assert desk(scene, "leave_out", "staff_val", scene.a_val, made) is False
    assert desk(scene, "leave_out", "staff_tilleuls", scene.a_file, made) is True
    assert reason(opens(scene, "stranger")) is Reason.BASIS
    past = scene.time() - 1
    over = desk(
        scene, "involve", "staff_tilleuls", scene.a_file, RPPS["stranger"], Role.TRAITANT, past
    )
    assert reason(over) is Reason.STATE


def test_the_desk_permits_downloads_of_its_own_exams(scene):
    def downloads(what):
        who = scene.who("file_carer")
        return reason(scene.doors.through(who, exam(what), Action.EXAM_DOWNLOAD))

    assert downloads("told") is Reason.DOWNLOAD
    assert desk(scene, "permit", "staff_val", RPPS["file_carer"], may=True) is True
    assert downloads("told") is Reason.DOWNLOAD
    assert desk(scene, "permit", "staff_tilleuls", RPPS["file_carer"], may=True) is True
    assert desk(scene, "permit", "staff_tilleuls", RPPS["file_carer"], may=True) is False
    assert downloads("told") is None
    assert desk(scene, "permit", "staff_tilleuls", RPPS["file_carer"], may=False) is True
    assert downloads("told") is Reason.DOWNLOAD
    assert reason(desk(scene, "permit", "nobody", RPPS["carer"], may=True)) is Reason.SESSION
    assert reason(desk(scene, "permit", "carer", RPPS["carer"], may=True)) is Reason.KIND


def test_an_establishment_exports_its_own_trace_and_that_is_traced(scene):
    opens(scene, "carer")
    opens(scene, "carer", "val")
    with scene.db.write() as tx:
        answer = scene.desk.read_trace(tx, scene.who("staff_tilleuls"), TILLEULS, whole=True)
        other = scene.desk.read_trace(tx, scene.who("staff_tilleuls"), VAL)
    assert isinstance(answer, Passage)
    # Whoever takes it slowly stands in nobody's way.
    lines = csv_of(scene.db, Wanted(establishment=TILLEULS))
    text = next(lines)
    with scene.db.write() as tx:
        tx.execute(select(1))
    text += "".join(lines)
    assert "exam.images" in text
    assert "house.trace" in text
    assert text.count("\n") == 3
    assert reason(other) is Reason.BASIS


def test_a_desk_takes_a_file_in_and_ties_its_account(scene):
    staff, other = scene.who("staff_desk"), scene.who("staff_val")
    with scene.db.write() as tx:
        made = scene.desk.receive(tx, staff, "N-1", GARANCE).file
        assert scene.desk.receive(tx, staff, "N-1", GARANCE) == Received(made)
        assert scene.desk.receive(tx, staff, "N-1", LUCIEN).differs
        # Who is nobody's patient yet shares nothing: no account is made for them.
        assert reason(scene.desk.tie(tx, staff, made, "sub-n")) is Reason.CONSENT
        scene.desk.collect(tx, staff, made, State.GIVEN, "1")
        assert reason(scene.desk.tie(tx, other, made, "sub-n")) is Reason.BASIS
        assert reason(scene.desk.tie(tx, staff, "nothing", "sub-n")) is Reason.UNKNOWN
        assert scene.desk.tie(tx, staff, made, "sub-a") is False
        assert scene.desk.tie(tx, staff, made, "sub-n") is True
        assert scene.desk.tie(tx, staff, made, "sub-n") is True
        assert scene.desk.tie(tx, staff, made, "sub-other") is False
        assert reason(scene.desk.receive(tx, scene.who("carer"), "N-2", GARANCE)) is Reason.KIND
