# SPDX-License-Identifier: Apache-2.0
"""The databases that tests run on are fresh, whole, and never quietly missing."""

import subprocess
import sys
from pathlib import Path

import psycopg
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


def test_a_database_given_back_is_as_it_was(postgres_cluster, postgres_template):
    def rows():
        with postgres_cluster._connect(name) as connection:
            return [
                connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                for table in ("accounts", "audit_events", "passwords", "installation_secrets")
            ]

    name = postgres_cluster.clone(postgres_template)
    before = rows()
    with postgres_cluster._connect(name) as connection:
        connection.execute("INSERT INTO installation_secrets VALUES ('x', 'y')")
        connection.execute("UPDATE accounts SET state = 'closed'")
        connection.execute("SELECT nextval(pg_get_serial_sequence('audit_events', 'id'))")
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM passwords")
    postgres_cluster.give_back(name)
    assert postgres_cluster.clone(postgres_template) == name
    assert rows() == before
    postgres_cluster.give_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE accounts ADD COLUMN more text",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "CREATE SCHEMA beside",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER DATABASE {name} SET default_transaction_read_only = on",
        "DROP INDEX {index}",
    ],
)
def test_one_that_was_changed_is_not_used_again(postgres_cluster, postgres_template, change):
    name = postgres_cluster.clone(postgres_template)
    with postgres_cluster._connect(name) as connection:
        query = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef ~ '%s'"
        index = connection.execute(query % "CREATE INDEX").fetchone()[0]
        connection.execute(change.format(name=name, index=index))
    postgres_cluster.give_back(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        postgres_cluster._connect(name)


def test_one_where_somebody_still_is_is_not_used_again(postgres_cluster, postgres_template):
    name = postgres_cluster.clone(postgres_template)
    with postgres_cluster._connect(name) as left:
        postgres_cluster.give_back(name)
        with pytest.raises(psycopg.OperationalError, match="terminat"):
            left.execute("SELECT 1")
    other = postgres_cluster.clone(postgres_template)
    assert other != name
    postgres_cluster.give_back(other)


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
