# SPDX-License-Identifier: Apache-2.0
"""The demo's exams: valid, the right way round, and the same wherever they are drawn."""

import hashlib
import shutil
import subprocess
from datetime import date, datetime, timedelta
from io import BytesIO

import numpy as np
import pydicom
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select

from imaging_app.demo.bodies import NODULE, Grid, chest
from imaging_app.demo.cast import ANNE, CAMILLE, CLINIC, GAETAN, HOSPITAL, exams
from imaging_app.demo.drawing import draw, draw_all, write_folders
from imaging_app.demo.filling import Filling
from imaging_app.demo.series import SMALL, Size
from imaging_app.dicom.values import Look
from imaging_app.exams.checking import check
from imaging_app.exams.index import REPORTED, Wanted
from imaging_app.exams.opening import Exams
from imaging_app.exams.pictures import Pictures

TODAY = date(2026, 11, 22)
EXAMS = exams(TODAY)
SENT = {one.draw.__name__: one for one in EXAMS}
MIDDLE = Size(72, 128, 12, 128, 2, (128, 112), (160, 128))


def services(room) -> Exams:
    return Exams(
        room.store, room.door, room.index, room.ingest, room.imports, room.aside,
        room.decisions, room.reports, Pictures(room.store, room.door), room.files,
    )  # fmt: skip


@pytest.fixture(scope="module")
def files():
    return list(draw_all(TODAY, SMALL))


def test_each_exam_is_as_many_files_as_it_says(files):
    assert len(files) == sum(one.count(SMALL) for one in EXAMS)
    assert {establishment for establishment, _name, _content in files} == {HOSPITAL[0], CLINIC[0]}


def test_it_is_the_same_wherever_it_is_drawn(files):
    def digests(every):
        return [hashlib.sha256(content).hexdigest() for _place, _name, content in every]

    assert digests(draw_all(TODAY, SMALL)) == digests(files)


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="Debian's dicom3tools are not here")
def test_a_validator_finds_no_error(tmp_path):
    assert write_folders(tmp_path, TODAY, SMALL) > 20
    faults = []
    for path in sorted(tmp_path.rglob("*.dcm")):
        told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, check=False)
        lines = (told.stdout + told.stderr).decode(errors="replace").splitlines()
        faults += [f"{path.name} {line}" for line in lines if line.startswith("Error")]
    assert not faults


