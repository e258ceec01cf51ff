# SPDX-License-Identifier: Apache-2.0
"""What a file tells of itself."""

import json
import zlib

import pytest

from imaging_app.dicom.values import Reading, Reason, Refused
from tests.imaging.dicom_files import (
    SERIES,
    SHIPPED,
    STUDY,
    compressed,
    document,
    image,
    item,
    items,
    many,
    save,
    written,
)

J2K = "1.2.840.10008.1.2.4.90"


def read(door, tmp_path, made) -> Reading:
    found = door.read(save(tmp_path, made))
    assert isinstance(found, Reading), found
    return found


def test_everything_that_is_kept(door, tmp_path):
    found = read(door, tmp_path, image())
    assert (found.traits.family, found.traits.given) == ("DURAND", "Agnès Marie")
    assert (found.traits.number, found.traits.birth_date, found.traits.sex) == (
        "IPP-1",
        "19570312",
        "F",
    )
    assert (found.study.uid, found.study.day, found.study.time) == (STUDY, "20261102", "101500")
    assert (found.series.uid, found.series.modality, found.series.number) == (SERIES, "CT", 2)
    assert (found.image.number, found.image.frames, found.image.rows, found.image.columns) == (
        7, 1, 8, 6,
    )  # fmt: skip
    told = json.loads(zlib.decompress(found.metadata))
    assert told["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "DURAND^Agnès^Marie"}]}
    assert told["7FE00010"] == {"vr": "OW", "BulkDataURI": "frames"}


def test_a_national_number_is_told_with_its_issuer(door, tmp_path):
    issuer = item(UniversalEntityID="1.2.250.1.213.1.4.10", UniversalEntityIDType="ISO")
    other = item(PatientID="257037512345678", IssuerOfPatientIDQualifiersSequence=items(issuer))
    nameless = item(PatientID="77")
    found = read(door, tmp_path, image(OtherPatientIDsSequence=items(other, nameless)))
    assert found.traits.national == (("257037512345678", "1.2.250.1.213.1.4.10"),)


@pytest.mark.parametrize("born", ["", "1957", "19570000", "00010101x", "unknown"])
def test_a_birth_date_may_be_unknown(door, tmp_path, born):
    made = image(PatientBirthDate=None)
    made.add_new(0x00100030, "LO", born)
    assert read(door, tmp_path, made).traits.birth_date == ""


def test_what_is_not_seen_and_what_is_too_long_is_not_told(door, tmp_path):
    made = image(PatientName="DU\x07RAND\u202e^A", StudyDescription="x" * 500)
    found = read(door, tmp_path, made)
    assert found.traits.family == "DU RAND"
    assert len(found.study.description) == 128


def test_frames_that_lie_side_by_side(door, tmp_path):
    path = save(tmp_path, many(5))
    found = door.read(path)
    assert len(found.frames) == found.image.frames == 5
    for number in range(5):
        ((start, length),) = found.frames.of(number)
        assert path.read_bytes()[start : start + length] == number.to_bytes(2, "little") * 48
    assert found.frames.of(5) == () == found.frames.of(-1)


FRAGMENTS = [b"\xff\x4f" + bytes([n]) * 20 for n in range(3)]


@pytest.mark.parametrize("has_bot", [True, False])
@pytest.mark.parametrize("pieces", [1, 2])
def test_frames_in_fragments(door, tmp_path, has_bot, pieces):
    made = compressed(many(3), J2K, FRAGMENTS, fragments_per_frame=pieces, has_bot=has_bot)
    path = save(tmp_path, made)
    found = read(door, tmp_path, made)
    content = path.read_bytes()
    frames = [
        b"".join(content[start : start + length] for start, length in found.frames.of(number))
        for number in range(3)
    ]
    assert [len(found.frames.of(number)) for number in range(3)] == [pieces] * 3
    assert frames == FRAGMENTS


def test_a_document_is_told_by_its_type(door, tmp_path):
    path = save(tmp_path, document(b"%PDF-1.4 odd"))
    found = door.read(path)
    assert (found.image.document, found.image.frames) == ("application/pdf", 0)
    assert "BulkDataURI" not in json.loads(zlib.decompress(found.metadata))["00420011"]
    wrapped = door.document(path)
    assert (wrapped.content, wrapped.title) == (b"%PDF-1.4 odd", "Compte rendu")


def test_a_large_value_is_told_by_its_place(door, tmp_path):
    made = image()
    made.add_new(0x00420011, "OB", b"x" * 10_000)
    told = json.loads(zlib.decompress(read(door, tmp_path, made).metadata))
    assert told["00420011"] == {"vr": "OB", "BulkDataURI": "00420011"}


def test_a_number_that_is_none_is_null(door, tmp_path):
    made = image()
    made.add_new(0x00189073, "FD", float("nan"))
    told = json.loads(
        zlib.decompress(read(door, tmp_path, made).metadata), parse_constant=pytest.fail
    )
    assert told["00189073"]["Value"] == [None]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"StudyInstanceUID": None}, Reason.NO_IDENTIFIER),
        ({"SeriesInstanceUID": ""}, Reason.NO_IDENTIFIER),
        ({"SOPClassUID": None}, Reason.NO_IDENTIFIER),
        ({"SOPInstanceUID": "1.2..3"}, Reason.WRONG_IDENTIFIER),
        ({"StudyInstanceUID": "1.02.3"}, Reason.WRONG_IDENTIFIER),
        ({"Rows": None}, Reason.WRONG_PIXELS),
        ({"Columns": 0}, Reason.WRONG_PIXELS),
        ({"BitsAllocated": 12}, Reason.WRONG_PIXELS),
        ({"Rows": 9}, Reason.TRUNCATED),
        ({"NumberOfFrames": 2}, Reason.TRUNCATED),
        ({"NumberOfFrames": -1}, Reason.WRONG_PIXELS),
        ({"NumberOfFrames": 2_000_000_000}, Reason.TOO_MANY),
    ],
)
def test_what_is_refused(door, tmp_path, change, reason):
    found = door.read(save(tmp_path, image(**change)))
    assert isinstance(found, Refused)
    assert found.reason == reason


