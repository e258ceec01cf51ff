# SPDX-License-Identifier: Apache-2.0
"""A program of others' (dicomweb-client) with a token: searches, looks, takes away, sends."""

import numpy as np
import pytest
from dicomweb_client.api import DICOMwebClient
from requests import HTTPError

from imaging_app.demo.cast import FILM
from tests.imaging.dicom_files import image, uid


def client_of(program, url):
    return DICOMwebClient(url, headers={"Authorization": f"Bearer {program.token}"})


def test_a_doctor_searches_looks_and_takes_away(api, served):
    doctor, exam = client_of(api.of("doctor"), served), api.exam()
    assert doctor.search_for_studies() == []
    # Today's motive is said once, with the first study that is opened.
    (found,) = doctor.search_for_studies(
        search_filters={"StudyInstanceUID": exam.uid, "motive": "consultation"}
    )
    assert found["00100010"]["Value"][0]["Alphabetic"] == "ÉBEAUPRÉ^Gaëtan"
    assert found["00100020"]["Value"] == ["2026-004417"]
    each = doctor.search_for_studies(search_filters={"PatientName": "ebeau*"}, limit=10)
    assert {one["0020000D"]["Value"][0] for one in each} >= {exam.uid}
    series = doctor.search_for_series(exam.uid)
    (scan,) = [one for one in series if one["00080060"]["Value"] == ["CT"]]
    name = scan["0020000E"]["Value"][0]
    images = doctor.search_for_instances(exam.uid, name)
    assert len(images) == scan["00201209"]["Value"][0] == 6
    one = images[0]["00080018"]["Value"][0]
    metadata = doctor.retrieve_series_metadata(exam.uid, name)
    assert {each["00080018"]["Value"][0] for each in metadata} == {
        each["00080018"]["Value"][0] for each in images
    }
    whole = doctor.retrieve_instance(exam.uid, name, one)
    (frame,) = doctor.retrieve_instance_frames(exam.uid, name, one, [1])
    assert np.array_equal(
        np.frombuffer(frame, "<i2").reshape(whole.Rows, whole.Columns), whole.pixel_array
    )
    drawn = doctor.retrieve_instance_rendered(
        exam.uid, name, one, media_types=("image/png",), params={"window": "40,400,linear"}
    )
    assert drawn.startswith(b"\x89PNG")
    taken = doctor.retrieve_study(exam.uid)
    assert {found.SOPInstanceUID for found in taken} == {found.uid for found in api.images(exam)}
    assert doctor.retrieve_instance_metadata(exam.uid, name, one)["00080018"]["Value"] == [one]
    assert len(doctor.retrieve_study_metadata(exam.uid)) == len(taken)


def test_compressed_frames_come_as_they_lie_or_decoded(api, served):
    """A loop of JPEG, and what it is once decoded."""
    neurologist = client_of(api.of("neurologist"), served)
    exam = api.exam("Échocardiographie")
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 1]
    series = one.place.series
    as_it_is = neurologist.retrieve_instance_frames(exam.uid, series, one.uid, [1, one.frames])
    assert all(frame.startswith(b"\xff\xd8") for frame in as_it_is)
    (plain,) = neurologist.retrieve_instance_frames(
        exam.uid, series, one.uid, [2],
        media_types=(("application/octet-stream", "1.2.840.10008.1.2.1"),),
    )  # fmt: skip
    assert len(plain) == one.rows * one.columns * 3


def test_an_establishment_sends(api, served):
    sender = client_of(api.of("manager"), served)
    told = {"StudyInstanceUID": uid("study"), "SeriesInstanceUID": uid("series")}
    files = [
        image(SOPInstanceUID=uid("image", number), InstanceNumber=number, **told)
        for number in range(3)
    ]
    answer = sender.store_instances(files)
    assert len(answer.ReferencedSOPSequence) == 3
    assert "FailedSOPSequence" not in answer
    made = next(one for one in api.exams() if one.uid == told["StudyInstanceUID"])
    assert (made.images, made.establishment) == (3, "0B0057881")
    again = sender.store_instances(files[:1], study_instance_uid=told["StudyInstanceUID"])
    assert len(again.ReferencedSOPSequence) == 1
    ((outcome, *_rest), *_more) = api.rows("house.upload")
    assert outcome == "allowed"


def test_whom_it_is_not_open_to_is_told_so_by_a_status(api, served):
    exam = api.exam(FILM)
    for who in ("midwife", "other", "manager"):
        with pytest.raises(HTTPError) as caught:
            client_of(api.of(who), served).retrieve_study_metadata(exam.uid)
        assert caught.value.response.status_code == (403 if who == "manager" else 404)
    with pytest.raises(HTTPError) as caught:
        client_of(api.of("doctor"), served).store_instances([image()])
    assert caught.value.response.status_code == 403
