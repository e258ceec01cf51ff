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


@pytest.fixture(scope="module")
def postgres_module_url(postgres_cluster: PostgresCluster, postgres_template: str) -> Iterator[str]:
    """A populated PostgreSQL database for a whole file."""
    name = postgres_cluster.clone(postgres_template)
    yield postgres_cluster.url(name)
    postgres_cluster.give_back(name)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(request: pytest.FixtureRequest) -> str:
    """A populated database for a whole file, of each kind in turn."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    url: str = request.getfixturevalue(f"{kind}_module_url")
    return url


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where servers come from that may die."""
    with running_nursery() as running:
        yield running
