# SPDX-License-Identifier: Apache-2.0
"""The databases that tests run on are fresh, whole, and never quietly missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from idp.db import Base
from tests import databases


def test_every_table_is_there(database):
    assert set(Base.metadata.tables) <= set(inspect(database.engine).get_table_names())


def test_databases_are_fresh_and_may_be_empty(postgres_cluster):
    first = databases.postgres_database(postgres_cluster)
    second = databases.postgres_database(postgres_cluster)
    bare = databases.postgres_database(postgres_cluster, empty=True)
    with first.write() as tx:
        tx.execute(text("INSERT INTO installation_secrets VALUES ('x', 'y')"))
    with second.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM installation_secrets")).scalar_one() == 0
    assert inspect(bare.engine).get_table_names() == []
    for opened in (first, second, bare):
        databases.close_database(opened)


def test_a_missing_server_fails_with_a_sentence(monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(databases.NoPostgresql, match="apt install postgresql"):
        databases._find_binaries()


def test_a_killed_test_run_leaves_no_server(tmp_path):
    script = (
        "import os, signal\n"
        "from tests.databases import running_postgres\n"
        "with running_postgres() as cluster:\n"
        "    print(cluster.process.pid, cluster.folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
        cwd=Path(__file__).parents[2],
    )
    pid, folder = run.stdout.split()
    try:
        assert databases.wait_until_gone(int(pid), 60)
    finally:
        databases.shutil.rmtree(folder, ignore_errors=True)
