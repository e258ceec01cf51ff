# SPDX-License-Identifier: Apache-2.0
"""The commands that prove the trace, and keep its head."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from imaging_app.cli.__main__ import program
from imaging_app.crypto import read_keys
from imaging_app.db import Database, make_engine
from imaging_app.trace.record import Actor, Deed, Trace
from tests.imaging.standing import StandingTime


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """Settings of a portal with three rows in its trace."""
    file = tmp_path / "imaging.toml"
    file.write_text(f'data = "{tmp_path}"\n')
    assert run(file, "init").exit_code == 0
    database = Database(make_engine(f"sqlite:///{tmp_path / 'imaging.sqlite3'}"))
    trace = Trace(read_keys(tmp_path / "imaging.keys"), StandingTime())
    with database.write() as tx:
        for number in range(3):
            trace.record(tx, Actor("staff", f"s{number}"), Deed("code.issue"))
    database.close()
    return file


def run(file: Path, *words: str):
    return CliRunner().invoke(program, ["--settings", str(file), *words])


def spoil(file: Path, statement: str) -> None:
    with sqlite3.connect(file.parent / "imaging.sqlite3") as db:
        db.execute("DROP TRIGGER trace_no_update")
        db.execute("DROP TRIGGER trace_no_delete")
        db.execute(statement)
    db.close()


def test_a_whole_trace_is_said_to_be_whole(portal, tmp_path):
    anchor = tmp_path / "anchor"
    assert "row 3" in run(portal, "anchor-trace", str(anchor)).output
    done = run(portal, "verify-trace", "--anchor", str(anchor))
    assert (done.exit_code, done.output) == (0, "3 rows: whole\n")


def test_a_change_is_told_with_its_row(portal):
    spoil(portal, "UPDATE trace SET actor = 'x' WHERE seq = 2")
    done = run(portal, "verify-trace")
    assert done.exit_code == 1
    assert "row 2: changed" in done.output


def test_a_cut_is_told_by_the_anchor(portal, tmp_path):
    anchor = tmp_path / "anchor"
    run(portal, "anchor-trace", str(anchor))
    spoil(portal, "DELETE FROM trace WHERE seq = 3")
    assert run(portal, "verify-trace").exit_code == 0
    done = run(portal, "verify-trace", "--anchor", str(anchor))
    assert done.exit_code == 1
    assert "row 3: cut_off" in done.output


def test_a_cut_chain_is_not_anchored_again(portal, tmp_path):
    anchor = tmp_path / "anchor"
    run(portal, "anchor-trace", str(anchor))
    spoil(portal, "DELETE FROM trace WHERE seq = 3")
    done = run(portal, "anchor-trace", str(anchor))
    assert done.exit_code == 1
    assert "row 3: cut_off" in done.output


def test_an_anchor_that_is_not_there_is_no_proof(portal, tmp_path):
    done = run(portal, "verify-trace", "--anchor", str(tmp_path / "none"))
    assert done.exit_code == 1
    assert "Traceback" not in done.output
