# SPDX-License-Identifier: Apache-2.0
"""The portal over what a real Orthanc keeps: the same program, and the same answers."""

import shutil

import pytest

from imaging_app.settings import Elsewhere, Settings
from imaging_app.store.orthanc import Orthanc
from tests.imaging.pacs import PASSWORD, USER
from tests.imaging.web.conftest import make_scene
from tests.imaging.web.dicomweb.test_client import (
    test_a_doctor_searches_looks_and_takes_away,
    test_an_establishment_sends,
    test_compressed_frames_come_as_they_lie_or_decoded,
)
from tests.imaging.web.dicomweb.test_rights import (
    test_whoever_is_kept_out_is_at_once_with_a_token_that_is_known,
)

__all__ = [
    "test_a_doctor_searches_looks_and_takes_away",
    "test_an_establishment_sends",
    "test_compressed_frames_come_as_they_lie_or_decoded",
    "test_whoever_is_kept_out_is_at_once_with_a_token_that_is_known",
]


@pytest.fixture
def filled(double, time, filled_folder, door, tmp_path, pacs):
    data = tmp_path / "filled"
    shutil.copytree(filled_folder, data)
    (tmp_path / "password").write_text(PASSWORD)
    elsewhere = Elsewhere(
        kind="orthanc", url=pacs.url, user=USER, password_file=tmp_path / "password"
    )
    scene = make_scene(
        double, time, data, door=door, settings=Settings(data=data, elsewhere=elsewhere)
    )
    store = scene.rooms.exams.store
    mover = scene.app.extensions["imaging-mover"]
    mover.end()
    mover.join()
    store.move()
    assert not list((data / "store" / "images").rglob("*.dcm"))
    assert isinstance(store._far, Orthanc)
    yield scene
    store.close()
    scene.rooms.database.close()
