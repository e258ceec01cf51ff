# SPDX-License-Identifier: Apache-2.0
"""The addresses that a program is given: those of the portal's home, whatever a proxy passes on."""

import shutil

import pytest

from tests.imaging.dicom_files import image, written
from tests.imaging.web.conftest import make_scene
from tests.imaging.web.dicomweb.conftest import Api
from tests.imaging.web.dicomweb.test_wire import KIND, message

HOME = "https://imagerie.example.org"


@pytest.fixture
def filled(double, time, filled_folder, door, tmp_path):
    shutil.copytree(filled_folder, tmp_path / "filled")
    yield (made := make_scene(double, time, tmp_path / "filled", url=HOME, door=door))
    made.rooms.database.close()


def addresses(found):
    """Every address in an answer."""
    if isinstance(found, list):
        return [one for each in found for one in addresses(each)]
    if not isinstance(found, dict):
        return []
    mine = found["Value"] if found.get("vr") == "UR" else []
    return mine + addresses(list(found.values()))


def test_behind_tls_they_are_those_of_the_home(filled):
    """The proxy speaks plain HTTP to the portal."""
    filled.home = HOME.replace("https", "http")
    api = Api(filled)
    api.says_why("doctor")
    program, exam = api.of("doctor"), api.exam()
    for path in ("", f"/{exam.uid}/series", f"/{exam.uid}/instances"):
        found = addresses(program.get(f"/studies{path}").json)
        assert found
        assert all(one.startswith(f"{HOME}/dicomweb/studies/") for one in found), found
    answer = api.of("manager").post("/studies", message(written(image())), KIND)
    (found,) = addresses(answer.json)
    assert found.startswith(f"{HOME}/dicomweb/studies/")
