# SPDX-License-Identifier: Apache-2.0
"""Everybody, everything and every action, through the facts of a real database."""

import ast
from collections import Counter
from pathlib import Path

import imaging_app
from imaging_app.access.actions import PORTAL, RIGHTS, Action
from imaging_app.access.decide import NEUTRAL, Allowed, Reason, Refused
from imaging_app.access.doors import Passage
from imaging_app.trace.verify import verify
from tests.imaging.access.matrix_rows import ROWS
from tests.imaging.access.scene import PEOPLE

# What somebody is told of their own things, or what they can mend.
MENDABLE = {Reason.MOTIVE, Reason.LEVEL, Reason.EMBARGO, Reason.DOWNLOAD, Reason.SESSION}


def test_every_action_has_a_rule_and_a_row():
    assert set(RIGHTS) == set(ROWS) == set(Action)


def test_everybody_does_what_the_rows_say_and_nothing_else(scene):
    things = {**scene.things, "portal": PORTAL}
    wrong = []
    with scene.db.read() as tx:
        for name in PEOPLE:
            who = scene.who(name)
            for action in Action:
                may = ROWS[action].get(name, set())
                for label, thing in things.items():
                    answer = scene.doors.which(tx, who, [thing], action)[0][1]
                    if isinstance(answer, Allowed) != (label in may):
                        wrong.append((name, action.value, label, answer))
    assert wrong == []


def test_a_row_names_only_what_there_is(scene):
    things = {*scene.things, "portal"}
    for row in ROWS.values():
        assert set(row) <= set(PEOPLE)
        assert set().union(*row.values()) <= things


def test_strangers_learn_nothing_from_a_refusal(scene):
    """What exists, what is not shared and what is somebody else's: one word on every page."""
    with scene.db.read() as tx:
        for name in ("stranger", "blocked", "patient_b", "staff_val", "no_rpps"):
            who = scene.who(name)
            for action in Action:
                told = set()
                for label in ("told", "untold", "gone", "hidden", "no exam", "a", "no patient",
                              "file", "file gone", "no file", "own code", "no code"):  # fmt: skip
                    if label in ROWS[action].get(name, set()):
                        continue
                    answer = scene.doors.which(tx, who, [scene.things[label]], action)[0][1]
                    told.add(answer.reason.told)
                assert told <= {"not_yours"}, (name, action, told)


def test_each_reason_is_neutral_or_told_knowingly():
    assert {Reason.KIND, Reason.UNKNOWN, Reason.CONSENT, Reason.BLOCKED, Reason.BASIS} <= NEUTRAL
    assert not NEUTRAL & MENDABLE
    assert {one.told for one in NEUTRAL} == {"not_yours"}


def test_every_refusal_at_a_door_is_traced_and_hands_nothing_out(scene):
    asked, nothing = 0, Counter()
    with scene.db.write() as tx:
        for action in (Action.EXAM_IMAGES, Action.PATIENT_OPEN, Action.CODE_REVOKE):
            for name in PEOPLE:
                for label, thing in scene.things.items():
                    if label in ROWS[action].get(name, set()):
                        continue
                    answer = scene.doors.open(tx, scene.who(name), thing, action)
                    assert isinstance(answer, Refused), (action, name, label)
                    is_there = thing in scene.doors._facts.targets(tx, [thing])
                    if name == "nobody" or (is_there and RIGHTS[action].sort is thing.sort):
                        asked += 1
                    else:
                        nothing[name, action, answer.reason] += 1
    # Of what there is not: the first time, the second, the fourth.
    asked += sum(times.bit_length() for times in nothing.values())
    verdict = verify(scene.db, scene.keys)
    assert (verdict.rows, verdict.is_whole) == (asked, True)


def test_a_passage_is_built_in_one_place():
    """Whoever reads an exam needs one, and only the doors make one."""
    portal = Path(imaging_app.__file__).parent
    found = [
        path.name
        for path in sorted(portal.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        if ast.unparse(node.func).rpartition(".")[2] == Passage.__name__
    ]
    assert found == ["doors.py"]
