# SPDX-License-Identifier: Apache-2.0
"""Lists are decided, traced and held as each of them alone is."""

import pytest

from imaging_app.access.actions import Action, exam
from imaging_app.access.decide import Reason
from imaging_app.access.doors import LIVES, STAY
from imaging_app.trace.verify import verify
from tests.imaging.access.scene import PEOPLE, RPPS
from tests.imaging.access.test_doors import IMAGES, hold, reason, rows


def hold_each(scene, *names, who="carer", doors=None):
    found = (doors or scene.doors).hold_each(scene.who(who), [exam(one) for one in names], IMAGES)
    return [found[exam(one)] for one in names]


def test_a_list_is_held_as_each_of_it_is(scene):
    names = ("told", "untold", "gone", "nothing", "neither")
    found = hold_each(scene, *names)
    assert [reason(one) for one in found] == [
        None, None, Reason.CONSENT, Reason.UNKNOWN, Reason.UNKNOWN,
    ]  # fmt: skip
    # What there is not has one row, whatever it was called.
    assert [(one.exam, one.outcome) for one in rows(scene)] == [
        ("told", "allowed"), ("untold", "allowed"), ("gone", "consent"), (None, "unknown"),
    ]  # fmt: skip
    assert [one.row for one in found[:2]] == [1, 2]
    assert verify(scene.db, scene.keys).is_whole
    # The same ones a moment ago, and the same answers as one by one.
    assert hold_each(scene, *names) == found
    assert [hold(scene, what=one) for one in names] == found
    scene.time.pass_by(LIVES)
    again = hold_each(scene, *names)
    assert [reason(one) for one in again] == [reason(one) for one in found]
    assert [one.row for one in again[:2]] == [1, 2]
    assert len(rows(scene)) == 4
    scene.time.pass_by(STAY)
    hold_each(scene, *names)
    assert len(rows(scene)) == 8


def test_a_list_ends_at_once_for_whoever_is_kept_out(scene):
    assert [reason(one) for one in hold_each(scene, "told", "untold")] == [None, None]
    with scene.db.write() as tx:
        scene.blocks.block(tx, scene.a, RPPS["carer"])
    found = hold_each(scene, "told", "untold")
    assert [reason(one) for one in found] == [Reason.BLOCKED, Reason.BLOCKED]
    assert [one.outcome for one in rows(scene)] == ["allowed", "allowed", "blocked", "blocked"]


def test_a_list_comes_to_nothing_where_it_is_not_traced(scene, monkeypatch):
    def full(*_of):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(type(scene.trace), "record_each", full)
        with pytest.raises(OSError, match="full"):
            hold_each(scene, "told", "untold")
    hold_each(scene, "told", "untold")
    assert len(rows(scene)) == 2


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "nobody"])
def test_many_are_decided_as_each_alone(scene, who):
    visitor, things = scene.who(who), [*scene.things.values()]
    with scene.db.read() as tx:
        for action in Action:
            alone = [scene.doors.which(tx, visitor, [one], action)[0] for one in things]
            assert scene.doors.which(tx, visitor, things, action) == alone
