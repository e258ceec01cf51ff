# SPDX-License-Identifier: Apache-2.0
"""The portal's databases, both kinds, made by its own migrations."""

import importlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imaging_app.crypto import Keys
from imaging_app.db import Database, make_engine
from imaging_app.dicom.door import Door
from imaging_app.dicom.limits import Limits
from imaging_app.schema import upgrade
from tests.databases import PostgresCluster
from tests.imaging.cast import People
from tests.imaging.filled import fill
from tests.imaging.pacs import Pacs, running
from tests.imaging.room import Room, open_room
from tests.imaging.standing import StandingTime

NOUNS = (
    "access",
    "consents",
    "exams",
    "limits",
    "notices",
    "people",
    "sessions",
    "sharing",
    "trace",
)


def open_portal(url: str) -> Database:
    """A database as the portal opens it."""
    return Database(make_engine(url))


@pytest.fixture(scope="session", autouse=True)
def models() -> None:
    """Foreign keys name tables of other nouns: all of them are known."""
    for noun in NOUNS:
        importlib.import_module(f"imaging_app.{noun}.models")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest version, copied for each test."""
    file = tmp_path_factory.mktemp("portal") / "template.sqlite3"
    database = open_portal(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: PostgresCluster) -> str:
    """The same on PostgreSQL."""
    name = postgres_cluster.create(empty=True)
    database = open_portal(postgres_cluster.url(name))
    upgrade(database)
    database.close()
    return name


@contextmanager
def portal_of(request: pytest.FixtureRequest, kind: str) -> Iterator[Database]:
    """A fresh database of that kind."""
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("database_folder")
        file = folder / "portal.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        opened = open_portal(f"sqlite:///{file}")
        yield opened
        opened.close()
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    name = cluster.clone(request.getfixturevalue("postgres_template"))
    opened = open_portal(cluster.url(name))
    yield opened
    opened.close()
    cluster.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def portal_db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database of the portal's, of each kind in turn."""
    with portal_of(request, request.param) as opened:
        yield opened


@pytest.fixture
def time() -> StandingTime:
    """A clock that moves when told to."""
    return StandingTime()


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Keys of a test."""
    return Keys({"new": bytes(range(32)), "old": bytes(range(1, 33))})


@pytest.fixture
def people(portal_db: Database, keys: Keys, time: StandingTime) -> People:
    """Patients with files, brought in by one call each."""
    return People(portal_db, keys, time)


# A machine that runs tests side by side is slow: no test waits for these.
ROOMY = Limits(cpu_seconds=60, seconds=240)


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """The door to the child that reads files, warm for the session."""
    opened = Door(ROOMY, children=1)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def filled_folder(door: Door, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portal's data that the demo has filled: copy it, and change the copy."""
    return fill(tmp_path_factory.mktemp("filled"), door)


@pytest.fixture
def room(portal_db: Database, door: Door, keys: Keys, time: StandingTime, tmp_path: Path) -> Room:
    """A store, a way in and an index over a fresh database."""
    return open_room(portal_db, door, keys, time, tmp_path)


@pytest.fixture(scope="session")
def pacs_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacs]:
    """A real Orthanc, started where a test asks for it."""
    with running(tmp_path_factory.mktemp("pacs")) as opened:
        yield opened


@pytest.fixture
def pacs(pacs_running: Pacs) -> Pacs:
    """The same, empty."""
    pacs_running.clean()
    return pacs_running
