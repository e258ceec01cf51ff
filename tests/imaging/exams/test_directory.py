# SPDX-License-Identifier: Apache-2.0
"""The DICOMDIR of what is no image, too: each under its type, read by programs not ours."""

import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.sr.coding import Code

from imaging_app.dicom.elements import of_json
from imaging_app.exams.taking import gather, pack
from imaging_app.exams.untold import Untold
from tests.imaging.dicom_files import CT, PDF, SERIES, STUDY, image, written

SR, KO = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.59"
PR = "1.2.840.10008.5.1.4.1.1.11.1"
SHOWN = f"{STUDY}.7.1"
NONE: dict[str, Any] = dict.fromkeys(
    (
        "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
        "BitsStored", "HighBit", "PixelRepresentation", "PixelData",
    )
)  # fmt: skip
REPORT = Code("18748-4", "LN", "Diagnostic imaging report")
LANGUAGE = Code("121049", "DCM", "Language of Content Item and Descendants")
FRENCH = Code("fr", "RFC5646", "Français")
FINDING = Code("121071", "DCM", "Finding")
INTEREST = Code("113000", "DCM", "Of Interest")


def code(word: Any) -> list[Dataset]:
    """A coded concept, as an item."""
    one = Dataset()
    one.CodeValue, one.CodingSchemeDesignator = word.value, word.scheme_designator
    one.CodeMeaning = word.meaning
    return [one]


def concept(relation: str, name: Any, says: Any) -> Dataset:
    """An item of content."""
    one = Dataset()
    one.RelationshipType, one.ValueType = relation, "CODE"
    one.ConceptNameCodeSequence, one.ConceptCodeSequence = code(name), code(says)
    return one


def verifier(at: str) -> Dataset:
    """Who has verified a report, and when."""
    one = Dataset()
    one.VerifyingOrganization, one.VerifyingObserverName = "CHU", "DURAND^Claire"
    one.VerificationDateTime, one.VerifyingObserverIdentificationCodeSequence = at, []
    return one


def plain(number: int, storage: str, modality: str, **told: Any) -> bytes:
    """A file without pixels, in a series of its own."""
    names = {
        "SOPClassUID": storage,
        "SOPInstanceUID": f"{STUDY}.9.{number}",
        "SeriesInstanceUID": f"{STUDY}.9{number}",
        "Modality": modality,
        "SeriesNumber": 90 + number,
        "InstanceNumber": number,
        "StudyID": "1",
    }
    made = image(**(NONE | names | told))
    made.file_meta.MediaStorageSOPClassUID = pydicom.uid.UID(storage)
    return written(made)


def report() -> bytes:
    language = concept("HAS CONCEPT MOD", LANGUAGE, FRENCH)
    found = concept("CONTAINS", FINDING, FINDING)
    return plain(
        1,
        SR,
        "SR",
        CompletionFlag="COMPLETE",
        VerificationFlag="VERIFIED",
        VerifyingObserverSequence=[verifier("20261103120000"), verifier("20261103115900")],
        ContentDate="20261103",
        ContentTime="111213",
        ConceptNameCodeSequence=code(REPORT),
        ContentSequence=[language, found],
    )


def keys() -> bytes:
    return plain(
        2,
        KO,
        "KO",
        ContentDate="20261104",
        ContentTime="121314",
        ConceptNameCodeSequence=code(INTEREST),
        ContentSequence=[],
    )


def state() -> bytes:
    to, of = Dataset(), Dataset()
    to.ReferencedSOPClassUID, to.ReferencedSOPInstanceUID = CT, SHOWN
    of.SeriesInstanceUID, of.ReferencedImageSequence = SERIES, [to]
    return plain(
        3,
        PR,
        "PR",
        PresentationCreationDate="20261105",
        PresentationCreationTime="131415",
        ContentLabel="NODULE",
        ContentDescription="Nodule du lobe supérieur",
        ContentCreatorName="DURAND^Claire",
        ReferencedSeriesSequence=[of],
    )


