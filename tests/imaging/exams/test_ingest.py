# SPDX-License-Identifier: Apache-2.0
"""What becomes of a file: kept, known, set aside or refused, and nothing in between."""

import json

import numpy as np
import pytest

from imaging_app.exams.index import Wanted, read_frame
from imaging_app.exams.values import Fate, Origin
from imaging_app.store.behind import Behind
from imaging_app.store.line import Address
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Trouble
from tests.databases import at_once
from tests.imaging.cast import TILLEULS, VAL, ins
from tests.imaging.dicom_files import MARKED, SHIPPED, image, item, items, many, uid, written
from tests.imaging.room import open_room
from tests.ports import free_port


def test_a_file_is_kept_and_found(room):
    outcome = room.take()
    assert outcome.fate is Fate.KEPT
    exam = room.exam(outcome)
    assert (exam.establishment, exam.taken_on, exam.modalities) == (TILLEULS, "20261102", ("CT",))
    assert (exam.series, exam.images, exam.size) == (1, 1, outcome.size)
    with room.db.read() as tx:
        (series,) = room.index.series(tx, exam.id)
        (one,) = room.index.images(tx, exam.id, series.uid)
        whole = room.index.image(tx, exam.id, one.uid)
        facts = json.loads(b"".join(room.index.metadata(tx, exam.id, series.uid)))
        assert room.index.middle(tx, exam.id, series) == one
        assert room.index.by_uid(tx, exam.uid, TILLEULS) == exam
    assert (series.modality, series.images, one.number) == ("CT", 1, 7)
    assert read_frame(room.store, whole, 0) == MARKED.astype("<i2").tobytes()
    assert read_frame(room.store, whole, 1) is None
    assert facts[0]["00080018"]["Value"] == [one.uid]
    assert room.store.digest(one.place) == one.place.digest


def test_the_same_file_again_is_nothing_new(room):
    first, again = room.take(), room.take()
    assert again.fate is Fate.KNOWN
    assert again.exam == first.exam
    assert room.exam(first).images == 1
    assert room.waiting() == []


def test_the_same_identifier_with_other_bytes_is_set_aside(room):
    first = room.take()
    other = room.take(PixelData=bytes(96))
    assert (other.fate, other.reason) == (Fate.ASIDE, "other-content")
    (one,) = room.waiting()
    assert (one.reason, one.name, one.image) == ("other-content", "IM0001", other.image)
    assert room.store.aside(one.digest).read_bytes() == written(image(PixelData=bytes(96)))
    assert room.exam(first).images == 1
    assert len(list(room.store.places())) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PatientName": "AUTRE^Personne"}, "other-person"),
        ({"PatientBirthDate": "19570313"}, "other-person"),
        ({"PatientSex": "M"}, "other-person"),
        ({"PatientID": "IPP-2"}, "other-file"),
        ({"PatientID": ""}, "other-file"),
    ],
)
def test_nobody_adds_to_an_exam_by_its_identifier_alone(room, changes, reason):
    """Whoever knows a study's identifier could read what is merged into it (KHEOPS, issue 63)."""
    first = room.take()
    found = room.take(SOPInstanceUID="1.2.3.9", SeriesInstanceUID="1.2.3.8", **changes)
    assert (found.fate, found.reason) == (Fate.ASIDE, reason)
    assert room.exam(first).images == 1
    assert room.count("patients") == room.count("files") == 1


def test_a_number_in_a_file_neither_joins_nor_keeps_anybody_out(room):
    def told(name):
        issuer = item(UniversalEntityID="1.2.250.1.213.1.4.10", UniversalEntityIDType="ISO")
        number = item(PatientID=ins().number, IssuerOfPatientIDQualifiersSequence=items(issuer))
        uids = {one: uid(name, one) for one in
                ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}  # fmt: skip
        return {"PatientName": name, "OtherPatientIDsSequence": items(number), **uids}

    room.take(**told("AUTRE^Personne"))
    for name, number in (("DURAND^Agnès", "IPP-2"), ("DURAND^Agnès^Marie", "IPP-3")):
        found = room.take(establishment=VAL, PatientID=number, **told(name))
        assert found.fate is Fate.KEPT, found
    assert room.count("patients") == 3
    with room.db.read() as tx:
        kept = tx.exec_driver_sql("SELECT DISTINCT ins_status FROM patients").scalars().all()
    assert kept == ["récupérée"]


