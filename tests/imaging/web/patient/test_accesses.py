# SPDX-License-Identifier: Apache-2.0
"""« Qui a consulté »: everything that was opened, and of an exam that waits not even its name."""

from imaging_app.access.actions import RIGHTS, Action, exam
from imaging_app.access.motives import Motive
from imaging_app.demo.cast import HOSPITAL
from imaging_app.exams.retention import REMOVED
from imaging_app.trace.record import Actor, Deed
from imaging_app.web.patient.words import ACTIONS
from tests.imaging.web.patient.conftest import RPPS, WHY, Space


def rows(space: Space, path: str = "/patient/accesses"):
    return space.inside().page(path).select("[data-action]")


def opens(space: Space, name: str, what: str, action: Action = Action.EXAM_IMAGES) -> None:
    finding, doors = space.rooms.access.finding, space.rooms.access.doors
    who = space.professional(name)
    space.does(finding.say_why, who, space.patient, Motive.CONSULTATION)
    assert not hasattr(doors.through(who, exam(what), action), "reason")


def test_an_access_tells_who_what_why_and_when(space: Space) -> None:
    newest = space.exams()[0]
    space.tell(newest.id)
    opens(space, "doctor", newest.id)
    [row] = rows(space)
    text = row.get_text(" ")
    assert (row["data-action"], row["data-emergency"]) == ("exam.images", "no")
    assert all(word in text for word in ("Claire Durand", "Médecin", newest.description, "CHU"))
    assert row.select_one("time")["datetime"].startswith("2026-11-24T09:00")
    assert row.select_one("a")["href"] == f"/patient/blocks/{RPPS['doctor']}"


def test_of_an_exam_that_waits_to_be_told_nothing_is_said(space: Space) -> None:
    newest = space.exams()[0]
    opens(space, "doctor", newest.id)
    [row] = rows(space)
    assert newest.description not in row.get_text()
    assert newest.id not in str(row)


def test_an_emergency_stands_out(space: Space) -> None:
    space.does(space.rooms.access.finding.break_in, space.professional(), space.patient, WHY)
    [row] = rows(space)
    assert (row["data-action"], row["data-emergency"]) == ("patient.emergency", "yes")
    assert row.select(".tag-alert")
    assert WHY not in row.get_text()


def test_five_are_on_a_page(space: Space) -> None:
    newest = space.exams()[0].id
    for name in ("doctor", "nurse", "neurologist"):
        for action in (Action.EXAM_IMAGES, Action.EXAM_REPORT):
            opens(space, name, newest, action)
    browser = space.inside()
    first = browser.page("/patient/accesses")
    assert len(first.select("[data-action]")) == 5
    second = browser.page(first.select_one("[rel=next]")["href"])
    assert len(second.select("[data-action]")) == 1
    assert second.select("[rel=next]") == []


def test_who_is_kept_out_is_not_offered_again(space: Space) -> None:
    opens(space, "doctor", space.exams()[0].id)
    space.post(space.inside(), f"/patient/blocks/{RPPS['doctor']}")
    [row] = rows(space)
    assert row.select("a") == []
    assert row.select(".tag-off")


def test_everybody_reads_their_own(space: Space) -> None:
    opens(space, "doctor", space.exams()[0].id)
    assert space.inside("other").page("/patient/accesses").select("[data-action]") == []


def test_an_exam_that_is_removed_is_said_in_words(space: Space) -> None:
    """By nobody with a name: the establishment's own command."""
    deed = Deed(action=REMOVED, patient=space.patient, establishment=HOSPITAL[0], shown=True)
    with space.rooms.database.write() as tx:
        space.rooms.access.trace.begin(tx)
        space.rooms.access.trace.record(tx, Actor(kind="command", subject="retention"), deed)
    [row] = rows(space)
    # Nowhere the bare word of the trace; nor that somebody hides a name.
    assert REMOVED not in row.text
    assert row.select_one(".access-who")["data-by"] == "establishment"


def test_every_deed_that_a_patient_reads_has_words() -> None:
    shown = {action.value for action, rule in RIGHTS.items() if rule.shown}
    assert shown | {REMOVED, "grant.code"} <= set(ACTIONS)
