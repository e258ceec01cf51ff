# SPDX-License-Identifier: Apache-2.0
"""`sceau directory`: what operators type, and what a kill leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.__main__ import program
from idp.clock import SystemClock
from idp.directory import generations
from tests.benchmarks.extract import practitioners, rpps
from tests.directory.kit import NUMBERS, extract, read, somebody
from tests.directory.test_sante import bundle, person
from tests.unit.ground.servers import Server, answer
from tests.world import ISSUER, RING, World, open_world

LINES = 20_000
PATIENCE = 60


@pytest.fixture
def sceau(sqlite_url, monkeypatch):
    """Runs a command on a database of the test's own."""
    for name, value in environment(sqlite_url).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(program(), ["directory", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run


def environment(url: str) -> dict[str, str]:
    return {
        "SCEAU_SERVER_ISSUER": ISSUER,
        "SCEAU_DATABASE_URL": url,
        "SCEAU_SECRETS_KEYS": RING,
        "SCEAU_LOG_LEVEL": "error",
    }


def test_an_extract_is_imported_looked_up_and_searched(sceau, tmp_path):
    path = extract(tmp_path, [somebody(), somebody(NUMBERS[1], "MARTIN", "PAUL"), "wrong"])
    assert "Served now: 2 practitioners from 2 lines." in sceau("import", str(path))
    assert "This file is the one that is served." in sceau("import", str(path))
    assert "LEFÈVRE" in sceau("lookup", "999 0000 0011")
    assert "Médecine générale" in sceau("lookup", NUMBERS[0])
    assert "check digit is wrong" in sceau("lookup", "99900000012", code=1)
    assert "No register knows" in sceau("lookup", NUMBERS[4], code=1)
    assert "PAUL" in sceau("search", "mart")
    (found,) = json.loads(sceau("search", "lefevre", "--json"))
    assert found["activities"][0]["town"] == "ORLEANS"
    assert "columns" in sceau("rejects", "1")
    status = json.loads(sceau("status", "--json"))
    assert [(one["state"], one["rejected"]) for one in status] == [("unchanged", 0), ("current", 1)]
    assert "path" not in status[0]
    assert "extract.txt" in sceau("status")


def test_a_number_that_no_import_knows_is_looked_up_by_the_network(sceau, monkeypatch):
    server = Server(answer(bundle(person())))
    here = f"127.0.0.1:{server.port}"
    monkeypatch.setenv("SCEAU_DIRECTORY_FHIR_URL", f"http://{here}/fhir/v2")
    monkeypatch.setenv("SCEAU_OUTGOING_ALLOW", here)
    try:
        assert "LEFÈVRE" in sceau("lookup", NUMBERS[0])
        found = json.loads(sceau("lookup", NUMBERS[0], "--json"))
        assert (found["last_name"], len(server.requests)) == ("LEFÈVRE", 1)
        server.behave = answer(bundle())
        assert "No register knows this number." in sceau("lookup", NUMBERS[1], code=1)
        server.behave = answer(b"oops", status="500 Internal Server Error")
        assert "gave no answer: it answers 500." in sceau("lookup", NUMBERS[2], code=1)
        # A number that is mistyped goes nowhere.
        assert "check digit is wrong" in sceau("lookup", "99900000012", code=1)
    finally:
        server.close()
    assert len(server.requests) == 3


def test_what_is_no_extract_is_refused(sceau, tmp_path):
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\r\n")
    assert "Not imported: the first line is not UTF-8." in sceau("import", str(path), code=1)
    assert "There is no such import." in sceau("rejects", "99", code=1)


def test_a_killed_import_is_gone_on_with(sqlite_url, tmp_path):
    """RL-02: killed in the middle, nothing of it is served; then it goes on where it was."""
    path = extract(tmp_path, list(practitioners(LINES))[1:])
    with started(sqlite_url, path) as child:
        world = open_world(sqlite_url, SystemClock())
        try:
            before = until_under_way(world, child)
            os.kill(child.pid, signal.SIGKILL)
            child.wait(PATIENCE)
            assert read(world, "by_number", f"8{rpps(1)}") is None
            finish(world, before)
        finally:
            world.provider.close()


def started(url: str, path: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "idp", "directory", "import", str(path)]
    return subprocess.Popen(
        command, env={**os.environ, **environment(url)}, stdout=subprocess.DEVNULL
    )


def until_under_way(world: World, child: "subprocess.Popen[bytes]") -> int:
    """The lines that are in when a few batches are."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and child.poll() is None:
        with world.core.database.read() as tx:
            found = generations.recent(tx)
        if found and found[0].lines:
            return found[0].lines
        time.sleep(0.01)
    raise AssertionError("the import never began")


def finish(world: World, before: int) -> None:
    """As the thread of a serving process would, once nobody renews the hold."""
    with world.core.database.read() as tx:
        (one,) = generations.recent(tx)
    assert before <= one.lines < LINES
    assert one.state == "loading"
    with world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE directory_generations SET held_until = 0")
    done = world.core.importer.run(one.id, None)
    assert (done.state, done.kept, done.rejected) == ("current", LINES, 0)
    with world.core.database.read() as tx:
        counted = tx.exec_driver_sql("SELECT COUNT(*), COUNT(DISTINCT line) FROM directory_lines")
        assert tuple(counted.one()) == (LINES, LINES)
    assert read(world, "by_number", f"8{rpps(1)}") is not None
