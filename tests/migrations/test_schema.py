# SPDX-License-Identifier: Apache-2.0
"""The schema from nothing, back and forth with data, two nodes at once, and the wrong version."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from idp.db import SQLITE_PRAGMAS, Base, Database, engine_options
from idp.errors import Breakdown, Unavailable
from idp.migrations.versions.v0017_audit_starts import TABLES as APPEND_ONLY
from idp.opening import open_core
from idp.schema import (
    WrongSchema,
    check_schema,
    current_version,
    downgrade,
    newest_version,
    script_config,
    upgrade,
)
from tests import databases
from tests.databases import PostgresCluster
from tests.reliability.faults import Blow, put_in
from tests.reliability.oracle import verify_audit
from tests.world import StandingClock, World, bring_in, open_world, settings_for


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create(empty=True)
    yield cluster.url(name)
    cluster.drop(name)


def open_at(url: str) -> Database:
    """The database as the provider opens it."""
    return Database(create_engine(url, **engine_options(url)))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """An empty database, open."""
    database = open_at(empty_url)
    yield database
    database.close()


def versions() -> list[str]:
    """Every version, oldest first."""
    walk = ScriptDirectory.from_config(script_config()).walk_revisions()
    return [one.revision for one in walk][::-1]


def tables(database: Database) -> set[str]:
    """The names of the tables there are."""
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def differences(database: Database) -> list[Any]:
    """What alembic would still change."""
    databases.import_models()
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def shape(database: Database) -> dict[str, Any]:
    """Columns, keys, indexes and triggers, as the database tells them."""
    seen = inspect(database.engine)
    found: dict[str, Any] = {}
    for name in sorted(tables(database)):
        found[name] = {
            "columns": [
                (one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(name)
            ],
            "key": seen.get_pk_constraint(name),
            "foreign": sorted(map(str, seen.get_foreign_keys(name))),
            "unique": sorted(map(str, seen.get_unique_constraints(name))),
            "indexes": sorted(map(_written, seen.get_indexes(name))),
        }
    with database.read() as tx:
        query = (
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql"
            if database.is_sqlite
            else "SELECT tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
        )
        rows = [tuple(row) for row in tx.exec_driver_sql(query).all()]
    found["said"] = [tuple(_plain(one) for one in row) for row in rows]
    return found


def _written(index: Any) -> str:
    # The condition of a partial one is an object, alike only in its words.
    return json.dumps(index, default=str, sort_keys=True)


def _plain(value: Any) -> Any:
    return re.sub(r"\s+", " ", value) if isinstance(value, str) else value


def test_from_nothing_to_what_the_models_say(empty: Database) -> None:
    assert current_version(empty) == ""
    upgrade(empty)
    assert current_version(empty) == newest_version() == versions()[-1]
    assert tables(empty) == set(Base.metadata.tables)
    assert differences(empty) == []
    check_schema(empty)
    upgrade(empty)
    assert differences(empty) == []


def test_a_comparison_finds_what_is_missing(empty: Database) -> None:
    """The test above is not blind."""
    upgrade(empty)
    with empty.write() as tx:
        tx.exec_driver_sql("DROP INDEX ix_journeys_expires_at")
        tx.exec_driver_sql("ALTER TABLE consents ADD COLUMN more VARCHAR(3)")
    assert {one[0] for one in differences(empty)} == {"add_index", "remove_column"}


def test_step_by_step_is_the_same_as_at_once(empty: Database, tmp_path: Path) -> None:
    upgrade(empty)
    at_once = shape(empty)
    downgrade(empty, "base")
    assert tables(empty) == set()
    assert current_version(empty) == ""
    for version in versions():
        upgrade(empty, version)
        assert current_version(empty) == version
    assert shape(empty) == at_once


def test_down_and_up_again_with_people_in_it(empty_url: str) -> None:
    """To each version and back: what the older one knows too is kept."""
    database = open_at(empty_url)
    upgrade(database)
    settings, clock = settings_for(empty_url), StandingClock()
    core, _secrets = open_core(settings, database, clock)
    bring_in(core)
    with database.write() as tx:
        # What a version before it does not know comes back as that of a password then made.
        tx.exec_driver_sql("UPDATE passwords SET mark = 'first'")
    kept = {name: rows_of(database, name) for name in sorted(tables(database))}
    assert kept["accounts"]
    assert kept["audit_events"]
    for version in versions()[-2::-1]:
        downgrade(database, version)
        still = tables(database)
        upgrade(database)
        assert differences(database) == []
        for name in still:
            assert rows_of(database, name) == kept[name], f"{name} after {version}"
    core.passwords.close()
    database.close()
    world = open_world(empty_url)
    browser = world.browser()
    browser.get("/login")
    browser.log_in()
    assert "Claire" in browser.get("/account").get_data(as_text=True)
    world.provider.close()


def test_a_word_that_meant_nothing_so_far_is_no_agreement_to_it_later(empty_url: str) -> None:
    """Nobody was shown `offline_access` before it let anything in (0036)."""
    database = open_at(empty_url)
    upgrade(database)
    core, _secrets = open_core(settings_for(empty_url), database, StandingClock())
    found = bring_in(core)
    downgrade(database, "0035")
    account = found["medecin"].id
    with database.write() as tx:
        tx.execute(
            text("INSERT INTO consents VALUES (:account, :key, 'a offline_access b', 1)"),
            {"account": account, "key": "plain"},
        )
    upgrade(database)
    with database.read() as tx:
        assert tx.execute(text("SELECT scope FROM consents")).scalars().all() == ["a b"]
    core.passwords.close()
    database.close()


def rows_of(database: Database, table: str) -> list[Any]:
    """All rows of a table."""
    with database.read() as tx:
        return sorted(map(repr, tx.execute(text(f'SELECT * FROM "{table}"')).all()))


def test_rl_015_two_nodes_start_at_once(empty_url: str) -> None:
    nodes = [open_at(empty_url) for _ in range(4)]
    faults: list[BaseException] = []
    ready = threading.Barrier(len(nodes))

    def work(node: Database) -> None:
        ready.wait()
        try:
            upgrade(node)
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert faults == []
    assert differences(nodes[0]) == []
    with nodes[0].read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one() == 1
    for node in nodes:
        node.close()


def test_rl_015_who_comes_second_waits_for_a_whole_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration takes longer than any request would wait for its turn to write."""
    short = "PRAGMA busy_timeout=20"
    pragmas = [short if "busy_timeout" in one else one for one in SQLITE_PRAGMAS]
    monkeypatch.setattr("idp.db.SQLITE_PRAGMAS", pragmas)
    url = f"sqlite:///{tmp_path / 'slow.sqlite3'}"
    first, second = open_at(url), open_at(url)
    # Both are open, the file is in its mode.
    assert current_version(first) == current_version(second) == ""
    with first.engine.connect() as migrating:
        migrating.exec_driver_sql("BEGIN IMMEDIATE")
        timer = threading.Timer(0.5, lambda: migrating.exec_driver_sql("COMMIT"))
        timer.start()
        upgrade(second)
        timer.join()
    check_schema(second)
    with second.engine.connect() as connection:
        # Requests wait no longer than before.
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 20
    for node in (first, second):
        node.close()


