# SPDX-License-Identifier: Apache-2.0
"""A study that the hospital and the clinic both hold: one answer, of the copy that one may open."""

import zipfile
from io import BytesIO

import pydicom

from imaging_app.consents.consent import Channel, State
from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.exams.values import Fate, Origin
from imaging_app.people.involvement import Role
from tests.imaging.dicom_files import written
from tests.imaging.web.dicomweb.test_rights import RPPS, UNKNOWN, addresses, told_alike, withdraw

SEVERAL = "/studies?StudyInstanceUID={uid}"


def share(rooms, tx, exam):
    rooms.access.consents.say(
        tx, patient=exam.patient, establishment=exam.establishment, state=State.GIVEN,
        channel=Channel.ON_SITE, by_subject="desk", by_name="Accueil", text_version="1",
    )  # fmt: skip


def copied(api, number=None):
    """The scanner of the hospital, given to the clinic on a disc, under a number of its own."""
    rooms, exam = api.scene.rooms, api.exam()
    api.scene.time.pass_by(60)
    for one in api.images(exam):
        with rooms.exams.store.local(one.place) as path:
            content = path.read_bytes()
        if number is not None:
            made = pydicom.dcmread(BytesIO(content))
            made.PatientID = number
            content = written(made)
        found = rooms.exams.ingest.take([content], Origin(CLINIC[0], "agent"))
        assert found.fate is Fate.KEPT, found
    with rooms.database.write() as tx:
        copy = rooms.exams.index.by_uid(tx, exam.uid, CLINIC[0])
        share(rooms, tx, copy)
    return exam, copy


def cares(api, who, exam):
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.involvements.record(
            tx, patient=exam.patient, rpps=RPPS[who], role=Role.CORRESPONDANT,
            source=exam.establishment, file=exam.file,
        )  # fmt: skip
    api.says_why(who, exam)


def held_by(api, program, exam):
    """Which establishment's copy every address answers with."""
    [found] = program.get(SEVERAL.format(uid=exam.uid)).json
    for address in addresses(api, exam)[1:4]:
        assert program.get(address).status_code == 200
    return found["00100021"]["Value"][0]


def test_whoever_may_open_one_of_them_is_given_that_one(api):
    exam, copy = copied(api)
    assert exam.patient != copy.patient
    for who, one in (("nurse", exam), ("midwife", copy)):
        cares(api, who, one)
        assert held_by(api, api.of(who), one) == one.establishment
        rows = [row for row in api.rows("exam.open") if row[0] == "allowed"]
        assert rows[-1][1] == one.id
    # To whom neither is open, it is not there.
    program = api.of("other")
    for mine, none in zip(addresses(api, copy), addresses(api, copy, study=UNKNOWN), strict=True):
        told_alike(program.get(mine), program.get(none))


def test_whoever_may_open_both_is_told_one_by_a_rule(api):
    exam, copy = copied(api)
    cares(api, "doctor", copy)
    program = api.of("doctor")
    api.says_why("doctor", exam)
    for _time in range(2):
        assert held_by(api, program, exam) == HOSPITAL[0]
        assert program.studies().count(exam.uid) == 1
    # Asked for by its own establishment, the other is told.
    [found] = program.get(f"/studies?IssuerOfPatientID={CLINIC[0]}&PatientID=2026-004417").json
    assert found["00100021"]["Value"] == [CLINIC[0]]
    there = f"?establishment={CLINIC[0]}"
    for address in addresses(api, exam):
        assert program.get(address).status_code == 200
        # Downloads are permitted at the hospital alone.
        is_taken = address in [addresses(api, exam)[at] for at in (0, 4, 7)]
        assert program.get(address + there).status_code == (403 if is_taken else 200), address
    opened = {row[1] for row in api.rows("exam.images") if row[0] == "allowed"}
    assert opened == {exam.id, copy.id}
    assert program.get(f"/studies/{exam.uid}/metadata?establishment=none").status_code == 404


def test_series_and_images_are_told_once(api):
    exam, copy = copied(api)
    cares(api, "doctor", copy)
    api.says_why("doctor", exam)
    program = api.of("doctor")
    for address, tag, count in (
        ("series", "0020000E", exam.series), ("instances", "00080018", exam.images),
        ("metadata", "00080018", exam.images),
    ):  # fmt: skip
        found = [one[tag]["Value"][0] for one in program.get(f"/studies/{exam.uid}/{address}").json]
        assert len(found) == len(set(found)) == count


