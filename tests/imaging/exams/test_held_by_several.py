# SPDX-License-Identifier: Apache-2.0
"""A study that two establishments hold: each has its own, and none takes the other's away."""

import threading
from datetime import date
from itertools import cycle

import pytest

from imaging_app.exams import retention
from imaging_app.exams.checking import check, drop_strangers, drop_unknown
from imaging_app.exams.index import Wanted, read_frame
from imaging_app.exams.retention import Term, over, remove
from imaging_app.exams.values import Fate, Origin
from imaging_app.store.port import Trouble
from imaging_app.trace.record import Trace
from tests.databases import at_once
from tests.imaging.cast import TILLEULS, VAL
from tests.imaging.dicom_files import MARKED, image, written

TERM = Term(date(2060, 1, 1), 20)
BOTH = (TILLEULS, VAL)


def forget(room, outcome) -> list[bool]:
    """What a removal does: out of the index, then out of the store."""
    with room.db.write() as tx:
        places = room.index.remove(tx, outcome.exam)
    return [drop_unknown(room.db, room.store, place) for place in places]


def pictures(room, outcome):
    """Whether every image of an exam can be read."""
    with room.db.read() as tx:
        every = [
            room.index.image(tx, outcome.exam, one.uid)
            for one in room.index.all_images(tx, outcome.exam)
        ]
    return [read_frame(room.store, one, 0) is not None for one in every]


def test_both_hold_the_same_bytes_and_each_for_its_own_patient(room):
    mine, theirs = (room.take(establishment=one) for one in BOTH)
    assert mine.fate is theirs.fate is Fate.KEPT
    assert mine.exam != theirs.exam
    alone = room.take(StudyInstanceUID="1.2.5", SeriesInstanceUID="1.2.6",
                      SOPInstanceUID="1.2.7").exam  # fmt: skip
    first, second = room.exam(mine), room.exam(theirs)
    assert first.uid == second.uid
    assert first.patient != second.patient
    assert (first.establishment, second.establishment) == BOTH
    assert [(one.series, one.images, one.size) for one in (first, second)] == [
        (1, 1, mine.size)
    ] * 2
    assert len(list(room.store.places())) == 2
    with room.db.read() as tx:
        assert room.index.of_uid(tx, first.uid) == [first, second]
        assert room.index.by_uid(tx, first.uid, VAL) == second
        assert room.index.by_uid(tx, first.uid, "other") is None
        assert room.index.of_several(tx, [first.id, alone]) == {first.id: first.uid}
        assert room.index.of_several(tx, []) == {}
        for house, exam in zip(BOTH, (first, second), strict=True):
            listed, _more = room.index.exams(tx, Wanted(establishment=house))
            assert [one for one in listed if one.uid == exam.uid] == [exam]
    assert list(check(room.db, room.store)) == []


def test_what_another_holds_changes_nothing_and_is_not_told(room):
    """Whoever knows its identifiers keeps nobody's images out, and learns of none."""
    room.take()
    for changes in (
        {"PixelData": bytes(96), "PatientID": "V-1", "PatientName": "AUTRE^Personne"},
        {"SOPInstanceUID": "1.2.3.9", "PatientID": "V-1", "PatientName": "AUTRE^Personne"},
    ):
        found = room.take(establishment=VAL, **changes)
        assert (found.fate, found.reason) == (Fate.KEPT, "")
    other = {"StudyInstanceUID": "1.2.3.77", "SeriesInstanceUID": "1.2.3.78"}
    alone = room.take(establishment="0B0000001", **other)
    assert alone.fate is Fate.KEPT
    assert [len(room.waiting(one)) for one in BOTH] == [0, 0]
    assert room.exam(room.take()).images == 1


def test_each_counts_its_own(room):
    mine = room.take()
    theirs = room.take(establishment=VAL)
    for number in range(2, 5):
        made = image(MARKED, SOPInstanceUID=f"1.2.3.{number}", InstanceNumber=number)
        room.take(written(made), establishment=VAL)
    assert (room.exam(mine).images, room.exam(theirs).images) == (1, 4)
    with room.db.read() as tx:
        for outcome, count in ((mine, 1), (theirs, 4)):
            (series,) = room.index.series(tx, outcome.exam)
            assert series.images == count
            assert len(room.index.images(tx, outcome.exam, series.uid)) == count
            assert len(list(room.index.facts(tx, outcome.exam, series.uid))) == count
            assert len(room.index.all_images(tx, outcome.exam)) == count


def test_within_one_establishment_the_rules_stay(room):
    for house in BOTH:
        room.take(establishment=house)
        found = room.take(establishment=house, PixelData=bytes(96))
        assert (found.fate, found.reason) == (Fate.ASIDE, "other-content")
        found = room.take(establishment=house, StudyInstanceUID="1.2.9", SOPInstanceUID="1.2.8")
        assert (found.fate, found.reason) == (Fate.ASIDE, "other-exam")