@pytest.mark.parametrize("point", [1, 3, 7, 15, 25])
def test_rl_015_a_migration_that_fails_leaves_nothing(empty: Database, point: int) -> None:
    fuse = put_in(empty)
    how = Blow.OUTAGE if empty.is_sqlite else Blow.LOST
    with fuse.set_to(point, how), pytest.raises((DBAPIError, Unavailable)):
        upgrade(empty)
    assert fuse.blown
    empty.close()
    assert tables(empty) == set()
    upgrade(empty)
    assert differences(empty) == []


def test_rl_015_the_wrong_version_is_refused_with_its_sentence(empty: Database) -> None:
    with pytest.raises(WrongSchema, match=r"is empty: run `sceau init` first"):
        check_schema(empty)
    upgrade(empty, versions()[0])
    with pytest.raises(WrongSchema, match=rf"stands at {versions()[0]}.* needs .*run `sceau init`"):
        check_schema(empty)
    upgrade(empty)
    check_schema(empty)
    with empty.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WrongSchema, match=r"9999, which this version does not know.*newer.*backup"):
        check_schema(empty)
    with pytest.raises(Exception, match="9999"):
        upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables)


def test_a_provider_does_not_start_on_the_wrong_version(empty_url: str) -> None:
    database = open_at(empty_url)
    with pytest.raises(WrongSchema, match="is empty"):
        open_core(settings_for(empty_url), database, StandingClock())
    database.close()


def test_a_database_that_does_not_answer_is_an_outage(postgres_cluster: PostgresCluster) -> None:
    for url in ("sqlite:////nowhere/at/all.sqlite3", postgres_cluster.url("no_such_database")):
        database = open_at(url)
        with pytest.raises(Unavailable):
            check_schema(database)
        with pytest.raises(Unavailable), database.read():
            pass
        database.close()


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "temp_store": 2,
}


def test_rl_003_the_pragmas_are_in_force_on_every_connection(sqlite_world: World) -> None:
    """FULL: a code used up or a revocation survives a power cut. In a file of its own, by WAL."""
    database = sqlite_world.core.database

    def check(tx: Any) -> None:
        for name, value in PRAGMAS.items():
            assert tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() == value, name

    with database.read() as tx:
        check(tx)
    with database.write() as tx:
        check(tx)
    with database.engine.connect() as connection:
        check(connection)
    seen: list[BaseException] = []

    def work() -> None:
        try:
            with database.read() as tx:
                check(tx)
        except BaseException as fault:  # noqa: BLE001
            seen.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == []


def test_what_the_older_version_can_not_prove_keeps_it_away(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as tx:
        tx.exec_driver_sql("INSERT INTO audit_starts VALUES (1, 1, 'h', 1, 1, 1, 'm')")
    with pytest.raises(Breakdown, match="prove the audit"):
        downgrade(empty, "0016")
    assert current_version(empty) == versions()[-1]


def test_foreign_keys_are_in_force(world: World) -> None:
    world.client("plain").tokens(world.browser())
    for statement in (
        "INSERT INTO account_names VALUES ('x', 'nobody', 'identifier')",
        "DELETE FROM accounts",
        "DELETE FROM applications",
    ):
        with pytest.raises(DBAPIError), world.core.database.write() as tx:
            tx.exec_driver_sql(statement)


def test_wb_024_the_audit_is_append_only(world: World) -> None:
    """Also after an action has sealed it: no UPDATE, no DELETE, whole or by row.

    What the retention rule removes, and the rows of its starts: tests/unit/audit/test_retention.py.
    """
    world.client("plain").tokens(world.browser())
    verify_audit(world)
    for table in APPEND_ONLY[:-1]:
        with world.core.database.read() as tx:
            rows = rows_of(world.core.database, table)
            column = inspect(world.core.database.engine).get_columns(table)[1]["name"]
        assert rows, table
        statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
        if not world.core.database.is_sqlite:
            statements.append(f"TRUNCATE {table}")
        for statement in statements:
            with pytest.raises(DBAPIError, match="append-only"), world.core.database.write() as tx:
                tx.exec_driver_sql(statement)
        assert rows_of(world.core.database, table) == rows
    assert verify_audit(world).ok
