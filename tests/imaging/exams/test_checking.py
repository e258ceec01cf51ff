# SPDX-License-Identifier: Apache-2.0
"""Whether the store holds what the index says."""

from imaging_app.exams.checking import check, drop_strangers
from imaging_app.store.port import Place
from tests.imaging.dicom_files import image, written


def files(room):
    return sorted((room.folder / "store" / "images").rglob("*.dcm"))


def test_what_is_whole_has_no_fault(room):
    room.take()
    room.take(SOPInstanceUID="1.2.3.9")
    assert list(check(room.db, room.store)) == []


def test_a_changed_and_a_missing_file_are_found(room):
    room.take()
    room.take(SOPInstanceUID="1.2.3.9")
    first, second = files(room)
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    first.write_bytes(content)
    second.unlink()
    found = {(one.kind, one.place.image) for one in check(room.db, room.store)}
    named = [path.name.rpartition(".")[0].rpartition(".")[0] for path in (first, second)]
    assert found == {("changed", named[0]), ("missing", named[1])}


def test_what_nobody_knows_is_found_and_dropped(room):
    kept = room.take()
    content = written(image(SOPInstanceUID="1.2.3.9"))
    parcel = room.store.receive([content], 1 << 20)
    stranger = Place("1.2.3.4.1", "1.2.3.4.1.1", "1.2.3.9", parcel.digest)
    room.store.keep(parcel, stranger)
    assert [(one.kind, one.place) for one in check(room.db, room.store)] == [("unknown", stranger)]
    assert drop_strangers(room.db, room.store) == 1
    assert list(check(room.db, room.store)) == []
    assert room.exam(kept).images == 1
    assert len(files(room)) == 1
