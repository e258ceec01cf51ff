# SPDX-License-Identifier: Apache-2.0
"""Reports that are no version, which nobody can tell: they never go out to their patient."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pydicom
import pytest
from pydicom.uid import UID

from imaging_app.demo.cast import HOSPITAL
from imaging_app.exams.values import Fate, Origin
from tests.imaging.dicom_files import PDF, uid, written
from tests.imaging.web.dicomweb.test_rights import RPPS, UNKNOWN, told_alike

IMAGES = "1.2.840.10008.5.1.4.1.1"
# By what they are stored as, and the type of the document that they wrap.
REPORTS = {
    "basic": (f"{IMAGES}.88.11", None),
    "measured": (f"{IMAGES}.88.33", None),
    "dose": (f"{IMAGES}.88.67", None),
    "spectacles": (f"{IMAGES}.78.6", None),
    "macula": (f"{IMAGES}.79.1", None),
    "cda": (f"{IMAGES}.104.2", "text/XML"),
    "pdf of no type": (PDF, ""),
    "model": (f"{IMAGES}.104.3", "model/stl"),
    "whatever wraps": (f"{IMAGES}.66", "text/plain"),
}
NOTES = {"key object": f"{IMAGES}.88.59", "state": f"{IMAGES}.11.1"}


def tell(api, exam, version):
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        by = (RPPS["doctor"], "Claire Durand")
        rooms.access.results.tell(tx, exam.id, exam.patient, *by, version)


def comes(api, exam, storage, kind=None, series=""):
    """Such a file, made of the paper that is there."""
    rooms = api.scene.rooms
    paper = next(one for one in api.images(exam) if one.document)
    with rooms.exams.store.local(paper.place) as path:
        made = pydicom.dcmread(path)
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = UID(storage)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid(storage, "image")
    made.SeriesInstanceUID, made.Modality = series or uid(storage, "series"), "SR"
    made.MIMETypeOfEncapsulatedDocument = kind or ""
    if kind is None:
        del made.EncapsulatedDocument
    found = rooms.exams.ingest.take([written(made)], Origin(HOSPITAL[0], "agent"))
    assert found.fate is Fate.KEPT, found
    return next(one for one in api.images(exam) if one.uid == made.SOPInstanceUID)


def zipped(browser, exam, series=""):
    """What a zip holds; nothing where there is none."""
    form = {"form_token": browser.form_token(), "series": series}
    answer = browser.post(f"/exams/{exam.id}/download", form)
    if answer.status_code != 200:
        return set()
    with zipfile.ZipFile(BytesIO(answer.get_data())) as archive:
        every = [one for one in archive.namelist() if one != "DICOMDIR"]
        return {pydicom.dcmread(archive.open(one)).SOPInstanceUID for one in every}


@pytest.fixture
def exam(api):
    """Its patient may take it away."""
    doors = api.scene.rooms.access.doors
    doors._rules = replace(doors._rules, patient_downloads=True)
    return api.exam()


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("kind", REPORTS)
def test_it_stays_wherever_somebody_looks(api, exam, kind, version):
    patient, study = api.of("patient"), f"/studies/{exam.uid}"
    tell(api, exam, version)
    lists = [f"{study}{one}" for one in ("/metadata", "/series", "/instances", "")]
    before = [patient.get(one) for one in lists[:3]]
    sent = len(patient.get(study).data)
    # What is told was told before, of an exam without it.
    one = comes(api, exam, *REPORTS[kind])
    for address, told in zip(lists, before, strict=False):
        assert patient.get(address).json == told.json
    assert len(patient.get(study).data) == sent
    whole = f"{study}/series/{one.place.series}/instances/{one.uid}"
    none = f"{study}/series/{UNKNOWN}/instances/{UNKNOWN}"
    for rest in ("", "/metadata", "/frames/1", "/rendered"):
        told_alike(patient.get(whole + rest), patient.get(none + rest))
    for rest in ("", "/metadata"):
        mine, other = (f"{study}/series/{each}{rest}" for each in (one.place.series, UNKNOWN))
        told_alike(patient.get(mine), patient.get(other))
    # To say it once more changes nothing.
    tell(api, exam, 1)
    assert one.uid not in patient.get(lists[0]).text
    browser = api.scene.inside("patient")
    assert one.uid not in zipped(browser, exam)
    assert zipped(browser, exam, one.place.series) == set()
    address = f"/exams/{exam.id}/series/{one.place.series}/metadata"
    assert one.uid not in browser.get(address).text


def test_professionals_have_it(api, exam):
    one = comes(api, exam, *REPORTS["basic"])
    api.says_why("doctor")
    assert one.uid in api.of("doctor").get(f"/studies/{exam.uid}/metadata").text
    assert one.uid in zipped(api.scene.inside("doctor"), exam)


@pytest.mark.parametrize("kind", NOTES)
def test_what_points_at_images_goes_with_them(api, exam, kind):
    tell(api, exam, 0)
    one, patient = comes(api, exam, NOTES[kind]), api.of("patient")
    assert one.uid in patient.get(f"/studies/{exam.uid}/metadata").text
    place = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}"
    assert patient.get(place).status_code == 200
    assert one.uid in zipped(api.scene.inside("patient"), exam)


def test_one_that_comes_while_the_rest_is_told_stays(api, exam, monkeypatch):
    tell(api, exam, 1)
    index = api.scene.rooms.exams.index
    metadata, late = index.metadata, []
    series = next(one.place.series for one in api.images(exam) if one.frames)

    def meanwhile(*asked, **how):
        late.append(comes(api, exam, *REPORTS["basic" if late else "cda"], series=series))
        yield from metadata(*asked, **how)

    monkeypatch.setattr(index, "metadata", meanwhile)
    first = api.of("patient").get(f"/studies/{exam.uid}/series/{series}/metadata")
    page = api.scene.inside("patient").get(f"/exams/{exam.id}/series/{series}/metadata")
    for answer in (first, page):
        assert answer.status_code == 200
        assert answer.json
        assert not any(one.uid in answer.text for one in late)
    assert len(late) == 2
