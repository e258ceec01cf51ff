# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresCluster
from tests.reliability.nursery import Nursery, running_nursery
from tests.security.crawl import quiet

__all__ = ["quiet"]


@pytest.fixture(autouse=True)
def _quiet(quiet: None) -> None:
    """Faults are brought on by the hundred here."""


@pytest.fixture(scope="module")
def sqlite_module_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A populated SQLite database for a whole file."""
    file = tmp_path_factory.mktemp("module") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    return f"sqlite:///{file}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A populated database for a whole file, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_module_url")
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    template = request.getfixturevalue("postgres_template")
    name = cluster.clone(template)
    yield cluster.url(name)
    cluster.give_back(name)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where servers come from that may die."""
    with running_nursery() as running:
        yield running