def test_an_identifier_that_leads_out_of_the_folder_is_refused(door, tmp_path):
    content = written(image()).replace(SERIES.encode(), b"../../../../x"[: len(SERIES)])
    assert door.read(save(tmp_path, content)).reason == Reason.WRONG_IDENTIFIER


@pytest.mark.parametrize("kept", [0, 100, 131, 200, 400, -1, -40])
def test_a_file_that_ends_early_is_refused(door, tmp_path, kept):
    content = written(image())
    found = door.read(save(tmp_path, content[:kept]))
    assert isinstance(found, Refused)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("README.txt", Reason.NOT_DICOM),
        ("no_meta.dcm", Reason.NOT_DICOM),
        ("meta_missing_tsyntax.dcm", Reason.UNKNOWN_SYNTAX),
        ("MR_truncated.dcm", Reason.TRUNCATED),
        ("rtplan_truncated.dcm", Reason.TRUNCATED),
        ("dicomdirtests/DICOMDIR", Reason.DIRECTORY),
        ("badVR.dcm", Reason.WRONG_PIXELS),
    ],
)
def test_broken_files_of_others(door, name, reason):
    assert door.read(SHIPPED / name).reason == reason


def test_a_file_that_is_not_there(door, tmp_path):
    assert isinstance(door.read(tmp_path / "nothing"), Refused)
    assert isinstance(door.read(tmp_path), Refused)


def test_a_description_that_is_too_long_is_told_without_what_is_long(door, tmp_path):
    made = image(TextValue="x" * 900_000, LongCodeValue="y" * 900_000)
    made.private_block(0x11, "SCEAU", create=True).add_new(1, "UT", "z" * 900_000)
    found = read(door, tmp_path, made)
    told = zlib.decompress(found.metadata)
    assert len(told) < 10_000
    facts = json.loads(told)
    assert {"00080018", "0020000D", "00280010", "7FE00010"} <= set(facts)
    assert not {"0040A160", "00080119", "00111001"} & set(facts)


def test_what_is_too_long_without_it_is_set_aside(door, tmp_path):
    each = item(CodeValue="T-1", CodeMeaning="w" * 60)
    made = image(ConceptNameCodeSequence=items(*[each] * 12_000))
    assert door.read(save(tmp_path, made)) == Refused(Reason.TOO_LARGE, "description")
