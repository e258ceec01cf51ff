# SPDX-License-Identifier: Apache-2.0
"""Lists of exams, and a series of five thousand images."""

import json
import zlib

import pytest

from imaging_app.access.facts import ExamFacts
from imaging_app.access.indexed import Indexed
from imaging_app.consents.marks import mark_of
from imaging_app.consents.results import Results
from imaging_app.dicom.values import Frames, Image, Reading, Series, Study, Traits
from imaging_app.exams.index import PAGE, Wanted
from imaging_app.exams.reports import TEXT, Written
from imaging_app.exams.values import Fate
from imaging_app.store.port import Parcel
from tests.imaging.cast import TILLEULS, VAL
from tests.imaging.dicom_files import uid


def names(number: int) -> dict[str, str]:
    return {
        name: uid(name, number)
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    }


def listed(room, page=1, **wanted):
    with room.db.read() as tx:
        found, more = room.index.exams(tx, Wanted(**wanted), page)
    return [one.id for one in found], more


@pytest.fixture
def three(room):
    """Two of one patient, the older one a radiograph; and one of somebody else, elsewhere."""
    outcomes = [
        room.take(**names(1)),
        room.take(**names(2), StudyDate="20260101", Modality="DX", AccessionNumber="R%1"),
        room.take(establishment=VAL, PatientID="V7", **names(3)),
    ]
    assert {one.fate for one in outcomes} == {Fate.KEPT}
    return [room.exam(one) for one in outcomes]


def test_by_whatever_a_page_asks(room, three):
    ct, dx, elsewhere = three
    assert listed(room, patient=ct.patient) == ([ct.id, dx.id], False)
    assert listed(room, file=elsewhere.file) == ([elsewhere.id], False)
    assert listed(room, establishment=TILLEULS, modality="DX") == ([dx.id], False)
    assert listed(room, establishment=TILLEULS, modality="D") == ([], False)
    assert listed(room, establishment=TILLEULS, modality="%") == ([], False)
    assert listed(room, establishment=TILLEULS, accession="R%1") == ([dx.id], False)
    assert listed(room, establishment=TILLEULS, accession="R%") == ([], False)
    assert listed(room, establishment=TILLEULS, since="20261102") == ([ct.id], False)
    assert listed(room, establishment=TILLEULS, until="20261101") == ([dx.id], False)
    assert listed(room, establishment=VAL, patient=ct.patient) == ([], False)


def test_without_a_name_there_is_no_list(room, three):
    assert listed(room) == ([], False)
    assert listed(room, modality="CT") == ([], False)


def test_those_that_have_a_report(room, three):
    with room.db.write() as tx:
        room.reports.add(tx, three[1].id, Written(TEXT, "", b"x"), by="agent")
    assert listed(room, establishment=TILLEULS, reported=True) == ([three[1].id], False)


def test_those_that_the_patient_was_told_of(room, three, people):
    assert listed(room, patient=three[0].patient, told=True) == ([], False)
    with room.db.write() as tx:
        Results(room.ingest._judge._now).tell(tx, three[0].id, three[0].patient, "1", "Dr A", 1)
    assert listed(room, patient=three[0].patient, told=True) == ([three[0].id], False)


def reading(number: int, study: int = 0) -> Reading:
    """What a file would tell, without the file."""
    return Reading(
        Traits("IPP-1", "", "DURAND", "Agnès", "19570312", "F"),
        Study(uid("study", study), f"2026{study % 12 + 1:02}01", "", "", "", "", ""),
        Series(uid("series", study), "CT", 1, "", "", "", ""),
        Image(uid("image", study, number), "1.2.3", "1.2.840.10008.1.2.1", number, 1, 8, 6, "", ""),
        Frames(even=(1, 1000, 96)),
        zlib.compress(b'{"00200013":{"vr":"IS","Value":[%d]}}' % number),
    )


def write(room, readings):
    with room.db.write() as tx:
        exams = set()
        for one in readings:
            parcel = Parcel(room.folder, 1096, f"{one.image.number:064x}")
            fits = room.ingest._judge.judge(tx, one, parcel, TILLEULS)
            exams.add(room.ingest._judge.write(tx, one, parcel, fits, TILLEULS))
        for exam in exams:
            room.ingest._judge.count(tx, exam)
    return exams


def test_pages_of_many_exams(room):
    write(room, [reading(0, study) for study in range(2 * PAGE + 5)])
    pages = [listed(room, page, establishment=TILLEULS) for page in (1, 2, 3, 4)]
    assert [(len(found), more) for found, more in pages] == [
        (PAGE, True), (PAGE, True), (5, False), (0, False),
    ]  # fmt: skip
    assert len({one for found, _more in pages for one in found}) == 2 * PAGE + 5
    assert listed(room, 0, establishment=TILLEULS) == pages[0]
    assert listed(room, -(10**30), establishment=TILLEULS) == pages[0]
    assert listed(room, 10**30, establishment=TILLEULS) == ([], False)


def test_a_series_of_five_thousand_images(room):
    (exam,) = write(room, [reading(number) for number in range(5_000)])
    with room.db.read() as tx:
        (series,) = room.index.series(tx, exam)
        assert series.images == 5_000
        last = room.index.images(tx, exam, series.uid, 10, 4_990)
        assert [one.number for one in last] == list(range(4_990, 5_000))
        assert room.index.middle(tx, exam, series).number == 2_499
        pieces = list(room.index.metadata(tx, exam, series.uid))
        assert max(map(len, pieces)) < 200
        told = json.loads(b"".join(pieces))
        assert [one["00200013"]["Value"] for one in told] == [[n] for n in range(5_000)]
        assert list(room.index.metadata(tx, exam, "1.2.3")) == [b"[", b"]"]
        assert room.index.exam(tx, exam).images == 5_000


def test_a_hidden_exam_tells_whoever_holds_a_decision(room, three):
    first = three[0]
    with room.db.write() as tx:
        before = mark_of(tx, first.patient)
        assert not room.index.owner(tx, first.id).hidden
        assert room.index.hide(tx, first.id, hidden=True)
        assert not room.index.hide(tx, "0" * 32, hidden=True)
        assert room.index.owner(tx, first.id).hidden
        assert mark_of(tx, first.patient) > before
        known = Indexed(room.index).facts(tx, [first.id, "0" * 32])
    hidden = ExamFacts(first.id, first.patient, first.file, first.establishment, hidden=True)
    assert known == {first.id: hidden}
