# SPDX-License-Identifier: Apache-2.0
"""The decision, by a table: each check alone, and their order."""

from dataclasses import replace

import pytest

from imaging_app.access.actions import Action
from imaging_app.access.decide import (
    CHECKS,
    Allowed,
    Demand,
    Facts,
    Reason,
    Refused,
    Target,
    decide,
)
from imaging_app.access.grants import Basis, Ground
from imaging_app.access.motives import Motive
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.settings import Rules

NOW = 1_000_000
PRO = Visitor(Kind.PROFESSIONAL, "s", "x", rpps="1", level=2, auth_at=NOW)
PATIENT = Visitor(Kind.PATIENT, "p", "y", level=2, auth_at=NOW)
STAFF = Visitor(Kind.STAFF, "a", "z", establishment="T", level=2, auth_at=NOW)
CARE = Ground(Basis.INVOLVEMENT)
GOOD = Facts(
    target=Target("p1", "f1", "e1", "T"),
    shares=True,
    own=True,
    grounds=(CARE,),
    motive=Motive.CONSULTATION,
    told=True,
    may_download=True,
)


def ask(who=PRO, action=Action.EXAM_IMAGES, rules=None, now=NOW, **facts):
    return decide(who, action, replace(GOOD, **facts), rules or Rules(), now)


def why(*asked, **facts):
    answer = ask(*asked, **facts)
    return answer.reason if isinstance(answer, Refused) else None


@pytest.mark.parametrize("basis", [Basis.CODE, Basis.FILE, Basis.EMERGENCY])
def test_what_was_given_before_a_withdrawal_stays_shut_after_a_renewal(basis):
    before, after = Ground(basis, given_at=NOW - 1), Ground(basis, given_at=NOW)
    assert why(grounds=(before,)) is None
    assert why(grounds=(before,), shared_since=NOW) is Reason.BASIS
    assert why(grounds=(before, after), shared_since=NOW) is None
    # Who cares for somebody is said again by nobody.
    assert why(shared_since=NOW) is None


def test_all_is_well():
    assert ask() == Allowed(Basis.INVOLVEMENT, Motive.CONSULTATION)
    assert ask(PATIENT) == Allowed(Basis.OWN, Motive.CONSULTATION)
    assert ask(STAFF, Action.EXAM_ADD).basis is Basis.HOUSE


# Each fault alone, in the order of the checks: of two, the earlier one is told.
FAULTS = [
    (Reason.SESSION, {"who": None}),
    (Reason.KIND, {"who": STAFF}),
    (Reason.UNKNOWN, {"target": None}),
    (Reason.CONSENT, {"shares": False}),
    (Reason.BLOCKED, {"blocked": True}),
    (Reason.BASIS, {"grounds": ()}),
    (Reason.MOTIVE, {"motive": None}),
    (Reason.LEVEL, {"now": NOW + 301}),
    (Reason.DOWNLOAD, {"may_download": False}),
]


@pytest.mark.parametrize(("reason", "fault"), FAULTS)
def test_each_check_refuses_alone(reason, fault):
    assert why(**{"action": Action.EXAM_DOWNLOAD, **fault}) is reason


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_of_all_that_is_wrong_the_first_is_told(first):
    faults = {"action": Action.EXAM_DOWNLOAD}
    for _reason, fault in reversed(FAULTS[first:]):
        faults |= fault
    assert why(**faults) is FAULTS[first][0]


def test_the_order_is_what_was_agreed():
    assert [check.__name__.removeprefix("check_") for check in CHECKS] == [
        "consent",
        "block",
        "basis",
        "motive",
        "level",
        "embargo",
        "right",
    ]


@pytest.mark.parametrize("action", [Action.EXAM_OPEN, Action.EXAM_IMAGES, Action.EXAM_REPORT])
def test_a_patient_waits_until_a_result_was_told(action):
    assert why(PATIENT, action, told=False) is Reason.EMBARGO
    assert why(PATIENT, action) is None
    assert why(PRO, action, told=False) is None


@pytest.mark.parametrize(
    ("ground", "reaches"),
    [
        (Ground(Basis.INVOLVEMENT), True),
        (Ground(Basis.INVOLVEMENT, file="f1"), True),
        (Ground(Basis.INVOLVEMENT, file="f2"), False),
        (Ground(Basis.CODE, exam="e1"), True),
        (Ground(Basis.CODE, exam="e2"), False),
        (Ground(Basis.CODE, exam="e1", file="f2"), False),
        (Ground(Basis.CODE, establishment="T"), True),
        (Ground(Basis.CODE, establishment="V"), False),
        (Ground(Basis.FILE, file="f1"), True),
        (Ground(Basis.EMERGENCY), True),
    ],
)
def test_a_ground_reaches_as_far_as_it_says(ground, reaches):
    assert (why(grounds=(ground,)) is None) is reaches