def test_pages_of_a_search_have_no_study_twice_and_lack_none(api):
    _exam, copy = copied(api)
    cares(api, "doctor", copy)
    for one in api.exams():
        api.says_why("doctor", one)
    program = api.of("doctor")
    whole = program.studies()
    assert len(whole) == len(set(whole)) > 2
    paged = [one for at in range(len(whole)) for one in program.studies(f"?limit=1&offset={at}")]
    assert paged == whole
    assert program.studies(f"?offset={len(whole)}") == []


def test_a_motive_of_either_is_asked_for_and_opens_it(api):
    exam, copy = copied(api)
    cares(api, "doctor", copy)
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM motives")
    program = api.of("doctor")
    asked = program.get(SEVERAL.format(uid=exam.uid))
    assert (asked.status_code, asked.json["type"]) == (403, "urn:sceau:imaging:motive")
    [found] = program.get(SEVERAL.format(uid=exam.uid) + "&motive=consultation").json
    assert found["00100021"]["Value"] == [HOSPITAL[0]]


def test_what_is_withdrawn_at_one_is_answered_by_the_other(api):
    """Each by its own consent: the hospital's is withdrawn, the clinic's stands."""
    rooms, before = api.scene.rooms, api.exam()
    with rooms.database.write() as tx:
        known = rooms.access.patients.find(tx, before.patient)
        file = rooms.exams.files.of(tx, CLINIC[0], "C-1", known.traits)
        assert rooms.exams.files.one(tx, file).patient == before.patient
    exam, copy = copied(api, "C-1")
    assert exam.patient == copy.patient
    api.says_why("doctor")
    program = api.of("doctor")
    assert held_by(api, program, exam) == HOSPITAL[0]
    withdraw(api, exam)
    assert held_by(api, program, exam) == CLINIC[0]
    withdraw(api, copy)
    assert program.studies(f"?StudyInstanceUID={exam.uid}") == []
    assert program.get(f"/studies/{exam.uid}/metadata").status_code == 404


def test_a_patient_sees_the_one_that_was_told(api):
    rooms, before = api.scene.rooms, api.exam()
    with rooms.database.write() as tx:
        known = rooms.access.patients.find(tx, before.patient)
        rooms.exams.files.of(tx, CLINIC[0], "C-1", known.traits)
    exam, copy = copied(api, "C-1")
    program = api.of("patient")
    assert exam.uid not in program.studies()
    with rooms.database.write() as tx:
        rooms.access.results.tell(tx, copy.id, copy.patient, RPPS["doctor"], "Claire Durand", 1)
    assert held_by(api, program, copy) == CLINIC[0]
    with rooms.database.write() as tx:
        rooms.access.results.tell(tx, exam.id, exam.patient, RPPS["doctor"], "Claire Durand", 1)
    assert held_by(api, program, exam) == HOSPITAL[0]


def test_on_the_pages_each_is_an_exam_of_its_own(api):
    rooms, before = api.scene.rooms, api.exam()
    with rooms.database.write() as tx:
        known = rooms.access.patients.find(tx, before.patient)
        rooms.exams.files.of(tx, CLINIC[0], "C-1", known.traits)
    exam, copy = copied(api, "C-1")
    api.says_why("doctor")
    browser = api.scene.inside("doctor")
    page = browser.page(f"/professional/patients/{exam.patient}")
    assert all(page.select(f'a[href^="/exams/{one.id}"]') for one in (exam, copy))
    for one in (exam, copy):
        listed = browser.get(f"/exams/{one.id}/series.json").json
        assert listed["study"] == exam.uid
        [series] = listed["series"]
        told = browser.get(series["metadata"]).json
        images = [each for each in api.images(one) if each.frames]
        assert len(told) == len(images)
        answer = browser.get(f"/exams/{one.id}/images/{images[0].uid}/frames/1")
        assert answer.status_code == 200
    form = {"form_token": browser.form_token()}
    taken = browser.post(f"/exams/{exam.id}/download", form)
    with zipfile.ZipFile(BytesIO(taken.get_data())) as archive:
        numbers = {
            pydicom.dcmread(archive.open(name)).PatientID
            for name in archive.namelist()
            if name != "DICOMDIR"
        }
    assert numbers == {"2026-004417"}
    withdraw(api, exam)
    assert browser.get(f"/exams/{exam.id}/alive").status_code == 403
    assert browser.get(f"/exams/{copy.id}/alive").status_code == 204