def test_a_series_belongs_to_one_exam(room):
    room.take()
    found = room.take(StudyInstanceUID="1.2.3.77", SOPInstanceUID="1.2.3.9")
    assert (found.fate, found.reason) == (Fate.ASIDE, "other-exam")
    assert room.count("exams") == 1


def test_another_person_under_a_known_number_is_set_aside(room):
    room.take()
    found = room.take(
        PatientName="AUTRE^Nom", **{name: uid(name) for name in
        ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}
    )  # fmt: skip
    assert (found.fate, found.reason) == (Fate.ASIDE, "other-person")
    assert room.waiting()[0].detail == "name,first_name"


def test_two_of_one_name_stay_two(room):
    room.take()
    room.take(PatientID="IPP-2", StudyInstanceUID="1.2.8", SeriesInstanceUID="1.2.8.1",
              SOPInstanceUID="1.2.8.1.1")  # fmt: skip
    assert (room.count("patients"), room.count("files"), room.count("exams")) == (2, 2, 2)


def test_a_birth_date_may_be_unknown(room):
    first = room.take(PatientBirthDate="")
    assert first.fate is Fate.KEPT
    second = room.take(PatientBirthDate="19570312", SOPInstanceUID="1.2.3.9")
    assert second.exam == first.exam


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a", "not-dicom"),
        ((SHIPPED / "MR_truncated.dcm").read_bytes(), "truncated"),
        ((SHIPPED / "dicomdirtests" / "DICOMDIR").read_bytes(), "directory"),
        (written(image(StudyInstanceUID=None)), "no-identifier"),
    ],
)
def test_what_is_broken_is_set_aside_with_its_reason(room, content, reason):
    found = room.take(content)
    assert (found.fate, found.reason) == (Fate.ASIDE, reason)
    assert room.take(content).fate is Fate.ASIDE
    (one,) = room.waiting()
    assert (one.reason, one.size) == (reason, len(content))
    assert room.count("exams") == 0


def spelt(name):
    """A file whose head names this character set."""
    content = written(image(SpecificCharacterSet="ISO_IR 100", StudyDescription=r"+ABC-\ud800"))
    name += " " * (len(name) % 2)
    old = b"\x08\0\x05\0CS" + bytes([10, 0]) + b"ISO_IR 100"
    assert old in content
    return content.replace(old, b"\x08\0\x05\0CS" + bytes([len(name), 0]) + name.encode())


@pytest.mark.parametrize("name", ["unicode_escape", "utf-7", "ISO_IR 100\\utf-7", "rot13"])
def test_only_character_sets_of_the_standard_are_read(room, name):
    found = room.take(spelt(name))
    assert (found.fate, found.reason) == (Fate.ASIDE, "malformed")


@pytest.mark.parametrize(
    "name", ["ISO IR 100", "ISO-IR 100", "ISO_IR_100", "\\ISO 2022 IR 87", "ISO_2022_IR_100"]
)
def test_character_sets_as_they_are_written_are_read(room, name):
    assert room.take(spelt(name)).fate is Fate.KEPT


def test_nothing_is_refused(room):
    assert room.take(b"").reason == Trouble.EMPTY.value