def paper() -> bytes:
    return plain(
        4,
        PDF,
        "DOC",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=b"%PDF-1.4 words ",
        DocumentTitle="Compte rendu",
        ContentDate="20261106",
        ContentTime="141516",
        ConceptNameCodeSequence=code(REPORT),
    )


def taken(room, folder: Path, *contents: bytes) -> dict[str, Dataset]:
    """All of an exam on the disk, and the records of its directory by the names of their files."""
    [exam] = {room.take(one).exam for one in contents}
    with room.db.read() as tx:
        found = gather(room.index, tx, exam)
    (folder / "zip").write_bytes(b"".join(pack(found, room.store).stream()))
    with zipfile.ZipFile(folder / "zip") as archive:
        archive.extractall(folder / "taken")
    directory = pydicom.dcmread(folder / "taken" / "DICOMDIR")
    return {
        str(one.ReferencedSOPInstanceUIDInFile): one
        for one in directory.DirectoryRecordSequence
        if "ReferencedSOPInstanceUIDInFile" in one
    }


def dumped(folder: Path) -> str:
    """What dcmtk reads; its complaints are faults."""
    if (program := shutil.which("dcmdump")) is None:
        pytest.skip("dcmtk is not installed")
    told = subprocess.run(
        [program, str(folder / "taken" / "DICOMDIR")], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
    return told.stdout


EVERY = (written(image(SOPInstanceUID=SHOWN, StudyID="1")), report(), keys(), state(), paper())


def test_each_stands_under_its_type_with_what_it_says(room, tmp_path):
    records = taken(room, tmp_path, *EVERY)
    assert [one.DirectoryRecordType for one in records.values()] == [
        "IMAGE", "SR DOCUMENT", "KEY OBJECT DOC", "PRESENTATION", "ENCAP DOC",
    ]  # fmt: skip
    _image, sr, ko, pr, doc = records.values()
    assert (sr.CompletionFlag, sr.VerificationFlag) == ("COMPLETE", "VERIFIED")
    assert (sr.ContentDate, sr.ContentTime, sr.InstanceNumber) == ("20261103", "111213", 1)
    assert sr.VerificationDateTime == "20261103120000"
    assert sr.ConceptNameCodeSequence[0].CodeMeaning == "Diagnostic imaging report"
    # What tells the name more closely stands there, and none of the findings.
    [more] = sr.ContentSequence
    assert more.ConceptCodeSequence[0].CodeMeaning == "Français"
    assert ko.ConceptNameCodeSequence[0].CodeValue == INTEREST.value
    assert "ContentSequence" not in ko
    assert (pr.PresentationCreationDate, pr.ContentLabel) == ("20261105", "NODULE")
    assert (pr.ContentDescription, str(pr.ContentCreatorName)) == (
        "Nodule du lobe supérieur",
        "DURAND^Claire",
    )
    [of] = pr.ReferencedSeriesSequence
    assert of.SeriesInstanceUID == SERIES
    assert of.ReferencedImageSequence[0].ReferencedSOPInstanceUID == SHOWN
    assert (doc.DocumentTitle, doc.ContentDate) == ("Compte rendu", "20261106")
    assert doc.MIMETypeOfEncapsulatedDocument == "application/pdf"


def test_other_programs_read_it_and_say_the_same(room, tmp_path):
    records = taken(room, tmp_path, *EVERY)
    found = FileSet(tmp_path / "taken" / "DICOMDIR")
    assert {str(one.SOPInstanceUID) for one in found} == set(records)
    assert all(one.load().StudyInstanceUID == STUDY for one in found)
    # What pydicom writes of the same files, record by record.
    theirs = FileSet()
    for one in found:
        theirs.add(one.load())
    for one in theirs:
        ours = records[str(one.SOPInstanceUID)]
        leaf = one.node._record
        assert ours.DirectoryRecordType == leaf.DirectoryRecordType
        wanted = {
            each.keyword
            for each in leaf
            if each.keyword != "ContentSequence" and each.tag.group != 0x0004 and each.value
        }
        for name in wanted - {"SpecificCharacterSet"}:
            assert ours[name].value == leaf[name].value, name
    for one in (found, theirs):
        one._stage["t"].cleanup()
    text = dumped(tmp_path)
    for name in ("SR DOCUMENT", "KEY OBJECT DOC", "PRESENTATION", "ENCAP DOC"):
        assert name in text


def test_dcmmkdir_takes_the_same_files_under_the_same_types(room, tmp_path):
    program = shutil.which("dcmmkdir")
    if program is None:
        pytest.skip("dcmtk is not installed")
    records = taken(room, tmp_path, *EVERY)
    (tmp_path / "taken" / "DICOMDIR").unlink()
    every = [f"IMAGES/{one.name}" for one in sorted((tmp_path / "taken" / "IMAGES").iterdir())]
    told = subprocess.run(
        [program, "--general-purpose", "--invent", "--no-consistency-check", *every],
        cwd=tmp_path / "taken",
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    theirs = {
        str(one.ReferencedSOPInstanceUIDInFile): one
        for one in pydicom.dcmread(tmp_path / "taken" / "DICOMDIR").DirectoryRecordSequence
        if "ReferencedSOPInstanceUIDInFile" in one
    }
    assert {uid: one.DirectoryRecordType for uid, one in theirs.items()} == {
        uid: one.DirectoryRecordType for uid, one in records.items()
    }
    for uid, one in theirs.items():
        # All that they write of a file stands in ours.
        missing = {each.keyword for each in one if each.tag not in records[uid] and each.value}
        assert missing - {"IconImageSequence"} == set(), uid


def test_what_stays_here_is_no_part_of_what_is_told_of_the_rest(room):
    exam = room.take().exam
    room.take(plain(1, SR, "SR", SeriesInstanceUID=SERIES, StudyID="NODULE"))
    room.take(plain(2, SR, "SR"))
    with room.db.read() as tx:
        every = gather(room.index, tx, exam)
        taken = gather(room.index, tx, exam, "", Untold(frozenset()))
        assert gather(room.index, tx, exam, f"{STUDY}.92", Untold(frozenset())) is None
    assert (every.count, every.exam.modalities) == (3, ("CT", "SR"))
    assert b"NODULE" in every.first
    assert (taken.count, taken.exam.images, taken.exam.modalities) == (1, 1, ("CT",))
    assert b"NODULE" not in taken.first


def test_what_a_file_does_not_say_is_there_all_the_same(room, tmp_path):
    bare = (plain(1, SR, "SR"), plain(2, KO, "KO"), plain(3, PR, "PR"))
    sr, ko, pr = taken(room, tmp_path, *bare).values()
    assert (sr.CompletionFlag, sr.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert (ko.ContentDate, ko.ContentTime) == ("19000101", "000000")
    assert sr.ConceptNameCodeSequence[0].CodeMeaning == "Document Title"
    assert (pr.ContentLabel, pr.ContentDescription) == ("UNKNOWN", "")
    dumped(tmp_path)


def test_what_is_none_of_these_is_taken_along_and_stands_nowhere(room, tmp_path):
    raw = plain(5, "1.2.840.10008.5.1.4.1.1.66", "OT")
    records = taken(room, tmp_path, EVERY[0], raw)
    assert list(records) == [SHOWN]
    assert len(list((tmp_path / "taken" / "IMAGES").iterdir())) == 2


def test_what_is_nested_or_long_beyond_measure_is_cut_short():
    deep: dict[str, Any] = {"00080100": {"vr": "SH", "Value": ["end"]}}
    for _number in range(50):
        deep = {"0040A730": {"vr": "SQ", "Value": [deep]}}
    assert b"end" not in of_json(deep, ("0040A730", "00080100"))
    long = {"00420010": {"vr": "LO", "Value": ["é" * 100_000]}}
    assert len(of_json(long, ("00420010",))) == 8 + 2 * 64
    for odd in (None, [], 7, {"vr": "SQ", "Value": 7}, {"vr": "OB", "InlineBinary": "AA"}):
        of_json({"0040A730": odd}, ("0040A730",))