def test_the_nodule_is_where_the_report_says(door, tmp_path):
    """Right upper lobe: on the left of the picture; 14 mm across, in a lung of air."""
    found = {}
    for content in draw(SENT["scanner"], MIDDLE):
        image = pydicom.dcmread(BytesIO(content))
        if image.Modality == "CT":
            found[float(image.SliceLocation)] = image
    image = found[min(found, key=lambda one: abs(one - NODULE.centre[2]))]
    assert list(image.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
    values = image.pixel_array.astype(float) + float(image.RescaleIntercept)
    (x0, y0, _z), (down, across) = image.ImagePositionPatient, image.PixelSpacing
    column, row = round((NODULE.centre[0] - x0) / across), round((NODULE.centre[1] - y0) / down)
    assert column < values.shape[1] / 2
    assert abs(values[row - 1 : row + 2, column - 1 : column + 2].mean() - 35) < 30
    line = values[row, column - 8 : column + 9] > -400
    assert abs(line.sum() * across - 14) <= across
    # In the lung's window it is white on black, at the same place of the drawn picture.
    path = tmp_path / "slice.dcm"
    image.save_as(path)
    drawn = door.draw(path, Look(centre=-600, width=1500, kind="png"))
    grey = np.asarray(Image.open(BytesIO(drawn.content)))
    assert grey[row, column] > 200
    assert grey[row, column - 8] < 120


def test_higher_slices_lie_higher():
    """The lungs are above the liver; slices go from the feet upwards."""
    grid = Grid(128, 400.0)
    assert (chest(grid, 60.0) < -800).mean() > 0.5
    belly = chest(grid, -100.0)
    assert (belly == 62).sum() > 500
    images = [pydicom.dcmread(BytesIO(one)) for one in SENT["scanner"].draw(
        SENT["scanner"].visit, SMALL)]  # fmt: skip
    heights = [float(one.ImagePositionPatient[2]) for one in images]
    assert heights == sorted(heights)


def test_lesions_are_brighter_in_flair_than_in_t1():
    images = [pydicom.dcmread(BytesIO(one)) for one in SENT["resonance"].draw(
        SENT["resonance"].visit, MIDDLE)]  # fmt: skip
    assert {one.SeriesDescription for one in images} == {"Axial T1", "Axial FLAIR"}
    brightest = {}
    for image in images:
        if abs(float(image.SliceLocation) - 20) < 7:
            (x0, y0, _z), (down, across) = image.ImagePositionPatient, image.PixelSpacing
            place = round((20 - y0) / down), round((24 - x0) / across)
            at = image.pixel_array[place]
            brightest.setdefault(image.SeriesDescription, []).append(at)
    assert max(brightest["Axial FLAIR"]) > 800
    assert max(brightest["Axial T1"]) < 700


def test_the_loop_has_frames_that_differ(door, tmp_path):
    path = tmp_path / "loop.dcm"
    path.write_bytes(next(iter(SENT["ultrasound"].draw(SENT["ultrasound"].visit, SMALL))))
    reading = door.read(path)
    assert (reading.image.frames, len(reading.frames)) == (3, 3)
    shown = [door.draw(path, Look(frame=number, kind="png")).content for number in range(3)]
    assert len(set(shown)) == 3


def test_reports_are_in_french_and_name_their_patient(files):
    texts = []
    for _place, _name, content in files:
        made = pydicom.dcmread(BytesIO(content))
        if made.Modality == "DOC":
            document = pypdfium2.PdfDocument(made.EncapsulatedDocument)
            texts.append(document[0].get_textpage().get_text_range())
    assert len(texts) == len([one for one in EXAMS if one.report])
    assert any("Nodule plein" in one and "ÉBEAUPRÉ Gaëtan" in one for one in texts)


def test_all_of_it_comes_into_the_portal(room):
    filling = Filling(room.db, services(room), TODAY, SMALL)
    filling.run()
    assert filling.progress.ready
    assert (room.count("exams"), room.waiting(HOSPITAL[0]), room.waiting(CLINIC[0])) == (6, [], [])
    # The desk says that Gaëtan is one person in two establishments; two Camilles stay two.
    assert (room.count("patients"), room.count("files")) == (5, 6)
    with room.db.read() as tx:
        assert (
            tx.exec_driver_sql("SELECT count(*) FROM patients WHERE birth_name = 'MARTIN'").scalar()
            == 2
        )
        assert (
            tx.exec_driver_sql("SELECT count(*) FROM patients WHERE birth_date = ''").scalar() == 1
        )
        found = room.index.exams(tx, Wanted(establishment=HOSPITAL[0]))[0]
        gaetan = next(one for one in found if "CT" in one.modalities)
        both = room.index.exams(tx, Wanted(patient=gaetan.patient))[0]
        assert [one.establishment for one in both] == [HOSPITAL[0], CLINIC[0]]
        assert len(room.reports.of(tx, gaetan.id)) == 1
    again = Filling(room.db, services(room), TODAY + timedelta(days=1), SMALL)
    again.run()
    assert (again.progress.ready, again.progress.files) == (True, 0)


def test_what_was_begun_another_day_is_begun_again(room):
    brain = SENT["resonance"]
    for content in list(brain.draw(brain.visit, SMALL))[:3]:
        room.take(content, HOSPITAL[0])
    filling = Filling(room.db, services(room), TODAY + timedelta(days=1), SMALL)
    filling.run()
    assert filling.progress.ready
    assert room.waiting(HOSPITAL[0]) == []
    assert list(check(room.db, room.store)) == []


def test_what_is_new_is_told_with_its_day(room):
    Filling(room.db, services(room), TODAY, SMALL).run()
    with room.db.read() as tx:
        found = {row.exam: row for row in tx.execute(select(REPORTED))}
        listed = [
            one
            for place in (HOSPITAL[0], CLINIC[0])
            for one in room.index.exams(tx, Wanted(establishment=place))[0]
        ]
    assert len(found) == 5
    for exam in listed:
        if exam.id in found:
            noon = datetime.strptime(f"{exam.taken_on}12+0000", "%Y%m%d%H%z")
            assert found[exam.id].reported_at == int(noon.timestamp())
            assert found[exam.id].file == exam.file


def test_it_is_known_who_is_who():
    names = [one.visit.somebody.name for one in EXAMS]
    assert names.count(CAMILLE[0]) == names.count(GAETAN[0]) == 2
    assert ANNE[1] == ""
