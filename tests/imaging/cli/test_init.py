# SPDX-License-Identifier: Apache-2.0
"""The command that makes a portal's ground."""

from pathlib import Path

from click.testing import CliRunner

from imaging_app.cli.__main__ import program
from imaging_app.dicom import confining
from imaging_app.schema import newest_version


def run(file: Path, *words: str):
    return CliRunner().invoke(program, ["--settings", str(file), *words])


def test_init_makes_keys_and_tables_and_may_be_repeated(tmp_path: Path):
    file = tmp_path / "imaging.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n')
    for _ in range(2):
        done = run(file, "init")
        assert done.exit_code == 0, done.output
        assert newest_version() in done.output
    assert (tmp_path / "data" / "imaging.keys").exists()


def test_what_is_wrong_is_one_sentence(tmp_path: Path):
    done = run(tmp_path / "none.toml", "init")
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_check_says_what_the_kernel_does_for_us(tmp_path: Path, monkeypatch):
    file = tmp_path / "imaging.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n')
    run(file, "init")
    monkeypatch.setattr(confining, "landlock", lambda: 7)
    monkeypatch.setattr(confining, "has_filter", lambda: True)
    done = run(file, "check")
    assert done.exit_code == 0, done.output
    assert newest_version() in done.output
    assert "Landlock 7" in done.output
    assert "not kept" not in done.output
    monkeypatch.setattr(confining, "landlock", lambda: 0)
    monkeypatch.setattr(confining, "has_filter", lambda: False)
    assert run(file, "check").output.count("not kept") == 2