def test_a_full_disk_keeps_nothing_of_a_batch(room, monkeypatch):
    real, calls = room.store.keep, []

    def full_at_the_second(parcel, place):
        calls.append(place)
        return real(parcel, place) if len(calls) == 1 else Trouble.NO_ROOM

    monkeypatch.setattr(room.store, "keep", full_at_the_second)
    origin = Origin(TILLEULS, "agent")
    batch = [
        room.ingest.receive([written(image(SOPInstanceUID=f"1.2.3.{n}"))], origin)
        for n in (1, 2, 3)
    ]
    outcomes = room.ingest.commit(batch)
    assert {(one.fate, one.reason) for one in outcomes} == {(Fate.REFUSED, "no-room")}
    assert room.count("exams") == room.count("images") == room.count("patients") == 0
    assert list(room.store.places()) == []
    assert not [one for one in (room.folder / "store").rglob("*") if one.is_file()]


def test_a_fault_of_the_index_leaves_nothing_in_the_store(room, monkeypatch):
    def broken(*_told):
        raise RuntimeError("index")

    monkeypatch.setattr(room.ingest._judge, "count", broken)
    with pytest.raises(RuntimeError):
        room.take()
    assert room.count("exams") == 0
    assert list(room.store.places()) == []
    assert not list((room.folder / "store").rglob("*.dcm"))


def test_nor_is_a_store_asked_that_is_away(portal_db, door, keys, time, tmp_path, monkeypatch):
    """The fault that undoes a batch is the one that is told, and nobody waits for a PACS."""
    address = Address(f"http://127.0.0.1:{free_port()}")
    store = Behind(tmp_path / "store", Orthanc(address))
    room = open_room(portal_db, door, keys, time, tmp_path, store)

    def broken(*_told):
        raise RuntimeError("index")

    monkeypatch.setattr(room.ingest._judge, "count", broken)
    with pytest.raises(RuntimeError):
        room.take()
    assert not list((room.folder / "store").rglob("*.dcm"))


def test_the_same_file_from_many_at_once_is_kept_once(room):
    content = written(image())
    fates = at_once(room.db, lambda _n: room.take(content).fate, range(6))
    assert sorted(fates) == [Fate.KEPT] + [Fate.KNOWN] * 5
    assert room.count("images") == 1
    assert len(list(room.store.places())) == 1


def test_two_contents_of_one_identifier_at_once(room):
    contents = [written(image(PixelData=bytes([n]) * 96)) for n in range(4)]
    fates = at_once(room.db, lambda one: room.take(one).fate, contents)
    assert sorted(fates) == [Fate.ASIDE] * 3 + [Fate.KEPT]
    assert len(list(room.store.places())) == 1


def test_images_are_in_the_order_of_their_numbers(room):
    for number in (10, 2, 33, 1):
        made = image(MARKED, InstanceNumber=number, SOPInstanceUID=f"1.2.3.{number}")
        outcome = room.take(written(made))
    with room.db.read() as tx:
        (series,) = room.index.series(tx, outcome.exam)
        found = [one.number for one in room.index.images(tx, outcome.exam, series.uid)]
        page = room.index.images(tx, outcome.exam, series.uid, 2, 1)
    assert found == [1, 2, 10, 33]
    assert [one.number for one in page] == [2, 10]


def test_frames_of_many(room):
    outcome = room.take(written(many(5)))
    with room.db.read() as tx:
        whole = room.index.image(tx, outcome.exam, outcome.image)
        assert room.index.image(tx, "0" * 32, outcome.image) is None
    assert whole.image.frames == 5
    for number in range(5):
        assert set(np.frombuffer(read_frame(room.store, whole, number), "<i2")) == {number}
    assert read_frame(room.store, whole, 5) is None


def test_an_exam_is_removed_whole(room):
    outcome = room.take()
    with room.db.write() as tx:
        places = room.index.remove(tx, outcome.exam)
    assert [room.store.drop(place) for place in places] == [True]
    assert room.count("exams") == room.count("series") == room.count("images") == 0
    with room.db.read() as tx:
        assert room.index.exams(tx, Wanted(establishment=TILLEULS)) == ([], False)
