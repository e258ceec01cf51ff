# SPDX-License-Identifier: Apache-2.0
"""What has been kept for long enough: told, held back, removed with its row in the trace."""

from datetime import date

import pytest

from imaging_app.exams.checking import check
from imaging_app.exams.retention import over, remove, years_before
from imaging_app.trace.reading import history_of
from imaging_app.trace.record import Trace
from imaging_app.trace.verify import verify
from tests.imaging.dicom_files import image, uid, written

TODAY = date(2050, 3, 1)


def take(room, number: str, *days: str, born: str = "19570312"):
    for day in days:
        told = {
            "PatientID": number, "PatientName": f"NOM{number}^Un", "PatientBirthDate": born,
            "StudyDate": day, "StudyInstanceUID": uid(number, day),
            "SeriesInstanceUID": uid(number, day, 1), "SOPInstanceUID": uid(number, day, 1, 1),
        }  # fmt: skip
        assert room.take(written(image(**told))).exam


def found(room, years: int = 20, today: date = TODAY, **more) -> list[str]:
    return [one.number for one in over(room.db, today, years, **more)]


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
    [old] = [one for one in over(shelf.db, TODAY, 20) if one.number == "OLD"]
    images, trace = shelf.count("images"), Trace(keys, time)
    assert remove(shelf.db, shelf.store, trace, old, years=20) == 2
    assert shelf.count("images") == images - 2
    assert list(check(shelf.db, shelf.store)) == []
    assert found(shelf) == ["GROWN"]
    with shelf.db.read() as tx:
        told = history_of(tx, old.patient).accesses
        # Who it is, and that they have a file there, stays.
        assert shelf.files.find(tx, old.establishment, "OLD") is not None
    assert [one.action for one in told] == ["exam.removed"] * 2
    assert verify(shelf.db, keys).is_whole
