# SPDX-License-Identifier: Apache-2.0
"""The database door: connections of all threads, outages told as such, and healing afterwards."""

import gc
import sqlite3
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from idp.db import Database, NestedWrite, engine_options
from idp.errors import Unavailable
from tests.databases import PostgresCluster
from tests.reliability.operations import HTML, begin
from tests.security.crawl import raw
from tests.world import World, open_world

ONE = text("SELECT 1")
# For whatever may take a while on a busy machine.
PATIENCE = 60


def keep_connections(database: Database, count: int) -> list[threading.Thread]:
    """Threads that have used the database and live on."""
    used = threading.Barrier(count + 1)
    stay = threading.Event()

    def work() -> None:
        with database.read() as tx:
            tx.execute(ONE)
        used.wait()
        stay.wait(2 * PATIENCE)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    used.wait()
    threads[0].stay = stay  # type: ignore[attr-defined]
    return threads


def let_go(threads: list[threading.Thread]) -> None:
    """Let them end."""
    threads[0].stay.set()  # type: ignore[attr-defined]
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def open_files(file: str) -> int:
    """How often this process has a file open."""
    links = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(one.readlink()))
        except OSError:
            continue
    return sum(link.startswith(file) for link in links)


def test_close_closes_what_every_thread_keeps_on_sqlite(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    database = Database(create_engine(f"sqlite:///{file}", **engine_options(f"sqlite:///{file}")))
    with database.write() as tx:
        tx.exec_driver_sql("CREATE TABLE t (x INTEGER)")
    threads = keep_connections(database, 6)
    assert open_files(str(file)) >= 6
    database.close()
    assert open_files(str(file)) == 0
    let_go(threads)


def test_close_closes_what_every_thread_keeps_on_postgresql(
    postgres_cluster: PostgresCluster,
) -> None:
    name = postgres_cluster.create(empty=True)
    url = postgres_cluster.url(name)
    database = Database(create_engine(url, **engine_options(url)))
    threads = keep_connections(database, 6)
    assert backends(postgres_cluster, name, 6) == 6
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        database.close()
        let_go(threads)
        del threads, database
        gc.collect()
    assert not [one for one in told if issubclass(one.category, ResourceWarning)]
    assert backends(postgres_cluster, name, 0) == 0
    postgres_cluster.drop(name)


def backends(cluster: PostgresCluster, name: str, expected: int) -> int:
    """How many connections a database has, once those that are leaving have left."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"
    end = time.monotonic() + PATIENCE
    while True:
        with cluster._connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        count = int(str(row[0]))
        if count == expected or time.monotonic() > end:
            return count
        time.sleep(0.02)


def test_a_thread_that_ended_leaves_no_connection_behind(postgres_cluster: PostgresCluster) -> None:
    """Threads come and go: the pool gets back what they kept, or it would be empty one day."""
    name = postgres_cluster.create(empty=True)
    url = postgres_cluster.url(name)
    database = Database(create_engine(url, **(engine_options(url) | {"pool_size": 3})))
    for _ in range(10):
        threads = keep_connections(database, 2)
        let_go(threads)
    gc.collect()
    assert len(database._all) == 0
    end = time.monotonic() + PATIENCE
    # What is closed takes PostgreSQL a moment to notice.
    while backends_now(database) > 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    database.close()
    postgres_cluster.drop(name)


def backends_now(database: Database) -> int:
    """Connections that this database shows, this one included."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    with database.read() as tx:
        return int(tx.execute(query).scalar_one())


def test_a_closed_database_opens_anew(world: World) -> None:
    world.core.database.close()
    assert raw(world, "GET", "/health/ready").status_code == 200


def test_write_in_write_is_a_fault_of_ours(world: World) -> None:
    database = world.core.database
    with pytest.raises(NestedWrite), database.write(), database.write():
        pass
    with database.write() as outer, database.read() as inner:
        assert inner is outer


def test_a_failed_write_leaves_the_door_open(world: World) -> None:
    database = world.core.database
    for fault in (RuntimeError, KeyboardInterrupt, SystemExit):
        with pytest.raises(fault):
            give_up(database, fault)
    with database.write() as tx:
        tx.execute(ONE)


def give_up(database: Database, fault: type[BaseException]) -> None:
    """A write that ends in a fault."""
    with database.write() as tx:
        tx.exec_driver_sql("DELETE FROM tokens")
        raise fault


def end_backends(world: World, cluster: PostgresCluster) -> None:
    """What a restart of PostgreSQL does to connections."""
    name = world.core.database.engine.url.database
    cluster.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rl_005_a_request_after_a_restart_of_postgresql_is_told_to_come_back(
    world: World, postgres_cluster: PostgresCluster
) -> None:
    """503 once for a thread whose connection is gone, then as ever: a read, a write, a page."""
    plain = world.client("plain")
    browser = world.browser(**HTML)
    tokens = plain.tokens(browser)
    begin(browser, "plain", prompt="login")
    address, fields = browser.form("/password")
    fields |= {"identifier": "cdurand", "password": "x"}
    asked: list[Any] = [
        lambda: raw(world, "GET", "/health/ready"),
        lambda: browser.request("GET", "/account"),
        lambda: browser.request("POST", address, data=fields),
        lambda: raw(world, "POST", "/oidc/introspect", plain.basic(), data={"token": "x"}),
        lambda: browser.request("GET", plain.authorize_url()),
    ]
    for ask in asked:
        end_backends(world, postgres_cluster)
        first = ask()
        assert first.status_code == 503
        assert first.headers["Retry-After"] == "5"
        assert ask().status_code in {200, 303}
    assert plain.introspect(tokens["access_token"]).json["active"] is True


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rl_005_a_connection_lost_inside_a_transaction_is_rolled_back(
    world: World, postgres_cluster: PostgresCluster
) -> None:
    database = world.core.database

    def work(statements: int) -> None:
        with database.write() as tx:
            tx.execute(text("INSERT INTO communities (key, name) VALUES ('lost', 'x')"))
            end_backends(world, postgres_cluster)
            for _ in range(statements):
                tx.execute(ONE)

    for statements in (1, 0):
        with pytest.raises(Unavailable):
            work(statements)
    with database.read() as tx:
        count = tx.execute(text("SELECT count(*) FROM communities WHERE key = 'lost'"))
        assert count.scalar_one() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rl_006_a_node_left_on_a_standby_says_so_and_finds_back(
    world: World, postgres_cluster: PostgresCluster
) -> None:
    """After a failover the old primary refuses writes: 503, and a new connection looks anew."""
    database = world.core.database
    name = database.engine.url.database
    plain, browser = world.client("plain"), world.browser(**HTML)
    browser.get("/help")
    postgres_cluster.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    end_backends(world, postgres_cluster)
    assert raw(world, "GET", "/health/ready").status_code == 503
    assert raw(world, "GET", "/health/ready").status_code == 200
    assert browser.request("GET", plain.authorize_url()).status_code == 503
    postgres_cluster.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert browser.request("GET", plain.authorize_url()).status_code == 303


def test_no_free_connection_is_an_outage(postgres_cluster: PostgresCluster) -> None:
    name = postgres_cluster.create(empty=True)
    url = postgres_cluster.url(name)
    options = engine_options(url) | {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.05}
    database = Database(create_engine(url, **options))
    threads = keep_connections(database, 1)
    with pytest.raises(Unavailable), database.read():
        pass
    let_go(threads)
    database.close()
    postgres_cluster.drop(name)


def test_rl_007_a_full_disk_stops_writes_alone_and_heals(sqlite_url: str) -> None:
    world = open_world(sqlite_url)
    plain = world.client("plain")
    database = world.core.database
    access = plain.tokens(world.browser())["access_token"]
    room = {"pages": 0}

    @event.listens_for(database.engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={room['pages'] or 1_000_000}")

    with database.read() as tx:
        room["pages"] = tx.exec_driver_sql("PRAGMA page_count").scalar_one() + 4
    database.close()
    ask = plain.authorize_url(state="x" * 4000)
    answers = [world.browser(**HTML).request("GET", ask) for _ in range(60)]
    assert answers[0].status_code == 303
    assert answers[-1].status_code == 503
    assert 'data-error="unavailable"' in answers[-1].get_data(as_text=True)
    # What needs no room goes on.
    assert raw(world, "GET", "/oidc/jwks").status_code == 200
    assert plain.userinfo(access).status == 200
    # As soon as there is room again, without anybody's help.
    room["pages"] = 0
    assert world.browser().request("GET", ask).status_code == 303
    world.provider.close()


def test_rl_022_a_locked_file_is_an_outage(sqlite_url: str) -> None:
    """Another process that holds the writer's place for longer than we are ready to wait."""
    world = open_world(sqlite_url)
    other = create_engine(sqlite_url, isolation_level="AUTOCOMMIT")
    with world.core.database.write() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout=50")
    ask = world.client("plain").authorize_url()
    with other.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        assert world.browser().request("GET", ask).status_code == 503
        assert raw(world, "GET", "/health/ready").status_code == 200
        holder.exec_driver_sql("ROLLBACK")
    assert world.browser().request("GET", ask).status_code == 303
    other.dispose()
    world.provider.close()


def test_rl_015_the_first_to_open_a_new_file_wait_for_one_another(tmp_path: Path) -> None:
    """Nobody else may write while it is switched over to its log: SQLite itself does not wait."""
    file = tmp_path / "new.sqlite3"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    timer.start()
    url = f"sqlite:///{file}"
    database = Database(create_engine(url, **engine_options(url)))
    with database.read() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    database.close()
    timer.join()
    other.close()


def test_many_threads_write_and_nothing_is_lost(world: World) -> None:
    database = world.core.database

    def work(number: int) -> int:
        with database.write() as tx:
            row = {"key": f"c{number}", "name": "x"}
            tx.execute(text("INSERT INTO communities (key, name) VALUES (:key, :name)"), row)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(80))) == list(range(80))
    with database.read() as tx:
        count = tx.execute(text("SELECT count(*) FROM communities WHERE name = 'x'"))
        assert count.scalar_one() == 80
