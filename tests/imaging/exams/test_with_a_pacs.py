# SPDX-License-Identifier: Apache-2.0
"""The same again where a real Orthanc keeps the images."""

import pytest

from imaging_app.exams.checking import check
from imaging_app.store.orthanc import Orthanc
from tests.imaging.conftest import portal_of
from tests.imaging.dicom_files import image, written
from tests.imaging.exams.test_checking import test_what_is_whole_has_no_fault
from tests.imaging.exams.test_held_by_several import (
    test_a_batch_that_comes_to_nothing_takes_nothing_of_the_others,
    test_both_hold_the_same_bytes_and_each_for_its_own_patient,
    test_other_bytes_of_one_name_go_alone,
    test_what_one_removes_the_other_still_has,
)
from tests.imaging.exams.test_importing import (
    inbox,
    test_a_folder_is_taken_in_with_progress,
    test_what_was_set_aside_is_tried_again_or_dropped,
)
from tests.imaging.exams.test_ingest import (
    test_a_fault_of_the_index_leaves_nothing_in_the_store,
    test_a_file_is_kept_and_found,
    test_an_exam_is_removed_whole,
    test_frames_of_many,
    test_images_are_in_the_order_of_their_numbers,
    test_the_same_file_again_is_nothing_new,
    test_the_same_identifier_with_other_bytes_is_set_aside,
    test_two_contents_of_one_identifier_at_once,
)
from tests.imaging.exams.test_pictures import (
    test_a_refusal_is_not_kept_and_what_is_gone_is_told,
    test_the_same_look_is_drawn_once,
)
from tests.imaging.exams.test_reports import test_a_pdf_within_an_image_is_a_report
from tests.imaging.pacs import Moved
from tests.imaging.room import open_room

__all__ = [
    "inbox",
    "test_a_batch_that_comes_to_nothing_takes_nothing_of_the_others",
    "test_a_fault_of_the_index_leaves_nothing_in_the_store",
    "test_a_file_is_kept_and_found",
    "test_a_folder_is_taken_in_with_progress",
    "test_a_pdf_within_an_image_is_a_report",
    "test_a_refusal_is_not_kept_and_what_is_gone_is_told",
    "test_an_exam_is_removed_whole",
    "test_both_hold_the_same_bytes_and_each_for_its_own_patient",
    "test_frames_of_many",
    "test_images_are_in_the_order_of_their_numbers",
    "test_other_bytes_of_one_name_go_alone",
    "test_the_same_file_again_is_nothing_new",
    "test_the_same_identifier_with_other_bytes_is_set_aside",
    "test_the_same_look_is_drawn_once",
    "test_two_contents_of_one_identifier_at_once",
    "test_what_is_whole_has_no_fault",
    "test_what_one_removes_the_other_still_has",
    "test_what_was_set_aside_is_tried_again_or_dropped",
]


@pytest.fixture
def portal_db(request):
    """One database is enough: it is the store that is another."""
    with portal_of(request, "sqlite") as opened:
        yield opened


@pytest.fixture
def room(portal_db, door, keys, time, tmp_path, pacs):
    store = Moved(tmp_path / "store", Orthanc(pacs.address))
    yield open_room(portal_db, door, keys, time, tmp_path, store)
    store.close()


def test_a_changed_and_a_missing_image_are_found(room, pacs):
    for number in range(2):
        room.take(SOPInstanceUID=f"1.2.3.{number}")
    for name in pacs.call("GET", "/instances"):
        pacs.call("DELETE", f"/instances/{name}")
    other = image(SOPInstanceUID="1.2.3.0", PixelData=bytes(96))
    pacs.call("POST", "/instances", written(other))
    found = {(one.kind, one.place.image) for one in check(room.db, room.store)}
    assert found == {("changed", "1.2.3.0"), ("missing", "1.2.3.1")}
