# SPDX-License-Identifier: Apache-2.0
"""A report that waits to be told to its patient is named to them nowhere, and not counted."""

import pytest

from tests.imaging.web.dicomweb.test_rights import RPPS, UNKNOWN, told_alike


@pytest.fixture
def paper(api):
    """The wrapped report came after what the patient was told."""
    exam, rooms = api.exam(), api.scene.rooms
    with rooms.database.write() as tx:
        [found] = rooms.exams.reports.of(tx, exam.id)
        rooms.access.results.tell(tx, exam.id, exam.patient, RPPS["doctor"], "Claire Durand", 1)
        tx.exec_driver_sql("UPDATE reports SET version = 2 WHERE id = ?", (found.id,))
    return next(one for one in api.images(exam) if one.uid == found.image)


def tell(api, exam):
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.results.tell(tx, exam.id, exam.patient, RPPS["doctor"], "Claire Durand", 2)


def counted(program, exam):
    """Series, images and kinds of a study, as a search tells them and as they are."""
    [study] = program.get(f"/studies?StudyInstanceUID={exam.uid}").json
    series = program.get(f"/studies/{exam.uid}/series").json
    images = program.get(f"/studies/{exam.uid}/instances").json
    told = program.get(f"/studies/{exam.uid}/metadata").json
    assert study["00201206"]["Value"] == [len(series)]
    assert study["00201208"]["Value"] == [len(images)] == [len(told)]
    assert sum(one["00201209"]["Value"][0] for one in series) == len(images)
    assert {one["00080060"]["Value"][0] for one in series} == set(study["00080061"]["Value"])
    return len(series), len(images), "DOC" in study["00080061"]["Value"]


def test_it_is_named_and_counted_for_whom_it_is_visible_alone(api, paper):
    exam, patient, doctor = api.exam(), api.of("patient"), api.of("doctor")
    api.says_why("doctor")
    whole = counted(doctor, exam)
    assert whole[2]
    assert counted(patient, exam) == (whole[0] - 1, whole[1] - 1, False)
    tell(api, exam)
    assert counted(patient, exam) == whole


def test_every_address_of_it_is_as_one_that_there_is_not(api, paper):
    exam, patient, place = api.exam(), api.of("patient"), paper.place
    study = f"/studies/{exam.uid}"

    def each(series, image):
        for rest in ("/metadata", "/frames/1", "/rendered"):
            yield f"{study}/series/{series}/instances/{image}{rest}"
        yield f"{study}/series/{series}/metadata"

    for mine, none in zip(each(place.series, place.image), each(UNKNOWN, UNKNOWN), strict=True):
        told_alike(patient.get(mine), patient.get(none))
    lists = (
        f"{study}/instances?SOPInstanceUID={place.image}", f"{study}/series?Modality=DOC",
        f"{study}/series/{place.series}/instances", "/studies?ModalitiesInStudy=DOC",
        f"{study}/series?SeriesInstanceUID={place.series}",
    )  # fmt: skip
    assert [patient.get(one).status_code for one in lists] == [204] * len(lists)
    assert patient.studies("?ModalitiesInStudy=CT") == [exam.uid]
    for address in ("/metadata", "/series", "/instances"):
        assert place.image not in patient.get(study + address).text
    tell(api, exam)
    assert [patient.get(one).status_code for one in lists] == [200] * len(lists)
    metadata = f"{study}/series/{place.series}/instances/{place.image}/metadata"
    assert patient.get(metadata).status_code == 200


def test_where_a_series_holds_more_the_rest_is_told(api, paper):
    exam, patient = api.exam(), api.of("patient")
    other = next(one for one in api.images(exam) if one.frames)
    with api.scene.rooms.database.write() as tx:
        tx.exec_driver_sql(
            "UPDATE images SET series = ? WHERE uid = ?", (other.place.series, paper.uid)
        )
        tx.exec_driver_sql("DELETE FROM series WHERE uid = ?", (paper.place.series,))
        api.scene.rooms.exams.ingest._judge.count(tx, exam.id)
    path = f"/studies/{exam.uid}/series/{other.place.series}"
    found = patient.get(f"{path}/metadata").json
    assert paper.uid not in {one["00080018"]["Value"][0] for one in found}
    [series] = patient.get(f"/studies/{exam.uid}/series").json
    assert series["00201209"]["Value"] == [len(found)]
    told_alike(
        patient.get(f"{path}/instances/{paper.uid}/metadata"),
        patient.get(f"{path}/instances/{UNKNOWN}/metadata"),
    )
