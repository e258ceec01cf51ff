# SPDX-License-Identifier: Apache-2.0
"""Exams by command."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from imaging_app.cli.__main__ import program
from tests.imaging.cast import TILLEULS
from tests.imaging.dicom_files import image, written


@pytest.fixture
def run(tmp_path):
    settings = tmp_path / "imaging.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\n')

    def call(*words):
        return CliRunner().invoke(program, ["--settings", str(settings), *words])

    assert call("init").exit_code == 0
    return call


@pytest.fixture
def inbox(tmp_path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for number in range(3):
        (folder / f"IM{number}").write_bytes(written(image(SOPInstanceUID=f"1.2.3.{number}")))
    (folder / "broken").write_bytes(b"broken")
    return folder


def test_a_folder_is_taken_in_and_checked(run, inbox, tmp_path):
    told = run("import", str(inbox), "--establishment", TILLEULS)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[-1] == "4 of 4: 3 kept, 0 known, 1 set aside"
    assert run("check-images").output == "whole\n"
    assert run("resume-imports").output == "nothing is left\n"
    again = run("import", str(inbox), "--establishment", TILLEULS)
    assert again.output.splitlines()[-1] == "4 of 4: 0 kept, 3 known, 1 set aside"

    kept = sorted((tmp_path / "data" / "store" / "images").rglob("*.dcm"))
    kept[0].write_bytes(b"changed")
    stranger = kept[1].with_name(kept[1].name.replace("1.2.3.1.", "1.2.3.9."))
    stranger.write_bytes(kept[1].read_bytes())
    told = run("check-images")
    assert told.exit_code == 1
    assert sorted(line.partition(":")[0] for line in told.stderr.splitlines()) == [
        "Error", "changed", "unknown",
    ]  # fmt: skip
    told = run("check-images", "--drop-unknown")
    assert told.stdout.startswith("1 dropped")
    assert not stranger.exists()


def test_what_a_pacs_does_not_take_is_told(run, inbox, pacs, tmp_path):
    (tmp_path / "password").write_text(pacs.address.password)
    with (tmp_path / "imaging.toml").open("a") as settings:
        settings.write(
            f'store = "orthanc"\n[orthanc]\nurl = "{pacs.url}"\nuser = "portal"\n'
            f'password_file = "{tmp_path / "password"}"\n'
        )
    pacs.call("POST", "/instances", written(image(SOPInstanceUID="1.2.3.1", PixelData=bytes(96))))
    run("import", str(inbox), "--establishment", TILLEULS)
    told = run("check-images")
    assert (told.exit_code, told.stdout) == (0, "whole\n")
    assert told.stderr == "3 lie here and not in the PACS\n"
    assert run("move-images").output == "2 moved\n"
    assert run("check-images").stderr == "1 lie here and not in the PACS\n"


KILLED_AT_K100 = """
import os, signal
from imaging_app.cli.__main__ import program
from imaging_app.exams import importing

real = importing.blocks_of

def blocks(path):
    if path.name == "K100":
        os.kill(os.getpid(), signal.SIGKILL)
    return real(path)

importing.blocks_of = blocks
program()
"""


def test_an_import_that_is_killed_is_finished_by_the_next_command(run, inbox, tmp_path):
    for number in range(150):
        content = written(image(SOPInstanceUID=f"1.2.4.{number}"))
        (inbox / f"K{number:03}").write_bytes(content)
    words = [sys.executable, "-c", KILLED_AT_K100, "--settings", str(tmp_path / "imaging.toml")]
    killed = subprocess.run(
        [*words, "import", str(inbox), "--establishment", TILLEULS],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    with sqlite3.connect(tmp_path / "data" / "imaging.sqlite3") as database:
        (before,) = database.execute("SELECT kept FROM imports").fetchone()
        # As if its lease were over.
        database.execute("UPDATE imports SET held_until = 0")
    database.close()
    # Three batches are written down, and nothing of the fourth.
    assert before == 96
    told = run("resume-imports")
    assert told.output.splitlines()[-1] == "154 of 154: 153 kept, 0 known, 1 set aside"
    assert run("check-images", "--drop-unknown").exit_code == 0