def test_a_part_is_not_the_whole_file():
    target = Target("p1", "f1", None, "T")
    part, whole = Ground(Basis.CODE, exam="e1"), Ground(Basis.CODE, file="f1")
    assert why(action=Action.FILE_OPEN, target=target, grounds=(part,)) is Reason.BASIS
    assert why(action=Action.FILE_OPEN, target=target, grounds=(part, whole)) is None


def test_any_part_opens_the_patients_page():
    target = Target("p1")
    part = Ground(Basis.CODE, exam="e1")
    assert why(action=Action.PATIENT_OPEN, target=target, grounds=(part,)) is None


def test_the_surest_ground_is_named():
    grounds = (Ground(Basis.EMERGENCY, until=9), Ground(Basis.CODE, until=8), CARE)
    assert ask(grounds=grounds).basis is Basis.INVOLVEMENT
    assert ask(grounds=grounds[:2]) == Allowed(Basis.CODE, Motive.CONSULTATION, 8)


def test_an_emergency_is_its_own_motive_and_is_flagged():
    broken = Ground(Basis.EMERGENCY, until=NOW + 9)
    answer = ask(grounds=(CARE, broken), motive=None)
    assert answer == Allowed(Basis.EMERGENCY, Motive.URGENCE, NOW + 9)
    assert answer.emergency
    assert not ask(grounds=(CARE, broken)).emergency


def test_an_emergency_opens_nothing_of_whom_opposes_it():
    broken = Ground(Basis.EMERGENCY)
    assert why(grounds=(broken,), opposes_emergency=True) is Reason.BASIS
    assert why(grounds=(CARE, broken), motive=None, opposes_emergency=True) is Reason.MOTIVE
    target = Target("p1")
    asked = {"action": Action.PATIENT_EMERGENCY, "target": target}
    assert why(**asked, opposes_emergency=True) is Reason.OPPOSED
    assert why(**asked, grounds=(), motive=None) is None
    assert why(**asked, blocked=True) is Reason.BLOCKED


@pytest.mark.parametrize("basis", [one for one in Basis if one not in {"own", "house", "open"}])
def test_what_is_masked_stays_so(basis):
    target = Target("p1", "f1", "e1", "T", hidden=True)
    assert why(target=target, grounds=(Ground(basis),)) is Reason.BASIS


@pytest.mark.parametrize(
    ("level", "age", "action", "reason"),
    [
        (2, 0, Action.EXAM_DOWNLOAD, None),
        (2, 300, Action.EXAM_DOWNLOAD, None),
        (2, 301, Action.EXAM_DOWNLOAD, Reason.LEVEL),
        (2, -301, Action.EXAM_DOWNLOAD, Reason.LEVEL),
        (1, 0, Action.EXAM_DOWNLOAD, Reason.LEVEL),
        (3, 0, Action.EXAM_DOWNLOAD, None),
        (2, 9999, Action.EXAM_IMAGES, None),
        (1, 0, Action.EXAM_IMAGES, Reason.LEVEL),
        (0, 0, Action.EXAM_IMAGES, Reason.LEVEL),
    ],
)
def test_a_grave_deed_asks_for_a_fresh_login(level, age, action, reason):
    who = replace(PRO, level=level, auth_at=NOW - age)
    assert why(who, action) is reason


def test_what_a_login_must_be_is_said():
    rules = Rules(level=2, grave_level=3, grave_age=60)
    assert ask(PRO, Action.EXAM_DOWNLOAD, rules) == Refused(Reason.LEVEL, Demand(3, 60))
    low = replace(PRO, level=1)
    assert ask(low, Action.EXAM_IMAGES, rules) == Refused(Reason.LEVEL, Demand(2))


def test_a_patient_downloads_where_the_operator_allows_it():
    assert why(PATIENT, Action.EXAM_DOWNLOAD) is Reason.DOWNLOAD
    allowed = Rules(patient_downloads=True)
    assert why(PATIENT, Action.EXAM_DOWNLOAD, allowed, may_download=False) is None


def test_a_patient_needs_neither_motive_nor_involvement_but_to_be_that_patient():
    assert why(PATIENT, grounds=(), motive=None, blocked=True) is None
    assert why(PATIENT, own=False) is Reason.BASIS


def test_staff_are_of_one_establishment():
    for place in ("V", "", None):
        target = Target("p1", "f1", "e1", place)
        who = replace(STAFF, establishment=place or "")
        assert why(STAFF, Action.EXAM_ADD, target=target) is Reason.BASIS
        assert (why(who, Action.EXAM_ADD, target=target) is None) is (place == "V")


def test_a_professional_without_a_number_is_none():
    assert why(replace(PRO, rpps="")) is Reason.KIND


def test_an_action_that_has_no_rule_is_refused(monkeypatch):
    monkeypatch.setattr("imaging_app.access.decide.RIGHTS", {})
    assert why() is Reason.KIND