@pytest.mark.parametrize("first", [0, 1])
def test_what_one_removes_the_other_still_has(room, first):
    held = [room.take(establishment=one) for one in BOTH]
    assert forget(room, held[first]) == [False]
    assert pictures(room, held[1 - first]) == [True]
    assert list(check(room.db, room.store)) == []
    assert drop_strangers(room.db, room.store) == 0
    assert forget(room, held[1 - first]) == [True]
    assert list(room.store.places()) == []


def test_other_bytes_of_one_name_go_alone(room):
    mine = room.take()
    theirs = room.take(establishment=VAL, PixelData=bytes(96))
    assert len(list(room.store.places())) == 2
    assert forget(room, theirs) == [True]
    assert pictures(room, mine) == [True]


def test_retention_takes_one_of_them(room, keys, time):
    held = [room.take(establishment=one) for one in BOTH]
    [mine] = [one for one in over(room.db, TERM) if one.establishment == TILLEULS]
    assert remove(room.db, room.store, Trace(keys, time), mine.file, TERM) == 1
    assert pictures(room, held[1]) == [True]
    assert room.exam(held[0]) is None
    assert list(check(room.db, room.store)) == []


def test_what_another_takes_in_before_it_is_dropped_stays(room, keys, time, monkeypatch):
    room.take()
    taken = []

    def late(database, store, place):
        taken.append(room.take(establishment=VAL))
        return drop_unknown(database, store, place)

    monkeypatch.setattr(retention, "drop_unknown", late)
    [mine] = over(room.db, TERM)
    assert remove(room.db, room.store, Trace(keys, time), mine.file, TERM) == 1
    assert pictures(room, taken[0]) == [True]
    assert list(check(room.db, room.store)) == []


def test_a_batch_that_comes_to_nothing_takes_nothing_of_the_others(room, monkeypatch):
    mine = room.take()
    real, calls = room.store.keep, []

    def full_at_the_second(parcel, place):
        calls.append(place)
        return real(parcel, place) if len(calls) == 1 else Trouble.NO_ROOM

    monkeypatch.setattr(room.store, "keep", full_at_the_second)
    origin = Origin(VAL, "agent")
    contents = [written(image()), written(image(SOPInstanceUID="1.2.3.9"))]
    batch = [room.ingest.receive([one], origin) for one in contents]
    outcomes = room.ingest.commit(batch)
    assert {(one.fate, one.reason) for one in outcomes} == {(Fate.REFUSED, "no-room")}
    assert pictures(room, mine) == [True]
    assert list(check(room.db, room.store)) == []


def test_many_come_and_go_at_once(room):
    """However they meet: whoever holds it can read it, and what nobody holds is gone."""
    content = written(image())
    houses = [f"0B00000{number:02}" for number in range(6)]

    def come_and_go(house):
        for _time in range(3):
            taken = room.take(content, establishment=house)
            assert taken.fate is Fate.KEPT
            assert pictures(room, taken) == [True]
            forget(room, taken)
        return house

    assert at_once(room.db, come_and_go, houses) == houses
    assert list(room.store.places()) == []

    def stay_or_go(told):
        house, stays = told
        taken = room.take(content, establishment=house)
        if not stays:
            forget(room, taken)
        return taken if stays else None

    kept = at_once(room.db, stay_or_go, list(zip(houses, cycle((True, False)), strict=False)))
    assert [pictures(room, one) for one in kept if one] == [[True]] * 3
    assert list(check(room.db, room.store)) == []


def test_one_waits_with_bytes_that_another_has_thrown_away(room):
    for house in BOTH:
        room.take(b"broken", establishment=house)
    [mine], [theirs] = (room.waiting(one) for one in BOTH)
    assert mine.digest == theirs.digest
    assert room.decisions.drop(mine.id, TILLEULS, "agent")
    assert room.store.aside(theirs.digest).read_bytes() == b"broken"
    assert room.decisions.drop(theirs.id, VAL, "agent")
    assert room.store.aside(theirs.digest) is None


def test_what_another_sets_aside_while_it_is_thrown_away_stays(room, monkeypatch):
    """It waits for its turn; a moment it is given, in which it would come between."""
    room.take(b"broken")
    [mine] = room.waiting()
    dropped = room.store.drop_aside

    def takes():
        room.take(b"broken", establishment=VAL)
        room.db.forget()

    other = threading.Thread(target=takes)

    def late(digest):
        other.start()
        other.join(0.3)
        return dropped(digest)

    monkeypatch.setattr(room.store, "drop_aside", late)
    assert room.decisions.drop(mine.id, TILLEULS, "agent")
    other.join()
    [theirs] = room.waiting(VAL)
    assert room.store.aside(theirs.digest).read_bytes() == b"broken"
