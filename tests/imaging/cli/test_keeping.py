# SPDX-License-Identifier: Apache-2.0
"""What is kept for how long, by command; what was left behind, at each start."""

import os
import time

import pytest
from click.testing import CliRunner

from imaging_app.__main__ import bring_up
from imaging_app.cli.__main__ import program
from imaging_app.settings import Settings
from tests.imaging.cast import TILLEULS
from tests.imaging.dicom_files import image, written

DAY = 86_400


@pytest.fixture
def run(tmp_path):
    settings = tmp_path / "imaging.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\n')

    def call(*words):
        return CliRunner().invoke(program, ["--settings", str(settings), *words])

    assert call("init").exit_code == 0
    return call


def test_nothing_is_removed_before_somebody_says_so(run, tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "old").write_bytes(written(image(StudyDate="20000101", PatientBirthDate="19500101")))
    assert run("import", str(folder), "--establishment", TILLEULS).exit_code == 0
    line = f"{TILLEULS} IPP-1: 1, last 20000101\n1 exams "
    for words in ((), ("--dry-run",)):
        told = run("retention", "--years", "20", *words)
        assert told.output == f"{line}would be removed by --remove\n"
    assert run("retention", "--years", "20", "--keep", "IPP-1").output.startswith("0 exams")
    assert run("retention", "--years", "20", "--remove", "--dry-run").exit_code == 2
    assert run("retention").exit_code == 2
    assert run("retention", "--years", "20", "--remove").output == f"{line}removed\n"
    assert run("retention", "--years", "20").output.startswith("0 exams")
    assert run("check-images").output == "whole\n"
    assert run("verify-trace").output == "1 rows: whole\n"


def test_what_was_half_received_is_forgotten_after_a_day(run, tmp_path):
    incoming = tmp_path / "data" / "store" / "incoming"
    assert run("clear-incoming").output == "0 forgotten\n"
    old, new = incoming / "old", incoming / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * DAY,) * 2)
    bring_up(Settings(data=tmp_path / "data"))
    assert [one.name for one in incoming.iterdir()] == ["new"]
    os.utime(new, (time.time() - 2 * 3600,) * 2)
    assert run("clear-incoming", "--hours", "1").output == "1 forgotten\n"
