# SPDX-License-Identifier: Apache-2.0
"""Rows of many exams, written straight into the index; and the same exams as tiny files."""

import time
from contextlib import closing
from io import BytesIO
from typing import Any

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from sqlalchemy import insert

from imaging_app.access.motives import Motive
from imaging_app.consents.consent import Channel, State
from imaging_app.db import Tx, table_of
from imaging_app.exams.models import ExamRow
from imaging_app.opening import Rooms, open_rooms
from imaging_app.people.involvement import Role
from imaging_app.people.traits import Traits
from imaging_app.settings import Settings

HOUSE, DOCTOR = "690000001", "10000000001"
# Whose exams they are, in turns; for the first of them the doctor cares, and has said why.
PATIENTS, CARED = 2_000, 500
TOGETHER = 5_000
CT = "1.2.840.10008.5.1.4.1.1.2"


def write_rows(settings: Settings, exams: int) -> None:
    """Everybody, and so many exams."""
    with closing(open_rooms(settings, lambda: int(time.time()))) as rooms:
        with rooms.database.write() as tx:
            files = [bring_in(tx, rooms, number) for number in range(PATIENTS)]
            bring_in(tx, rooms, None)
        make = insert(table_of(ExamRow))
        for first in range(0, exams, TOGETHER):
            with rooms.database.write() as tx:
                some = range(first, min(first + TOGETHER, exams))
                tx.execute(make, [_exam(number, *files[number % PATIENTS]) for number in some])


def day_of_exam(number: int) -> str:
    """Spread over some years, each patient's over all of them."""
    turn = number // PATIENTS
    return f"{2018 + turn % 8}{number % 12 + 1:02}{(number + turn) % 28 + 1:02}"


def small(number: int) -> bytes:
    """One of them as a file of an image without much in it."""
    patient = number % PATIENTS
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, UID(CT)
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.826.{number}.1.1")
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    told = {
        "SOPClassUID": CT,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": f"1.2.826.{number}",
        "SeriesInstanceUID": f"1.2.826.{number}.1",
        "PatientID": f"N{patient}",
        "PatientName": f"FAMILLE{patient:05}^CLAUDE",
        "PatientBirthDate": "19600101",
        "PatientSex": "F",
        "StudyDate": day_of_exam(number),
        "StudyTime": "101500",
        "AccessionNumber": f"A{number}",
        "StudyDescription": "Scanner",
        "Modality": "CT",
    }
    for name, value in told.items():
        setattr(made, name, value)
    target = BytesIO()
    made.save_as(target, enforce_file_format=True)
    return target.getvalue()


def bring_in(tx: Tx, rooms: Rooms, number: int | None) -> tuple[str, str]:
    """File and patient; of none, whose images are sent in."""
    traits, name = Traits("DURAND", ("AGNES",), "1957-03-12", "F"), "IPP-1"
    if number is not None:
        traits = Traits(f"FAMILLE{number:05}", ("CLAUDE",), "1960-01-01", "F")
        name = f"N{number}"
    file = rooms.exams.files.of(tx, HOUSE, name, traits)
    found = rooms.exams.files.one(tx, file) if isinstance(file, str) else None
    if found is None:
        raise ValueError(file)
    patient = found.patient
    rooms.access.consents.say(
        tx, patient=patient, establishment=HOUSE, state=State.GIVEN, channel=Channel.ON_SITE,
        by_subject="bench", by_name="", text_version="1",
    )  # fmt: skip
    if number is None or number < CARED:
        rooms.access.involvements.record(
            tx, patient=patient, rpps=DOCTOR, role=Role.TRAITANT, source=HOUSE
        )
        rooms.access.motives.give(tx, DOCTOR, patient, Motive.CONSULTATION)
    return found.id, patient


def _exam(number: int, file: str, patient: str) -> dict[str, Any]:
    return {
        "id": f"exam{number}",
        "uid": f"1.2.826.{number}",
        "file": file,
        "patient": patient,
        "establishment": HOUSE,
        "taken_on": day_of_exam(number),
        "taken_time": "101500",
        "accession": f"A{number}",
        "description": "Scanner",
        "referrer": "",
        "institution": "",
        "modalities": " CT ",
        "series": 1,
        "images": 1,
        "size": 1,
        "hidden": False,
        "added_at": 0,
        "changed_at": 0,
    }
