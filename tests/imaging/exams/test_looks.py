# SPDX-License-Identifier: Apache-2.0
"""Which series have pictures, how many, and which stands for each."""

from imaging_app.exams.looks import shown_series
from tests.imaging.dicom_files import document, many, written

LOOP, SINGLES, MIXED = "1.2.3.4.1.5", "1.2.3.4.1.1", "1.2.3.4.1.7"


def shown(room, exam):
    with room.db.read() as tx:
        return shown_series(room.index, tx, exam)


def test_the_one_in_the_middle_stands_for_a_series(room):
    for number in range(1, 6):
        exam = room.take(SOPInstanceUID=f"{SINGLES}.{number}", InstanceNumber=number).exam
    [one] = shown(room, exam)
    assert (one.frames, one.place, one.frame) == (5, 2, 0)
    assert one.image.number == 3


def test_of_a_loop_it_is_a_frame(room):
    content = written(many(7, SOPInstanceUID=f"{LOOP}.1", SeriesInstanceUID=LOOP))
    [one] = shown(room, room.take(content).exam)
    assert (one.frames, one.place, one.frame, one.image.uid) == (7, 3, 3, f"{LOOP}.1")


def test_what_has_no_pixels_counts_nowhere(room):
    for number, count in ((1, 2), (2, 3)):
        made = many(
            count,
            SOPInstanceUID=f"{MIXED}.{number}",
            SeriesInstanceUID=MIXED,
            InstanceNumber=number,
        )
        exam = room.take(written(made)).exam
    room.take(written(document(b"%PDF-1.4 words")))
    note = document(
        b"%PDF-1.4 more", SOPInstanceUID=f"{MIXED}.0", SeriesInstanceUID=MIXED, InstanceNumber=0
    )
    room.take(written(note))
    [one] = shown(room, exam)
    assert (one.series.images, one.frames, one.place) == (3, 5, 2)
    assert (one.image.number, one.frame) == (2, 0)
    assert shown(room, "0" * 32) == []
