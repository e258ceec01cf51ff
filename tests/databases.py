# SPDX-License-Identifier: Apache-2.0
"""Databases for tests: SQLite in a file, PostgreSQL in a throwaway cluster, both real.

A cluster lives as long as the test session (one a worker under xdist). Its tables are made once
in a template, from which each test's database is cloned. It listens on a socket and on loopback,
trusts everybody, does not sync, keeps its data in memory where there is room, else under /tmp, and
dies with the process.

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
from functools import cache, partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

import idp
from idp.db import Base, Database, engine_options
from tests.clones import Clones
from tests.ports import free_port

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "log_min_messages": "fatal",
}
# A database is hundreds of small files: in memory, one is made in a tenth of the time, and no test
# waits for a disk that it would not miss.
MEMORY = Path("/dev/shm")
ROOM = 2 << 30
# SQLite's empty files, by the tables that are in them.
_with_tables: dict[frozenset[str], bytes] = {}


class NoPostgresql(Exception):
    """PostgreSQL's programs are not on this machine."""


def import_models(modules: Iterable[str] | None = None) -> None:
    """Import the modules of models named, or every `idp.*.models`."""
    for name in _all_models() if modules is None else modules:
        importlib.import_module(name)


@cache
def _all_models() -> list[str]:
    found = pkgutil.walk_packages(idp.__path__, "idp.", onerror=lambda _name: None)
    return [module.name for module in found if module.name.endswith(".models")]


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
    file = folder / "sceau.db"
    tables = frozenset(Base.metadata.tables)
    if tables not in _with_tables:
        database = open_database(f"sqlite:///{file}")
        Base.metadata.create_all(database.engine)
        database.close()
        _with_tables[tables] = file.read_bytes()
    file.touch(0o600)
    file.write_bytes(_with_tables[tables])
    return open_database(f"sqlite:///{file}")


@dataclass
class PostgresCluster:
    """A running throwaway server."""

    binaries: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: dict[frozenset[str], str] = field(default_factory=dict)
    _clones: dict[str, Clones] = field(default_factory=dict)
    _origin: dict[str, Clones] = field(default_factory=dict)

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
        if not empty:
            return self.clone(self._template())
        name = self._new_name()
        self._make(name, "template0")
        return name

    def clone(self, template: str) -> str:
        """The name of a database with all that is in this one, to be given back."""
        if template not in self._clones:
            make = partial(self._make, template=template)
            self._clones[template] = Clones(template, make, self._connect)
        name = self._clones[template].take(self._new_name())
        self._origin[name] = self._clones[template]
        return name

    def give_back(self, name: str) -> None:
        """Ready a clone for the next test, or drop it where that can't be."""
        if not self._origin[name].refill(name):
            self.drop(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _new_name(self) -> str:
        return f"test_{next(self._numbers)}"

    def _make(self, name: str, template: str) -> None:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=name, autocommit=True
        )

    def _template(self) -> str:
        tables = frozenset(Base.metadata.tables)
        if tables not in self._templates:
            name = f"tables_{len(self._templates)}"
            self._make(name, "template0")
            database = open_database(self.url(name))
            Base.metadata.create_all(database.engine)
            database.close()
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
    _tidy()
    folder = _new_folder("pg")
    cluster = None
    try:
        cluster = _start(binaries, folder)
        yield cluster
    finally:
        if cluster is not None:
            _stop(cluster.process)
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder(kind: str) -> Path:
    # Either is short, as a socket's path must be.
    place = MEMORY if _has_room() else "/tmp"
    return Path(tempfile.mkdtemp(prefix=f"sceau-{kind}-{os.getpid()}-", dir=place))


def _tidy() -> None:
    """Memory does not stay taken by the databases of tests that were killed."""
    for left in MEMORY.glob("sceau-??-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _has_room() -> bool:
    """Whether two clusters fit into the memory that is free, with much left for everything else."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        kilobytes = next(int(one.split()[1]) for one in lines if one.startswith("MemAvailable:"))
        return shutil.disk_usage(MEMORY).free > ROOM and kilobytes * 1024 > 2 * ROOM
    except (OSError, StopIteration):
        return False


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


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is room, gone with the session."""
    _tidy()
    folder = _new_folder("sq")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_folder(quick_folder: Path) -> Iterator[Path]:
    """Where a test's SQLite files are, while it lasts."""
    folder = Path(tempfile.mkdtemp(dir=quick_folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, database_folder: Path) -> Iterator[Database]:
    """An opened database with all tables, of each kind in turn."""
    if request.param == "sqlite":
        opened = sqlite_database(database_folder)
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
