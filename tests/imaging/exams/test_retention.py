# SPDX-License-Identifier: Apache-2.0
"""What has been kept for long enough: told, held back, removed with its row in the trace."""

from datetime import date

import pytest

from imaging_app.exams import retention
from imaging_app.exams.checking import check, drop_unknown
from imaging_app.exams.retention import Term, over, remove, years_before
from imaging_app.exams.values import Origin
from imaging_app.trace.reading import history_of
from imaging_app.trace.record import Trace
from imaging_app.trace.verify import verify
from tests.imaging.cast import TILLEULS
from tests.imaging.dicom_files import image, uid, written

TODAY = date(2050, 3, 1)
TERM = Term(TODAY, 20)


def take(room, number: str, *days: str, born: str = "19570312"):
    for day in days:
        told = {
            "PatientID": number, "PatientName": f"NOM{number}^Un", "PatientBirthDate": born,
            "StudyDate": day, "StudyInstanceUID": uid(number, day),
            "SeriesInstanceUID": uid(number, day, 1), "SOPInstanceUID": uid(number, day, 1, 1),
        }  # fmt: skip
        assert room.take(written(image(**told))).exam


def found(room, years: int = 20, today: date = TODAY, **more) -> list[str]:
    return [one.number for one in over(room.db, Term(today, years, **more))]


@pytest.fixture
def shelf(room):
    take(room, "OLD", "20290101", "20300228")
    take(room, "VISITED", "20000101", "20300302")
    take(room, "CHILD", "20250101", born="20230301")
    take(room, "GROWN", "20250101", born="20220301")
    take(room, "NOBODY", "20250101", born="")
    take(room, "DAYLESS", "", born="19570312")
    return room


def test_it_counts_from_the_last_visit_and_a_minor_is_grown_first(shelf):
    assert found(shelf) == ["GROWN", "OLD"]
    # The newborn of a day that nobody knows, as old as the first exam.
    assert found(shelf, today=date(2053, 1, 1)) == ["CHILD", "GROWN", "NOBODY", "OLD", "VISITED"]
    assert found(shelf, kept=["OLD"]) == ["GROWN"]
    assert found(shelf, years=60) == []


def test_years_end_on_the_day(shelf):
    assert "OLD" not in found(shelf, today=date(2050, 2, 28))
    assert years_before(date(2048, 2, 29), 1) == date(2047, 2, 28)


def test_what_is_removed_is_nowhere_and_told(shelf, keys, time):
    [old] = [one for one in over(shelf.db, TERM) if one.number == "OLD"]
    images, trace = shelf.count("images"), Trace(keys, time)
    assert remove(shelf.db, shelf.store, trace, old.file, TERM) == 2
    assert shelf.count("images") == images - 2
    assert list(check(shelf.db, shelf.store)) == []
    assert found(shelf) == ["GROWN"]
    with shelf.db.read() as tx:
        told = history_of(tx, old.patient).accesses
        # Who it is, and that they have a file there, stays.
        assert shelf.files.find(tx, old.establishment, "OLD") is not None
    assert [one.action for one in told] == ["exam.removed"] * 2
    assert verify(shelf.db, keys).is_whole


class Arriving(Trace):
    """A trace before whose turn something comes in, once: between the list and the removal."""

    def __init__(self, keys, time, at: int, comes) -> None:
        super().__init__(keys, time)
        self._at, self._comes = at, comes

    def begin(self, tx) -> None:
        self._at -= 1
        if self._at == 0:
            self._comes(tx)
        super().begin(tx)


def arrival(room, number: str, day: str):
    told = {
        "PatientID": number, "PatientName": f"NOM{number}^Un", "PatientBirthDate": "19570312",
        "StudyDate": day, "StudyInstanceUID": uid(number, day),
        "SeriesInstanceUID": uid(number, day, 1), "SOPInstanceUID": uid(number, day, 1, 1),
    }  # fmt: skip
    return room.ingest.receive([written(image(**told))], Origin(TILLEULS, "agent", "x"))


@pytest.mark.parametrize(("at", "gone"), [(1, 0), (3, 1)])
def test_whoever_comes_back_meanwhile_keeps_what_is_there(shelf, keys, time, at, gone):
    [old] = [one for one in over(shelf.db, TERM) if one.number == "OLD"]
    new = arrival(shelf, "OLD", "20500228")
    trace = Arriving(keys, time, at, lambda tx: shelf.ingest.write(tx, [new]))
    before = shelf.count("exams")
    assert remove(shelf.db, shelf.store, trace, old.file, TERM) == gone
    assert shelf.count("exams") == before + 1 - gone
    assert list(check(shelf.db, shelf.store)) == []


def test_what_comes_again_before_it_is_dropped_is_kept(shelf, keys, time, monkeypatch):
    [old] = [one for one in over(shelf.db, TERM) if one.number == "OLD"]

    def late(database, store, place):
        if days:
            take(shelf, "OLD", *days)
            days.clear()
        return drop_unknown(database, store, place)

    days, before = ["20290101", "20300228"], shelf.count("exams")
    monkeypatch.setattr(retention, "drop_unknown", late)
    assert remove(shelf.db, shelf.store, Trace(keys, time), old.file, TERM) == 2
    assert shelf.count("exams") == before - 1
    assert list(check(shelf.db, shelf.store)) == []
