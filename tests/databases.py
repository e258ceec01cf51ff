# SPDX-License-Identifier: Apache-2.0
"""Databases for tests: SQLite in a file, PostgreSQL in a throwaway cluster, both real.

A cluster lives as long as the test session (one a worker under xdist). Its tables are made once
in a template, from which each test's database is cloned. It listens on a socket and on loopback,
trusts everybody, does not sync, keeps its data outside of the tree, and dies with the process.

It sorts text as a French server does (ICU, fr), not by code point: what relies on the order of
text must say so, or the two databases differ.
"""

import gc
import importlib
import itertools
import os
import pkgutil
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

import idp
from idp.db import Base, Database, engine_options
from tests.ports import free_port

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
}

# Cloning takes a third of a second, emptying a few milliseconds: a database is used again, unless
# its tables, columns, triggers or functions are no longer those of the template.
DISCONNECT = (
    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SHAPE = """
SELECT md5(string_agg(thing, ',' ORDER BY thing COLLATE "C")) FROM (
  SELECT concat('c', relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('a', c.relname, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('t', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat('k', conrelid::regclass, conname) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat('p', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS things (thing)
"""
EMPTY = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
END $$
"""
RESTART = (
    "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
)


class NoPostgresql(Exception):
    """PostgreSQL's programs are not on this machine."""


def import_models(modules: Iterable[str] | None = None) -> None:
    """Import the modules of models named, or every `idp.*.models`."""
    if modules is None:
        found = pkgutil.walk_packages(idp.__path__, "idp.", onerror=lambda _name: None)
        modules = [module.name for module in found if module.name.endswith(".models")]
    for name in modules:
        importlib.import_module(name)


def open_database(url: str) -> Database:
    """A database as the provider opens it."""
    return Database(create_engine(url, **engine_options(url)))


def close_database(database: Database) -> None:
    """Close it, and the connections that threads of the test kept and left."""
    database.forget()
    pool = database.engine.pool
    if isinstance(pool, QueuePool) and pool.checkedout():
        gc.collect()
    database.close()


def sqlite_database(folder: Path, models: Iterable[str] | None = None) -> Database:
    """A fresh SQLite database with all tables."""
    import_models(models)
    database = open_database(f"sqlite:///{folder / 'sceau.db'}")
    Base.metadata.create_all(database.engine)
    return database


@dataclass
class PostgresCluster:
    """A running throwaway server."""

    binaries: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: dict[frozenset[str], str] = field(default_factory=dict)
    _shapes: dict[str, object] = field(default_factory=dict)
    _spare: dict[frozenset[str], list[str]] = field(default_factory=dict)

    def url(self, name: str, *, tcp: bool = False) -> str:
        """SQLAlchemy address of a database of this cluster, by socket or by loopback."""
        host = "127.0.0.1" if tcp else str(self.folder)
        return f"postgresql+psycopg://postgres@/{name}?host={host}&port={self.port}"

    def execute(self, statement: str) -> None:
        """Run a statement as the owner of the cluster."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def create(self, *, empty: bool = False) -> str:
        """The name of a new database, with all tables known to `Base`, or with none."""
        spare = self._spare.get(frozenset(Base.metadata.tables))
        if spare and not empty:
            return spare.pop()
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else self._template()
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def give_back(self, name: str) -> None:
        """Empty a database for the next test; one whose tables were changed is dropped."""
        tables = frozenset(Base.metadata.tables)
        with self._connect(name) as connection:
            connection.execute(DISCONNECT)
            shape = connection.execute(SHAPE).fetchone()
            if shape == self._shapes.get(self._templates.get(tables, "")):
                connection.execute(EMPTY)
                connection.execute(RESTART)
                self._spare.setdefault(tables, []).append(name)
                return
        self.drop(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=name, autocommit=True
        )

    def _template(self) -> str:
        tables = frozenset(Base.metadata.tables)
        if tables not in self._templates:
            name = f"tables_{len(self._templates)}"
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            database = open_database(self.url(name))
            Base.metadata.create_all(database.engine)
            database.close()
            with self._connect(name) as connection:
                self._shapes[name] = connection.execute(SHAPE).fetchone()
            self._templates[tables] = name
        return self._templates[tables]


def postgres_database(
    cluster: PostgresCluster, models: Iterable[str] | None = None, *, empty: bool = False
) -> Database:
    """A fresh database of the cluster, with all tables or `empty`."""
    import_models(models)
    return open_database(cluster.url(cluster.create(empty=empty)))


@contextmanager
def running_postgres() -> Iterator[PostgresCluster]:
    """A cluster from nothing, stopped and removed at the end whatever happens."""
    binaries = _find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="sceau-pg-", dir="/tmp"))  # a socket's path is short
    cluster = None
    try:
        cluster = _start(binaries, folder)
        yield cluster
    finally:
        if cluster is not None:
            _stop(cluster.process)
        shutil.rmtree(folder, ignore_errors=True)


def _find_binaries() -> Path:
    candidates = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    candidates.sort(key=lambda path: [int(n) for n in path.parent.name.split(".") if n.isdigit()])
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    if not candidates:
        raise NoPostgresql(
            "PostgreSQL's initdb is neither under /usr/lib/postgresql/*/bin nor on the PATH: "
            "install the server (Debian: apt install postgresql) to run these tests"
        )
    return candidates[-1]


def _start(binaries: Path, folder: Path) -> PostgresCluster:
    data = folder / "data"
    prefix = _as_postgres(folder)
    subprocess.run(
        [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust",
         "-E", "UTF8", "--no-sync", "--locale=C.UTF-8", "--locale-provider=icu",
         "--icu-locale=fr"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    port = free_port()
    options = itertools.chain.from_iterable(("-c", f"{k}={v}") for k, v in SETTINGS.items())
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*prefix, str(binaries / "postgres"), "-D", str(data), "-k", str(folder),
             "-h", "127.0.0.1", "-p", str(port), *options],
            stdout=log, stderr=log, cwd=folder, start_new_session=True,
        )  # fmt: skip
    cluster = PostgresCluster(binaries, folder, port, process)
    try:
        _wait(cluster)
    except BaseException:
        _stop(process)
        raise
    return cluster


def _as_postgres(folder: Path) -> list[str]:
    # The server refuses to run as root. pdeathsig: it dies with the tests, even if killed.
    command = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return command
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgresql("as root, the tests need the system user postgres") from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    if command:
        ids = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        return [*command, *ids, "--"]
    return ["runuser", "-u", "postgres", "--"]


def _wait(cluster: PostgresCluster) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            cluster.execute("SELECT 1")
        except psycopg.OperationalError as fault:
            if cluster.process.poll() is not None or time.monotonic() > end:
                log = (cluster.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"the throwaway PostgreSQL did not start: {log}") from fault
            time.sleep(0.05)
        else:
            return


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Whether a process ends within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                continue
    process.wait()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A throwaway PostgreSQL server for the session."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An opened database with all tables, of each kind in turn."""
    if request.param == "sqlite":
        opened = sqlite_database(tmp_path)
        yield opened
        close_database(opened)
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    opened = postgres_database(cluster)
    yield opened
    close_database(opened)
    name = opened.engine.url.database
    if name:
        cluster.give_back(name)


def at_once(database: Database, deed: Callable[[Any], Any], ones: Sequence[Any]) -> list[Any]:
    """Do it for each at the same moment, every one on a connection that is given back."""

    def one(each: Any) -> Any:
        try:
            return deed(each)
        finally:
            database.forget()

    with ThreadPoolExecutor(len(ones)) as pool:
        return list(pool.map(one, ones))
