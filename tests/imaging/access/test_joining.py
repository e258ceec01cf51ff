# SPDX-License-Identifier: Apache-2.0
"""What a desk knows of somebody whose number images brought in before."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from imaging_app.access.desk import Received
from imaging_app.consents.consent import State
from imaging_app.consents.marks import mark_of
from imaging_app.db import table_of
from imaging_app.exams.models import ExamRow
from imaging_app.people.files import Mismatch
from imaging_app.people.models import PatientWordRow
from imaging_app.trace.record import table as trace
from tests.imaging.cast import GARANCE, LUCIEN, TILLEULS, VAL, ins

IMPORTED = replace(GARANCE, birth_date="", sex="U", first_names=("Garance",), used_name="")
QUALIFIED = replace(GARANCE, ins=ins())


def receive(scene, traits, number="N-1", who="staff_desk"):
    with scene.db.write() as tx:
        return scene.desk.receive(tx, scene.who(who), number, traits)


def traits_of(scene, file):
    with scene.db.read() as tx:
        return scene.people.patients.find(tx, scene.people.owner(file)).traits


def last_detail(scene):
    with scene.db.read() as tx:
        return tx.execute(select(trace.c.detail).order_by(trace.c.seq.desc()).limit(1)).scalar()


def test_a_desk_completes_whom_images_brought_in(scene):
    file = scene.people.file(IMPORTED, "N-1")
    patient = scene.people.owner(file)
    assert receive(scene, QUALIFIED) == Received(file)
    assert traits_of(scene, file) == QUALIFIED
    assert "birth_date" in str(last_detail(scene))
    with scene.db.read() as tx:
        mine = select(table_of(PatientWordRow).c.word).where(
            table_of(PatientWordRow).c.patient == patient
        )
        assert set(tx.execute(mine).scalars()) == {"AUBEPINE", "CHARME", "GARANCE", "LISE"}
        assert mark_of(tx, patient) > 0
    # From now on another establishment's file of this identity is theirs.
    other = scene.people.file(QUALIFIED, "X-1", VAL)
    assert scene.people.owner(other) == patient


def test_images_alone_complete_nobody(scene):
    file = scene.people.file(IMPORTED, "N-1")
    assert scene.people.file(QUALIFIED, "N-1") == file
    assert traits_of(scene, file) == IMPORTED


def test_what_a_file_says_otherwise_is_told_and_stays(scene):
    file = scene.people.file(GARANCE, "N-1")
    told = replace(GARANCE, birth_name="CHARME", used_name="SUREAU")
    assert receive(scene, told) == Received(file, ("birth_name", "used_name"))
    assert traits_of(scene, file) == GARANCE


def test_an_identity_of_somebody_else_is_taken_by_nobody(scene):
    scene.people.file(replace(LUCIEN, ins=ins()), "X-1", VAL)
    file = scene.people.file(IMPORTED, "N-1")
    answer = receive(scene, QUALIFIED)
    assert isinstance(answer, Mismatch)
    assert answer.differs[0] == "ins"
    assert traits_of(scene, file) == IMPORTED


@pytest.mark.parametrize("said", ["there", "here"])
def test_two_files_of_one_identity_become_one_persons(scene, said):
    """Whichever of them nobody decided anything about becomes the other."""
    there = scene.people.file(QUALIFIED, "X-1", VAL)
    here = scene.people.file(IMPORTED, "N-1")
    first, second = scene.people.owner(there), scene.people.owner(here)
    stays = first if said == "there" else second
    scene.people.say(stays, State.GIVEN, VAL if said == "there" else TILLEULS)
    with scene.db.write() as tx:
        tx.execute(insert(table_of(ExamRow)), {
            **{one.name: "" for one in table_of(ExamRow).columns},
            **dict.fromkeys(("series", "images", "size", "added_at", "changed_at"), 1),
            "id": "e-1", "uid": "1.2.3", "file": here, "patient": second, "hidden": False,
        })  # fmt: skip
    assert receive(scene, QUALIFIED) == Received(here)
    assert scene.people.owner(here) == scene.people.owner(there) == stays
    assert traits_of(scene, here) == QUALIFIED
    with scene.db.read() as tx:
        exams = table_of(ExamRow)
        owners = tx.execute(select(exams.c.patient).where(exams.c.file == here)).scalars()
        assert set(owners) == {stays}
        assert mark_of(tx, first) > 0 < mark_of(tx, second)
    assert stays in str(last_detail(scene))


def test_two_who_both_decided_stay_two_and_it_is_said(scene):
    there = scene.people.file(QUALIFIED, "X-1", VAL)
    here = scene.people.file(IMPORTED, "N-1")
    scene.people.say(scene.people.owner(there), State.GIVEN, VAL)
    scene.people.say(scene.people.owner(here), State.GIVEN, TILLEULS)
    assert receive(scene, QUALIFIED) == Received(here, ("same_person",))
    assert scene.people.owner(here) != scene.people.owner(there)
    assert traits_of(scene, here) == IMPORTED
